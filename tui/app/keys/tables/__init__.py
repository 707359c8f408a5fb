"""The actions by the place in which their keys work."""
