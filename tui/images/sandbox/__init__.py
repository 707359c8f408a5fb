"""Decoding in a separate process with limits, whose answers are checked."""
