"""The terminal: its capabilities, its input and output, starting and quitting."""
