"""The date, camera and position that a picture's own metadata states."""
