"""Typed text to a ranking, locally or on a server. May import every room from core to models."""
