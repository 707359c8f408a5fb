"""Paints the terminal: sends only the cells that change."""
