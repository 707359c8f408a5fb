"""A picture to what a terminal draws."""
