"""CLIP and its relatives, through open_clip."""
