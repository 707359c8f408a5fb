"""How files, models and notes are written as rows of Milvus collections."""
