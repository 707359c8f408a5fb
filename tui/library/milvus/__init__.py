"""A library on a Milvus server."""
