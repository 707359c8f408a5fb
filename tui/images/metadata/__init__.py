"""The date, camera and position in a picture's own metadata."""
