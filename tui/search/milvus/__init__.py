"""Searching a library on a Milvus server, as `tui.search.engine` searches one on this machine.

The client and the rows are `tui.library.milvus`; here is what a query means there.
"""
