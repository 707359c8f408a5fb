"""Value types, errors, settings and small tools that every room may use. Imports no other room."""
