"""The vector index files that are made from the catalog: a flat file and a graph."""
