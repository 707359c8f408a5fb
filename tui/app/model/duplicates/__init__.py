"""Groups of duplicates: the highlighted file, and the texts about copies."""
