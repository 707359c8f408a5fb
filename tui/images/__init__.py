"""Bytes to pixels, safely; thumbnails. May import core and storage."""
