"""A library in a temporary folder, and runs of the indexer over it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from tests.support.embedders import ColourEmbedder
from tui.core.settings import Settings
from tui.indexing.indexer import index_folders
from tui.indexing.report import IndexReport
from tui.library.local.catalog.reader import Catalog
from tui.library.local.store import LocalStore
from tui.search.local.picture_table import PictureTable
from tui.search.local.selection import FileSelector
from tui.search.query.parse import parse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tui.core.domain import FileDetails, Progress
    from tui.storage.scanning.target import ScanTarget


class IndexedLibrary:
    """A catalog with an embedder that counts; ``index`` runs the indexer."""

    def __init__(self, data_dir: Path, embedder: ColourEmbedder | None = None) -> None:
        self.data_dir = data_dir
        self.embedder = embedder or ColourEmbedder()
        self.progress: list[Progress] = []
        self.loads = 0
        self.catalog = Catalog.open(data_dir)

    def index(
        self,
        *folders: Path | ScanTarget,
        during_load: Callable[[], object] = lambda: None,
        cancelled: Callable[[], bool] = lambda: False,
        batch_size: int = 4,
        threads: int = 2,
        settings: Settings | None = None,
        **options: Any,
    ) -> IndexReport:
        """Run the indexer; it calls ``during_load`` after the scan, for the first readable file."""

        def load() -> ColourEmbedder:
            self.loads += 1
            _await_scan()
            during_load()
            return self.embedder

        self.progress.clear()
        return index_folders(
            LocalStore(self.catalog),
            folders,
            model_id=self.embedder.model_id,
            load=load,
            settings=settings
            or Settings(data_dir=self.data_dir, batch_size=batch_size, threads=threads),
            on_progress=self.progress.append,
            cancelled=cancelled,
            **options,
        )

    def names(self, scope: Path | None = None) -> list[str]:
        """Return the sorted names of the files that a search can find."""
        table = self.catalog.files(self.embedder.model_id, scope)
        details = self.catalog.details(table.file_ids.tolist())
        return sorted(item.path.name for item in details)

    def embeddings(self) -> int:
        """Return the number of embeddings of the model."""
        return self.catalog.status().embeddings.get(self.embedder.model_id, 0)


def _await_scan() -> None:
    """Wait for the scan, which runs beside the other stages."""
    for thread in threading.enumerate():
        if thread.name.startswith("survey"):
            thread.join(10)


def browse_files(catalog: Catalog, scope: Path | None = None) -> list[FileDetails]:
    """Return the pictures as an empty query lists them."""
    selection = FileSelector(catalog, PictureTable(catalog), "")
    return catalog.details(selection.browse(parse("", scope)).tolist())


def nonzero_counts(report: IndexReport) -> dict[str, int]:
    """Return the counts of a report that are not zero."""
    names = ("indexed", "unchanged", "reused", "removed", "failed", "waiting")
    return {name: getattr(report, name) for name in names if getattr(report, name)}
