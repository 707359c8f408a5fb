"""photoseek: find pictures on disk by what they show."""

__version__ = "0.1.0"
