"""Libraries: stores, opened by the settings, copied and checked. May import core and storage."""
