"""A library in a folder of this machine."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.core.errors import FolderError
from tui.library.base import permissions
from tui.library.base.permissions import CATALOG_NAME
from tui.library.storage_access import limit_storage

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from tui.library.base.library import ForgetFolder, Library
    from tui.library.base.records import CatalogStatus, Finding
    from tui.library.local.catalog.reader import Catalog
    from tui.library.local.store import LocalStore
    from tui.library.local.transfer import LocalEndpoint


@dataclass(frozen=True, slots=True)
class LocalLibrary:
    """The catalog and the index files in a folder; see `tui.library.base.library.Library`.

    The modules that open the catalog are imported late, since they import NumPy.

    Attributes:
        folder: of the catalog and the index files.
        data_dir: the user's own data folder, whose rule for object storage applies while the
            catalog is open; None leaves the rule unchanged.
    """

    folder: Path
    data_dir: Path | None = None

    allows_parallel_writers = False
    must_exist_to_read = False

    @property
    def is_foreign(self) -> bool:
        """The folder is another user's, or every user can write it."""
        return permissions.is_foreign(self.folder)

    def read_only_reason(self) -> str | None:
        """Return why this user can't change the folder."""
        return permissions.why_read_only(self.folder)

    def disk_remark(self) -> str | None:
        """Return a warning if the folder is on a network drive."""
        return permissions.network_remark(self.folder)

    def is_same_as(self, other: Library) -> bool:
        """Compare the folders, then the catalog files, which also reveals a bind mount."""
        if not isinstance(other, LocalLibrary):
            return False
        if self.folder.resolve() == other.folder.resolve():
            return True
        try:
            return (self.folder / CATALOG_NAME).samefile(other.folder / CATALOG_NAME)
        except OSError:
            return False

    def open_catalog(self, *, read_only: bool = True) -> Catalog:
        """Open the catalog; a reader of a missing folder sees an empty library."""
        from tui.library.local.catalog.reader import Catalog

        if self.data_dir is not None:
            limit_storage(self.data_dir, is_foreign=self.is_foreign)
        return Catalog.open(self.folder, read_only=read_only)

    def open_store(self) -> LocalStore:
        """Open the catalog for writing."""
        from tui.library.local.store import LocalStore

        return LocalStore(self.open_catalog(read_only=False))

    def check(self) -> list[Finding]:
        """Read the whole catalog and every index file."""
        from tui.library.local.check import check

        return check(self.folder)

    def repair(self) -> list[Finding]:
        """Repair what `check` finds."""
        from tui.library.local.check import repair

        return repair(self.folder)

    def status(self) -> CatalogStatus:
        """Return the catalog in figures."""
        with self.open_catalog() as catalog:
            return catalog.status()

    def search_strategy(self, embeddings: int, index_kinds: Collection[str]) -> tuple[str, str]:
        """Return whether the vectors or the graph are searched."""
        from tui.library.local.vectors.generations import GRAPH
        from tui.library.local.vectors.searching import describe_strategy

        return describe_strategy(
            embeddings, has_graph=GRAPH in index_kinds, is_foreign=self.is_foreign
        )

    @contextmanager
    def open_for_forgetting(self) -> Iterator[tuple[Sequence[Path], ForgetFolder]]:
        """Hold the writer lock meanwhile."""
        from tui.library.local.catalog.lock import writer_lock
        from tui.library.local.catalog.writer import CatalogWriter

        with writer_lock(self.folder), self.open_catalog(read_only=False) as catalog:
            yield catalog.roots(), CatalogWriter(catalog).forget

    @contextmanager
    def open_endpoint(self, *, write: bool) -> Iterator[LocalEndpoint]:
        """Open the catalog.

        Raises:
            FolderError: the folder to copy from has no catalog.
        """
        from tui.library.local.transfer import LocalEndpoint

        if not write and not (self.folder / CATALOG_NAME).exists():
            raise FolderError(
                f"There is no library in {self.folder}; choose a folder with a {CATALOG_NAME}."
            )
        with self.open_catalog(read_only=not write) as catalog:
            yield LocalEndpoint(catalog)
