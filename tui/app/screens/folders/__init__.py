"""Adding, updating and removing folders of the library, and the dialog that asks for a path."""
