"""A library kept up to date with its folders, in a process of its own. Imports no search."""
