"""A library on a Milvus server: the same pictures for many people and many machines.

The database is the library's name. In it lie one collection of notes and one a model, with a row
a file (`fields`). Everything that an expression holds goes through `fields.quoted`.
"""
