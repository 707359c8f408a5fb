"""Images and text to unit vectors. May import core; torch is imported here alone, late."""
