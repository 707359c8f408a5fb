"""From a typed text to ranked hits."""
