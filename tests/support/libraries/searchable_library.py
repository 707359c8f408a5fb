"""A small library of colours, in a folder or on a server, for adding files and searching."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.libraries.catalog_builder import MODEL, coloured_file
from tests.support.servers.milvus_server import drop_database
from tui.library.base.records import IndexedFile
from tui.library.local.catalog.reader import Catalog
from tui.library.local.store import LocalStore
from tui.library.local.vectors.searching import IndexLimits
from tui.library.local.vectors.vector_index import VectorIndex
from tui.library.milvus.address import parse_address
from tui.library.milvus.client import ServerClient
from tui.library.milvus.connection import MilvusConnection
from tui.library.milvus.store import MilvusStore
from tui.search.engine import SearchEngine
from tui.search.local.backend import LocalBackend
from tui.search.milvus.backend import MilvusBackend
from tui.search.milvus.cached_table import ServerLimits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.support.embedders import ColourEmbedder
    from tui.library.base.store import Store
    from tui.search.backend import SearchBackend
    from tui.search.ranking.query_vector_cache import QueryVectorCache

BACKENDS = ["local", pytest.param("milvus", marks=pytest.mark.xdist_group("milvus"))]
"""Parameters for a fixture that calls `open_library`."""


class SearchableLibrary:
    """A store to write to, and engines over it.

    Attributes:
        root: the indexed folder.
        kind: the backend, ``local`` or ``milvus``.
    """

    def __init__(
        self, kind: str, root: Path, store: Store, open_backend: Callable[..., SearchBackend[Any]]
    ) -> None:
        self.kind = kind
        self.root = root
        self._store = store
        self._open_backend = open_backend
        self._clock = 0
        with store.writing(lambda: False) as writer:
            assert writer is not None
            writer.add_root(root)
            writer.register_model(MODEL, 4)

    def file(self, name: str, content: str, colour: str, tilt: float = 0.0) -> IndexedFile:
        """Return a file, newer than the existing ones; see `coloured_file`."""
        self._clock += 1
        return coloured_file(self.root / name, self._clock, content, colour, tilt)

    def put(self, *files: IndexedFile) -> None:
        """Commit files as one indexing run."""
        with self._store.writing(lambda: False) as writer:
            assert writer is not None
            writer.commit(MODEL, files)
        self._store.save(MODEL, finished=True, cancelled=lambda: False)

    def remove(self, file_id: int) -> None:
        """Remove a file."""
        with self._store.writing(lambda: False) as writer:
            assert writer is not None
            writer.remove_files([file_id])

    def engine(
        self,
        embedder: ColourEmbedder | None = None,
        depth: int | None = None,
        *,
        cache: QueryVectorCache | None = None,
        fold_threshold: float | None = None,
        **options: Any,
    ) -> SearchEngine:
        """Open an engine that ranks ``depth`` contents at first and closes only itself."""
        backend = self._open_backend(depth, **options)
        return SearchEngine(backend, embedder, cache=cache, fold_threshold=fold_threshold)


@contextmanager
def local_library(folder: Path) -> Iterator[SearchableLibrary]:
    """Create an empty library in a folder."""

    def open_backend(depth: int | None, **options: Any) -> LocalBackend:
        catalog = Catalog.open(folder / "data", read_only=True)
        limits = IndexLimits() if depth is None else IndexLimits(small=depth, depth=depth)
        return LocalBackend(catalog, VectorIndex(catalog, MODEL), limits=limits, **options)

    with Catalog.open(folder / "data") as catalog:
        root = folder / "pictures"
        yield SearchableLibrary("local", root, LocalStore(catalog), open_backend)


@contextmanager
def milvus_library(folder: Path, port: int) -> Iterator[SearchableLibrary]:
    """Create an empty library on a server; its database is dropped afterwards."""
    name = f"test_{uuid.uuid4().hex}"
    address = parse_address(f"milvus://127.0.0.1:{port}/{name}")

    def open_backend(depth: int | None, **options: Any) -> MilvusBackend:
        limits = ServerLimits(check_seconds=0.0)
        if depth is not None:
            limits = replace(limits, depth=depth, list_size=depth)
        store = MilvusStore(MilvusConnection(ServerClient(address)))
        return MilvusBackend(store, MODEL, limits=limits, **options)

    client = ServerClient(address)
    try:
        store = MilvusStore(MilvusConnection(client, make=True))
        yield SearchableLibrary("milvus", folder / "pictures", store, open_backend)
    finally:
        client.close()
        drop_database(port, name)


def open_library(
    request: pytest.FixtureRequest, factory: pytest.TempPathFactory
) -> AbstractContextManager[SearchableLibrary]:
    """Create an empty library for the backend in the fixture's parameter."""
    folder = factory.mktemp(request.param)
    if request.param == "local":
        return local_library(folder)
    return milvus_library(folder, request.getfixturevalue("milvus_port"))
