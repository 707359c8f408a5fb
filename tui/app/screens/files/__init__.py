"""Actions on files: copying, linking, trashing, and the questions they ask."""
