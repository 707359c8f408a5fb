"""Rules about names, folders and filters that both backends apply."""
