"""What the terminal is and can do; starting and leaving."""
