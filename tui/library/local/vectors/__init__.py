"""The vector index files that are derived from the catalog: a flat file and a graph."""
