"""The Textual application. Imports every room but indexing and cli."""
