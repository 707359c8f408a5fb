"""Turns pictures into output for the terminal."""
