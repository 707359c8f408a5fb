"""Models: images and texts to unit vectors. May import core; only this room imports torch, late."""
