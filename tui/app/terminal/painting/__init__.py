"""Painting the terminal: only what changes is sent."""
