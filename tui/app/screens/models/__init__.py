"""The list of models: choosing, switching and downloading."""
