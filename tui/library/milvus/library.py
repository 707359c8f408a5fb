"""A library on a Milvus server."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from tui.library.base.permissions import CATALOG_NAME
from tui.library.milvus.address import parse_address
from tui.library.storage_access import limit_storage

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from tui.library.base.library import ForgetFolder, Library
    from tui.library.base.records import CatalogStatus, Finding
    from tui.library.milvus.store import MilvusStore
    from tui.library.milvus.transfer import MilvusEndpoint


@dataclass(frozen=True, slots=True)
class MilvusLibrary:
    """A database on a server; see `tui.library.base.library.Library`.

    Attributes:
        address: ``milvus://HOST:PORT/NAME``.
        data_dir: the user's own data folder, which may contain another library, and whose rule
            for object storage applies while the library is open; None leaves the rule
            unchanged.
    """

    address: str
    data_dir: Path | None = None

    allows_parallel_writers = True
    is_foreign = True
    must_exist_to_read = True

    def read_only_reason(self) -> None:
        """Return None: the server reports missing rights when a write fails."""

    def disk_remark(self) -> None:
        """Return None: the disk is the server's."""

    def is_same_as(self, other: Library) -> bool:
        """Compare server and name.

        Raises:
            ConfigError: one of the addresses is invalid.
        """
        address = parse_address(self.address)
        return isinstance(other, MilvusLibrary) and address == parse_address(other.address)

    def connect(self, *, write: bool = False) -> MilvusStore:
        """Connect to the server; a writer creates the library if it is missing."""
        from tui.library.milvus.store import open_milvus

        if self.data_dir is not None:
            limit_storage(self.data_dir, is_foreign=True)
        return open_milvus(self.address, write=write)

    def open_store(self) -> MilvusStore:
        """Connect for writing."""
        return self.connect(write=True)

    def check(self) -> list[Finding]:
        """Check the server and the collections; mention another library in the data folder."""
        from tui.library.base.records import Finding
        from tui.library.milvus.check import check

        findings = check(self.address)
        if self.data_dir is not None and (self.data_dir / CATALOG_NAME).exists():
            message = f"{self.data_dir} also contains a library, which is not searched."
            findings.append(Finding("catalog", True, message))
        return findings

    repair = check
    """A library on a server is repaired by indexing again."""

    def status(self) -> CatalogStatus:
        """Return the collections in figures."""
        with self.connect() as store:
            return store.status()

    def search_strategy(
        self,
        embeddings: int,  # noqa: ARG002 - one strategy for all
        index_kinds: Collection[str],  # noqa: ARG002
    ) -> tuple[str, str]:
        """Return that the server does the search."""
        return "on the server", "its HNSW graph finds the candidates"

    @contextmanager
    def open_for_forgetting(self) -> Iterator[tuple[Sequence[Path], ForgetFolder]]:
        """Connect; other processes may write meanwhile."""
        from tui.library.milvus.forget import forget

        with self.connect() as store:
            yield store.roots(), partial(forget, store)

    @contextmanager
    def open_endpoint(self, *, write: bool) -> Iterator[MilvusEndpoint]:
        """Connect to the server."""
        from tui.library.milvus.transfer import MilvusEndpoint

        with self.connect(write=write) as store:
            yield MilvusEndpoint(store)
