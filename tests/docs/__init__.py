"""A walk through the application, recorded."""
