"""Folders into a library: only what is new or changed, and nothing twice."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from tui.images.decoder import decoder_version
from tui.indexing.changes import FolderChanges, ScanTarget
from tui.indexing.pipeline import Pipeline, PipelineOptions
from tui.indexing.progress import ProgressCounter
from tui.library.base.folder_notes import MOUNT, SCANNED
from tui.library.base.folder_options import FolderOptions
from tui.storage.folders import absolute

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from tui.core.domain import Cancelled, Failure, ImageEmbedder, Phase, Progress
    from tui.core.settings import Settings
    from tui.library.base.folder_options import OptionChanges
    from tui.library.base.store import Store

_BATCH = 32
_LARGEST_BATCH = 64
_PROGRESS_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What a run did, in files.

    ``indexed`` were embedded now, ``reused`` have bytes that were known already, ``unchanged``
    were not opened, ``removed`` are gone from disk, ``failed`` can't be read (``failures`` says
    which and why; those that failed before and did not change are among them). ``waiting`` were
    still being written and are left to the next run. ``missing`` are folders that are not there
    or can't be read: their files keep their rows and are out of the results; ``reasons`` says why,
    as far as that is known.
    """

    indexed: int
    unchanged: int
    reused: int
    removed: int
    failed: int
    seconds: float
    cancelled: bool
    failures: tuple[Failure, ...] = ()
    waiting: int = 0
    missing: tuple[Path, ...] = ()
    reasons: Mapping[Path, str] = field(default_factory=dict)


class Stages(Protocol):
    """What does the work of a run: a `Pipeline`, or what stands in for it."""

    def run(self, surveys: Iterable[FolderChanges], tick: Cancelled) -> bool:
        """Do all that the surveys give; False where ``tick``, asked often, stopped it."""
        ...


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
    pipeline: Callable[..., Stages] = Pipeline,
) -> IndexReport:
    """Bring the library up to date with what lies below some folders.

    What is committed stays, however the run ends. Only one run at a time changes an embedded
    library: a second one waits until the first has finished, then finds its work done.

    Args:
        store: the library.
        folders: each is scanned with all that is below it; a ``ScanTarget`` is a part of a folder.
        model_id: whose vectors are wanted; that of the model that ``load`` gives.
        load: called once, in this thread, when the first picture that can be read has to be
            embedded.
        settings: ``threads``, ``batch_size`` and ``skip_folders`` are used.
        on_progress: called in this thread, at most five times a second.
        cancelled: asked in this thread; True ends the run after the batch at hand.
        options: what the scan takes in; kept with the folders, as are those of earlier runs.
        finished: no other run follows at once, so that the index is made complete.
        pipeline: what does the work; takes the arguments of `Pipeline`.

    Raises:
        FolderError: a folder is not there or can't be read, and nothing is known of it, or options
            were given for a folder inside another one.
        CatalogError: the catalog can't be written.
        ModelError: ``load`` fails, or the model's vectors don't fit the catalog's.
    """
    run = _Run(on_progress, cancelled)
    with store.writing(run.tick) as writer:
        if writer is None:
            return run.report(done=False)
        run.tick()
        version = decoder_version()
        of_folders = FolderOptions(store, options, settings.skip_folders)
        noted_mounts, scanned = store.folder_notes(MOUNT), store.folder_notes(SCANNED)
        surveys = [
            FolderChanges(
                store,
                place,
                model_id=model_id,
                decoder=version,
                options=of_folders.of(place.root),
                noted_mounts=noted_mounts,
                scanned=scanned,
            )
            for place in _places(folders)
        ]
        roots = list(dict.fromkeys(survey.place.root for survey in surveys))
        for root in roots:
            writer.add_root(root)
        of_folders.keep(writer, roots)
        stages = pipeline(
            store,
            writer,
            model_id=model_id,
            load=run.telling(load),
            decoder_version=version,
            knobs=_pipeline_options(settings),
            tally=run.tally,
            on_commit=lambda stopped: store.save(model_id, cancelled=stopped),
        )
        done = stages.run(surveys, run.tick)
        run.phase = "saving"
        run.tick()
        store.save(model_id, finished=finished, cancelled=run.tick)
    return run.report(done=done, surveys=surveys)


def outermost(folders: Iterable[Path]) -> list[Path]:
    """Return absolute folders in the order given, without those that lie in another of them."""
    found = dict.fromkeys(absolute(folder) for folder in folders)
    return [folder for folder in found if not any(other in folder.parents for other in found)]


def _places(folders: Sequence[Path | ScanTarget]) -> list[ScanTarget]:
    places = [folder for folder in folders if isinstance(folder, ScanTarget)]
    roots = outermost(folder for folder in folders if not isinstance(folder, ScanTarget))
    return [*places, *(ScanTarget(root, root) for root in roots)]


class _Run:
    """One run as its caller sees it: progress, cancellation, the report."""

    def __init__(self, on_progress: Callable[[Progress], None], cancelled: Cancelled) -> None:
        self.tally = ProgressCounter()
        self.phase: Phase | None = None
        self._on_progress = on_progress
        self._cancelled = cancelled
        self._next = 0.0

    def tick(self) -> bool:
        """Tell where the run stands, now and then; return whether it is to stop."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + _PROGRESS_SECONDS
            self._on_progress(self.tally.progress(self.phase))
        return self._cancelled()

    def telling(self, load: Callable[[], ImageEmbedder]) -> Callable[[], ImageEmbedder]:
        """Tell how many files there are before the model is loaded, which is silent and long."""

        def told() -> ImageEmbedder:
            self._on_progress(self.tally.progress("embedding"))
            return load()

        return told

    def report(self, *, done: bool, surveys: Sequence[FolderChanges] = ()) -> IndexReport:
        """Tell the end, and return it."""
        self._on_progress(self.tally.progress("done" if done else "cancelled"))
        return IndexReport(
            indexed=self.tally.count("indexed"),
            unchanged=self.tally.count("unchanged"),
            reused=self.tally.count("reused"),
            removed=self.tally.count("removed"),
            failed=self.tally.count("failed"),
            seconds=self.tally.seconds,
            cancelled=not done,
            failures=tuple(self.tally.failures),
            waiting=self.tally.waiting,
            missing=tuple(path for survey in surveys for path in survey.missing),
            reasons={path: why for survey in surveys for path, why in survey.reasons.items()},
        )


def _pipeline_options(settings: Settings) -> PipelineOptions:
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # macOS and Windows have none.
        cores = os.cpu_count() or 1
    return PipelineOptions(
        threads=settings.threads or cores,
        batch=min(settings.batch_size or _BATCH, _LARGEST_BATCH),
    )
