"""Typed text to a ranking, locally or on a server. May import core to models, each room below it."""
