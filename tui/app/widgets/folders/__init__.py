"""Parts of the folder tree."""
