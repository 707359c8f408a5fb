"""The same library twice: in a folder of this machine and on a server."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.support.servers.milvus_server import drop_database
from tui.library.local.catalog.reader import Catalog
from tui.library.local.store import LocalStore
from tui.library.milvus.address import parse_address
from tui.library.milvus.client import ServerClient
from tui.library.milvus.connection import MilvusConnection
from tui.library.milvus.store import MilvusStore

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tui.library.base.records import IndexedFile
    from tui.library.base.store import Store


class PairedStores:
    """The two libraries of one model.

    Attributes:
        catalog: the one on this machine.
        remote: the one on the server.
    """

    def __init__(self, catalog: Catalog, remote: MilvusStore, model_id: str) -> None:
        self.catalog = catalog
        self.remote = remote
        self.model_id = model_id

    def commit_runs(self, root: Path, *runs: Sequence[IndexedFile]) -> None:
        """Write files to both, as runs of the indexer do."""
        stores: list[Store] = [LocalStore(self.catalog), self.remote]
        for store in stores:
            for items in runs:
                self._run(store, root, items)

    def _run(self, store: Store, root: Path, items: Sequence[IndexedFile]) -> None:
        dims = {len(item.vector) for item in items if item.vector is not None}
        with store.writing(lambda: False) as writer:
            assert writer is not None
            writer.add_root(root)
            for dim in dims:
                writer.register_model(self.model_id, dim)
            for start in range(0, len(items), 500):
                writer.commit(self.model_id, items[start : start + 500])
        store.save(self.model_id, finished=True, cancelled=lambda: False)


@contextmanager
def open_paired_stores(folder: Path, port: int, model_id: str) -> Iterator[PairedStores]:
    """Open both, empty; the database is dropped afterwards."""
    name = f"test_{uuid.uuid4().hex}"
    client = ServerClient(parse_address(f"milvus://127.0.0.1:{port}/{name}"))
    try:
        with Catalog.open(folder) as catalog:
            yield PairedStores(catalog, MilvusStore(MilvusConnection(client, make=True)), model_id)
    finally:
        client.close()
        drop_database(port, name)
