"""The large preview: a picture, its details and the slideshow."""
