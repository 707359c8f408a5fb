"""The screen of duplicates."""
