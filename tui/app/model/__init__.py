"""The state and the texts of the screens as values, without widgets."""
