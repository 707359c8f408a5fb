"""Search: from the typed text to a ranking, in a local library or on a server.

May import every room from core to models.
"""
