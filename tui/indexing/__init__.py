"""Indexing: updates a library from its folders, in a process of its own. Imports no search."""
