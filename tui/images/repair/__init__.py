"""Handles complete pictures that their decoder rejects, and incomplete ones that it accepts."""
