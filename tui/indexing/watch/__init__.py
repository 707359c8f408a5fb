"""Watching folders: what changes, and which process indexes it."""
