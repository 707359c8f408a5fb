"""Pictures that exist more than once."""
