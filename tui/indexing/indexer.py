"""Indexes folders: updates a library to match the files on disk."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from tui.images.decoder import decoder_version
from tui.indexing.changes import FolderChanges
from tui.indexing.local_executor import LocalExecutor
from tui.indexing.pipeline import run_pipeline
from tui.indexing.progress import ProgressCounter
from tui.indexing.report import IndexReport
from tui.library.base.folder_notes import MOUNT, SCANNED
from tui.library.base.folder_options import FolderOptions
from tui.storage.folders import outermost
from tui.storage.objects.path import RemotePath
from tui.storage.scanning.target import ScanTarget

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tui.core.domain import Cancelled, ImageEmbedder, Phase, Progress
    from tui.core.settings import Settings
    from tui.indexing.executor import Executor
    from tui.library.base.folder_options import OptionChanges
    from tui.library.base.store import Store

_BATCH = 32
_LARGEST_BATCH = 64
_PROGRESS_SECONDS = 0.2


def index_folders(
    store: Store,
    folders: Sequence[Path | ScanTarget],
    *,
    model_id: str,
    load: Callable[[], ImageEmbedder],
    settings: Settings,
    on_progress: Callable[[Progress], None],
    cancelled: Cancelled,
    options: OptionChanges | None = None,
    finished: bool = True,
    executor: Executor | None = None,
) -> IndexReport:
    """Update the library to match the files below some folders.

    Committed files stay in the library, however the run ends. Only one run at a time changes a
    local library: a second one waits until the first has finished, and then finds nothing to do.

    Args:
        store: the library.
        folders: each is scanned completely; a ``ScanTarget`` is a part of a folder.
        model_id: the model whose vectors are computed; the one that ``load`` loads.
        load: called once, in this thread, when the first readable picture has to be embedded.
        settings: ``threads``, ``batch_size`` and ``skip_folders`` are used.
        on_progress: called in this thread, at most five times a second.
        cancelled: called in this thread; True ends the run after the current batch.
        options: changes of the scan options; they are saved with the folders.
        finished: complete the index; False if another run follows at once.
        executor: processes the files; by default this process does, with the model of ``load``.

    Raises:
        FolderError: a folder does not exist or can't be read, and the library has none of its
            files; or ``options`` are given for a folder inside another one.
        CatalogError: the catalog can't be written.
        ModelError: ``load`` fails, or the model's vectors don't fit the catalog's.
    """
    run = _Run(on_progress, cancelled)
    with store.writing(run.tick) as writer:
        if writer is None:
            return run.report(is_done=False)
        run.tick()
        version = decoder_version()
        folder_options = FolderOptions(store, options, settings.skip_folders)
        mount_notes, scanned_folders = store.folder_notes(MOUNT), store.folder_notes(SCANNED)
        changes = [
            FolderChanges(
                store,
                target,
                model_id=model_id,
                decoder=version,
                options=folder_options.of(target.root),
                mount_notes=mount_notes,
                scanned_folders=scanned_folders,
            )
            for target in _scan_targets(folders)
        ]
        roots = list(dict.fromkeys(each.target.root for each in changes))
        for root in roots:
            writer.add_root(root)
        folder_options.save(writer, roots)
        is_done = run_pipeline(
            store,
            writer,
            changes,
            run.tick,
            model_id=model_id,
            decoder_version=version,
            batch_size=min(settings.batch_size or _BATCH, _LARGEST_BATCH),
            executor=executor
            or LocalExecutor(
                run.reporting(load),
                threads=_threads(settings),
                has_remote_files=any(isinstance(root, RemotePath) for root in roots),
            ),
            progress=run.progress,
            on_commit=lambda stopped: store.save(model_id, cancelled=stopped),
        )
        run.phase = "saving"
        run.tick()
        store.save(model_id, finished=finished, cancelled=run.tick)
    return run.report(is_done=is_done, changes=changes)


def _scan_targets(folders: Sequence[Path | ScanTarget]) -> list[ScanTarget]:
    targets = [folder for folder in folders if isinstance(folder, ScanTarget)]
    roots = outermost(folder for folder in folders if not isinstance(folder, ScanTarget))
    return [*targets, *(ScanTarget(root, root) for root in roots)]


class _Run:
    """One run, as its caller sees it: progress, cancellation and the report."""

    def __init__(self, on_progress: Callable[[Progress], None], cancelled: Cancelled) -> None:
        self.progress = ProgressCounter()
        self.phase: Phase | None = None
        self._on_progress = on_progress
        self._cancelled = cancelled
        self._next_report = 0.0

    def tick(self) -> bool:
        """Report progress at intervals; return whether the run has to stop."""
        if time.monotonic() >= self._next_report:
            self._next_report = time.monotonic() + _PROGRESS_SECONDS
            self._on_progress(self.progress.progress(self.phase))
        return self._cancelled()

    def reporting(self, load: Callable[[], ImageEmbedder]) -> Callable[[], ImageEmbedder]:
        """Return a loader that reports the number of files first, since loading takes long."""

        def report_and_load() -> ImageEmbedder:
            self._on_progress(self.progress.progress("embedding"))
            return load()

        return report_and_load

    def report(self, *, is_done: bool, changes: Sequence[FolderChanges] = ()) -> IndexReport:
        """Report the end, and return the result."""
        self._on_progress(self.progress.progress("done" if is_done else "cancelled"))
        return IndexReport(
            **self.progress.counts,
            seconds=self.progress.seconds,
            cancelled=not is_done,
            failures=tuple(self.progress.failures),
            waiting=self.progress.waiting,
            missing=tuple(path for each in changes for path in each.missing),
            reasons={path: why for each in changes for path, why in each.reasons.items()},
        )


def _threads(settings: Settings) -> int:
    """Return the number of decode threads: the setting, or one a core."""
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # macOS and Windows have none.
        cores = os.cpu_count() or 1
    return settings.threads or cores
