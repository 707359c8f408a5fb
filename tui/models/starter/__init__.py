"""The built-in model, with its data."""
