"""Watching folders: detecting changes, and the process that indexes them."""
