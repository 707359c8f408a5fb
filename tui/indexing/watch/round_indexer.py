"""Indexing in rounds: each indexes the changes since the previous one."""

from __future__ import annotations

import threading
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Protocol

from tui.indexing.indexer import index_folders
from tui.indexing.mounts import mount_points

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tui.core.domain import Cancelled, ImageEmbedder, Progress
    from tui.core.settings import Settings
    from tui.indexing.report import IndexReport
    from tui.library.base.folder_options import OptionChanges
    from tui.library.base.store import Store
    from tui.storage.scanning.target import ScanTarget


class RoundIndexer(Protocol):
    """Indexes what a watcher requests, in this process or in another one."""

    def index(self, targets: Sequence[Path | ScanTarget], *, finished: bool) -> IndexReport:
        """Index folders or parts of them; the arguments and errors are ``index_folders``'s."""
        ...

    def mount_points(self, roots: Sequence[Path]) -> Sequence[Path]:
        """Return the folders within some roots that are recorded as being on another disk."""
        ...

    def load_ahead(self) -> None:
        """Start loading the model, if it is not loaded, without waiting for it."""
        ...


class StoreIndexer:
    """Indexes in this process, and keeps a loaded model for later rounds.

    Args:
        store: the library.
        model_id: the model that ``load`` loads.
        load: loads the model.
        settings: as for ``index_folders``.
        on_progress: called in the thread that calls ``index``.
        cancelled: called in that thread; True ends a round after its batch.
        options: changes of the scan options; they are saved with the folders.
    """

    def __init__(
        self,
        store: Store,
        *,
        model_id: str,
        load: Callable[[], ImageEmbedder],
        settings: Settings,
        on_progress: Callable[[Progress], None],
        cancelled: Cancelled,
        options: OptionChanges | None = None,
    ) -> None:
        self._store = store
        self._load = load
        self._loading = threading.Lock()
        self._embedder: ImageEmbedder | None = None
        self._loader: threading.Thread | None = None
        self._index = partial(
            index_folders,
            store,
            model_id=model_id,
            load=self._model,
            settings=settings,
            on_progress=on_progress,
            cancelled=cancelled,
            options=options,
        )

    def index(self, targets: Sequence[Path | ScanTarget], *, finished: bool) -> IndexReport:
        """Index folders or parts of them; see ``RoundIndexer``."""
        return self._index(targets, finished=finished)

    def mount_points(self, roots: Sequence[Path]) -> Sequence[Path]:
        """Return the recorded mount points within some roots."""
        return mount_points(self._store, roots)

    def load_ahead(self) -> None:
        """Start loading the model in a thread; the round that needs it reports any error."""
        if self._embedder is None and (self._loader is None or not self._loader.is_alive()):
            self._loader = threading.Thread(target=self._try_load, name="model", daemon=True)
            self._loader.start()

    def finish(self) -> None:
        """Complete the index after the last round."""
        self._index([])

    def close(self) -> None:
        """Wait until no thread loads the model: the interpreter must not exit meanwhile."""
        if self._loader is not None:
            self._loader.join()

    def _model(self) -> ImageEmbedder:
        with self._loading:
            if self._embedder is None:
                self._embedder = self._load()
            return self._embedder

    def _try_load(self) -> None:
        with suppress(Exception):
            self._model()
