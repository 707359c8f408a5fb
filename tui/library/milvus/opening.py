"""Opening a library on a server, to read it or to write into it."""

from __future__ import annotations

import os

from tui.library.milvus.address import parse_address
from tui.library.milvus.client import TOKEN_VARIABLE, ServerClient
from tui.library.milvus.store import MilvusStore

WRITER_PATIENCE = 30.0
READER_PATIENCE = 1.0
"""For how many seconds a server that has gone is asked again, by a run and by a search."""


def open_milvus(address: str, *, write: bool = False) -> MilvusStore:
    """Open the library at an address; a writer makes it where it is missing.

    The credentials come from the environment alone (``PHOTOSEEK_MILVUS_TOKEN``).

    Raises:
        ConfigError: that is no address.
        ServerError: the server is away, refuses, or has no such library.
    """
    patience = WRITER_PATIENCE if write else READER_PATIENCE
    client = ServerClient(
        parse_address(address), os.environ.get(TOKEN_VARIABLE, ""), patience=patience
    )
    try:
        return MilvusStore(client, make=write)
    except BaseException:
        client.close()
        raise
