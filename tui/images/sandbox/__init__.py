"""Decoding in a process of its own, limited and checked."""
