"""Typed text to a ranking, over a local library or a server. May import library and models."""
