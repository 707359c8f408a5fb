"""Search over a Milvus server."""
