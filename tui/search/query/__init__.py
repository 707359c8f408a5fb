"""Typed text to a query."""
