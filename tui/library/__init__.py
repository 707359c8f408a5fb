"""A library: its store, opened by its settings, copied and checked. May import core and storage."""
