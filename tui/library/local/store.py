"""The store of a library in a folder: its catalog, opened for writing, and its index."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from tui.core.closing import Closing
from tui.core.errors import LibraryBusyError
from tui.library.local.catalog.lock import writer_lock
from tui.library.local.catalog.writer import CatalogWriter
from tui.library.local.vectors.saving import write_generation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.core.domain import Cancelled
    from tui.library.local.catalog.reader import Catalog


_LOCK_SECONDS = 0.2


class LocalStore(Closing):
    """A catalog that was opened for writing, and its index; closing it closes the catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.roots = catalog.roots
        self.folder_notes = catalog.folder_notes
        self.dim = catalog.dim
        self.file_records = catalog.file_records
        self.content_records = catalog.content_records
        self.digest = catalog.digest

    def close(self) -> None:
        """Close the catalog."""
        self.catalog.close()

    @contextmanager
    def writing(self, tick: Cancelled) -> Iterator[CatalogWriter | None]:
        """Hold the library's writer lock, as soon as no other run holds it."""
        with ExitStack() as stack:
            yield CatalogWriter(self.catalog) if self._lock(stack, tick) else None

    def _lock(self, stack: ExitStack, tick: Cancelled) -> bool:
        while True:
            try:
                stack.enter_context(writer_lock(self.catalog.data_dir, timeout=_LOCK_SECONDS))
            except LibraryBusyError:
                if tick():
                    return False
            else:
                return True

    def save(self, model_id: str, *, finished: bool = False, cancelled: Cancelled) -> None:
        """Save the index files that are due; the caller holds the writer lock."""
        write_generation(self.catalog, model_id, finished=finished, cancelled=cancelled)
