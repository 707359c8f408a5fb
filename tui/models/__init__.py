"""Images and text to unit vectors."""
