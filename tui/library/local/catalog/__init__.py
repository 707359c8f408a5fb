"""SQLite, the source of truth of a library in a folder."""
