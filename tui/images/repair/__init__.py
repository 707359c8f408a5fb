"""Pictures that are complete although their decoder refuses them, and the other way round."""
