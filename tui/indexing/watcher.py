"""Watch folders: index them, then index every change as it happens.

watchfiles reports the changes; only the folders that it names are scanned again, by the same rules
as in a complete run, so that a change in a library of a million files appears as soon as in one of
ten. A file that is still being written is skipped until its writer stops, since every write is a
change too. A root that disappears or returns is scanned completely. The model is loaded before the
first change, since loading may take longer than all the rest, and unloaded after a long time
without changes.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from watchfiles import watch

from tui.core.errors import FolderError
from tui.indexing.file_events import added_folders, concerns_pictures, scan_targets_of
from tui.indexing.indexer import index_folders, outermost
from tui.indexing.mounts import is_mounted, mount_points
from tui.indexing.watch_limits import WatchLimitError, error_text, has_unwatched, limit_notice
from tui.storage.objects.path import RemotePath

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from tui.core.domain import Cancelled, ImageEmbedder, Progress
    from tui.core.settings import Settings
    from tui.indexing.file_events import Events
    from tui.indexing.indexer import IndexReport
    from tui.library.base.folder_options import OptionChanges
    from tui.library.base.store import Store
    from tui.storage.scanning.target import ScanTarget

NOT_WATCHED = "{folder} does not tell what changes in it; index it again to find out."
"""The notice for object storage."""

_QUIET_MS = 50
_GATHER_MS = 400
"""A round begins after the first time without changes, at the latest after the second."""

_CHECK_MS = 200
"""How often cancellation and the roots are checked."""

_POLL_MS = 1000
"""How often all files are compared if the system can't watch them."""

_IDLE_SECONDS = 300.0
"""After this time without a change the model is unloaded."""


def watch_folders(
    store: Store,
    folders: Sequence[Path],
    *,
    model_id: str,
    load: Callable[[], ImageEmbedder],
    settings: Settings,
    on_progress: Callable[[Progress], None],
    cancelled: Cancelled,
    options: OptionChanges | None = None,
    on_notice: Callable[[str], None] = lambda _: None,
    idle: float = _IDLE_SECONDS,
) -> Iterator[IndexReport]:
    """Index folders and watch them until ``cancelled``; yield a report for each round.

    The first report is that of a complete run, later ones cover what changed. Object storage does
    not report changes: only the first round scans it, and it is the only round if there is no other
    folder.

    The other arguments and the errors are those of ``index_folders``. ``load`` is called in a
    thread of its own if the first run did not need the model, and again only after ``idle`` seconds
    without a change. ``on_notice`` is called with a sentence when the system can't watch all
    folders, at the start or later, so that all files are compared instead.
    """
    model = _CachedModel(load, idle)
    index = partial(
        index_folders,
        store,
        model_id=model_id,
        load=model.load,
        settings=settings,
        on_progress=on_progress,
        cancelled=cancelled,
        options=options,
    )
    roots = outermost(folders)
    local_roots = [root for root in roots if not isinstance(root, RemotePath)]
    if not local_roots:
        yield index(roots)
        return
    mounts = partial(mount_points, store, local_roots)
    watcher = _Watcher(local_roots, cancelled, on_notice, model.unload_if_idle, mounts)
    is_first = True
    try:
        for events in watcher.rounds():
            targets: Sequence[Path | ScanTarget] = local_roots
            if is_first:
                targets = roots
            elif events is not None:
                targets = scan_targets_of(events, local_roots)
            try:
                yield index(targets, finished=is_first)
            except FolderError:
                if is_first:
                    raise
                yield index(watcher.existing_roots(), finished=False)
            if is_first:
                model.load_ahead()
            is_first = False
    finally:
        model.wait()
    index([])


class _CachedModel:
    """Loads the model at its first use, and unloads it after a long time without use."""

    def __init__(self, load: Callable[[], ImageEmbedder], idle: float) -> None:
        self._load = load
        self._idle = idle
        self._last_use = 0.0
        self._lock = threading.Lock()
        self._embedder: ImageEmbedder | None = None
        self._loader: threading.Thread | None = None

    def load(self) -> ImageEmbedder:
        """Return the model; load it if necessary."""
        with self._lock:
            if self._embedder is None:
                self._embedder = self._load()
            self._last_use = time.monotonic()
            return self._embedder

    def unload_if_idle(self) -> None:
        """Unload a model without recent use; called while nothing changes."""
        if self._lock.acquire(blocking=False):  # A thread that loads the model holds it.
            if time.monotonic() - self._last_use > self._idle:
                self._embedder = None
            self._lock.release()

    def load_ahead(self) -> None:
        """Begin to load the model; the run that needs it reports any error."""
        self._loader = threading.Thread(target=self._try_load, name="model", daemon=True)
        self._loader.start()

    def wait(self) -> None:
        """Wait until no thread loads the model: the interpreter must not end meanwhile."""
        if self._loader is not None:
            self._loader.join()

    def _try_load(self) -> None:
        with suppress(Exception):
            self.load()


class _Watcher:
    """Reports changes, even if roots disappear or the system's limits are reached."""

    def __init__(
        self,
        roots: Sequence[Path],
        cancelled: Cancelled,
        on_notice: Callable[[str], None],
        on_quiet: Callable[[], None],
        mounts: Callable[[], Sequence[Path]],
    ) -> None:
        self._roots = roots
        self._cancelled = cancelled
        self._on_notice = on_notice
        self._on_quiet = on_quiet
        self._find_mounts = mounts
        self._mounts: Sequence[Path] = ()
        self._is_polling = False
        self._is_lenient = False

    def rounds(self) -> Iterator[Events | None]:
        """Yield the events of each round; None at first and when a root returned."""
        while not self._cancelled():
            roots = self.existing_roots()
            try:
                yield from self._watch(roots)
            except FileNotFoundError:
                continue  # A root disappeared between the check and the watch.
            except PermissionError:
                if self._is_lenient:
                    raise
                self._is_lenient = True  # Not from the start: it hides other errors too.
            except (OSError, RuntimeError) as error:  # watchfiles raises the latter
                if self._is_polling:
                    raise FolderError(f"Changes can't be followed: {error_text(error)}.") from error
                self._is_polling = True
                self._on_notice(limit_notice(error, _POLL_MS / 1000))

    def _watch(self, roots: Sequence[Path]) -> Iterator[Events | None]:
        """Watch these roots until other ones exist."""
        rounds = watch(
            *roots,
            watch_filter=concerns_pictures,
            debounce=_GATHER_MS,
            step=_QUIET_MS,
            stop_event=self,
            rust_timeout=_CHECK_MS,
            yield_on_timeout=True,
            force_polling=self._is_polling,
            poll_delay_ms=_POLL_MS,
            ignore_permission_denied=self._is_lenient,
        )
        is_first = True
        unmounted = {folder for folder in self._find_mounts() if not is_mounted(folder)}
        mounted: list[bool] = []
        for events in rounds:
            if is_first or events:
                yield None if is_first else events
                if is_first:
                    self._mounts = self._find_mounts()
                    mounted = [folder not in unmounted for folder in self._mounts]
                self._check_watched(
                    map(str, roots) if is_first and self._is_lenient else added_folders(events)
                )
            else:
                self._on_quiet()
            is_first = False
            if self.existing_roots() != roots or self._mounted() != mounted:
                return  # No event reports that a disk was mounted or unmounted.

    def _check_watched(self, folders: Iterable[str]) -> None:
        """Raise if a folder is not watched because the limit was reached."""
        if not self._is_polling and has_unwatched(list(folders), self._roots):
            raise WatchLimitError("the limit is reached")

    def existing_roots(self) -> list[Path]:
        """Return the roots that exist now."""
        return [root for root in self._roots if root.is_dir()]

    def _mounted(self) -> list[bool]:
        return [is_mounted(folder) for folder in self._mounts]

    def is_set(self) -> bool:
        """Whether to stop: the method of an event that watchfiles calls."""
        return self._cancelled()
