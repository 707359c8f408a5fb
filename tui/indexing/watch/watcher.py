"""Watches folders: indexes them, then indexes every change as it happens.

watchfiles reports the changes; only the folders that it names are scanned again, by the same rules
as in a complete run, so that a change in a library of a million files appears as soon as in one of
ten. A file that is still being written is skipped until its writer stops, since every write is a
change too. A root that disappears or returns is scanned completely. The model is loaded before the
first change, since loading may take longer than everything else.

On Linux the watching thread sleeps until the kernel reports an event (``EventSignal``).
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from watchfiles import watch

from tui.core.errors import FolderError
from tui.indexing.mounts import is_mounted
from tui.indexing.watch.event_signal import EventSignal
from tui.indexing.watch.file_events import added_folders, concerns_pictures, scan_targets_of
from tui.indexing.watch.watch_limits import (
    WatchLimitError,
    error_text,
    has_unwatched,
    limit_notice,
)
from tui.storage.folders import outermost
from tui.storage.objects.path import RemotePath

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
    from pathlib import Path

    from tui.core.stop_request import StopRequest
    from tui.indexing.report import IndexReport
    from tui.indexing.watch.file_events import Events
    from tui.indexing.watch.round_indexer import RoundIndexer
    from tui.storage.scanning.target import ScanTarget

NOT_WATCHED = "{folder} does not report changes; index it again to update it."
"""The notice for object storage."""

_QUIET_MS = 50
_GATHER_MS = 400
"""A round starts after the first time without changes, at the latest after the second."""

_CHECK_MS = 200
"""How often cancellation and the roots are checked where no signal reports events."""

_SLEEP_SECONDS = 1.0
"""The same with signals: no event reports that a root was mounted or has returned."""

_POLL_MS = 1000
"""How often all files are compared if the system can't watch them."""


def watch_folders(
    indexer: RoundIndexer,
    folders: Sequence[Path],
    *,
    stop: StopRequest,
    on_notice: Callable[[str], None] = lambda _: None,
    on_quiet: Callable[[], None] = lambda: None,
) -> Generator[IndexReport, None, None]:
    """Index folders and watch them until ``stop`` is set; yield a report for each round.

    The first report is that of a complete run, later ones cover the changes. Object storage does
    not report changes: only the first round scans it, and it is the only round if there is no other
    folder. After the first round the indexer loads its model ahead of the first change.

    Args:
        indexer: indexes the changes.
        folders: the folders.
        stop: ends the watch.
        on_notice: called with a sentence when the system can't watch all folders, at the start
            or later, so that all files are compared instead.
        on_quiet: called at intervals while nothing changes.

    Raises:
        FolderError: changes can't be followed, or as ``RoundIndexer.index`` in the first round.
        PhotoseekError: as ``RoundIndexer.index``.
    """
    roots = outermost(folders)
    local_roots = [root for root in roots if not isinstance(root, RemotePath)]
    if not local_roots:
        yield indexer.index(roots, finished=True)
        return
    watcher = _Watcher(local_roots, stop, on_notice, on_quiet, indexer)
    is_first = True
    with closing(watcher.rounds()) as rounds:
        for events in rounds:
            targets: Sequence[Path | ScanTarget] = local_roots
            if is_first:
                targets = roots
            elif events is not None:
                targets = scan_targets_of(events, local_roots)
            try:
                yield indexer.index(targets, finished=is_first)
            except FolderError:
                if is_first:
                    raise
                yield indexer.index(watcher.existing_roots(), finished=False)
            if is_first:
                indexer.load_ahead()
            is_first = False


class _Watcher:
    """Reports changes, even if roots disappear or the system's limits are reached."""

    def __init__(
        self,
        roots: Sequence[Path],
        stop: StopRequest,
        on_notice: Callable[[str], None],
        on_quiet: Callable[[], None],
        indexer: RoundIndexer,
    ) -> None:
        self._roots = roots
        self._stop = stop
        self._on_notice = on_notice
        self._on_quiet = on_quiet
        self._indexer = indexer
        self._mounts: Sequence[Path] = ()
        self._is_polling = False
        self._is_lenient = False

    def rounds(self) -> Generator[Events | None, None, None]:
        """Yield the events of each round; None at first and after a root has returned."""
        while not self._stop.is_set():
            roots = self.existing_roots()
            try:
                yield from self._watch(roots)
            except FileNotFoundError:
                continue  # A root disappeared between the check and the watch.
            except PermissionError:
                if self._is_lenient:
                    raise
                self._is_lenient = True  # Not from the start, since it would hide other errors.
            except (OSError, RuntimeError) as error:  # watchfiles raises the latter
                if self._is_polling:
                    raise FolderError(f"Changes can't be followed: {error_text(error)}.") from error
                self._is_polling = True
                self._on_notice(limit_notice(error, _POLL_MS / 1000))

    def _watch(self, roots: Sequence[Path]) -> Iterator[Events | None]:
        """Watch these roots until the set of existing roots changes."""
        signal = EventSignal(self._stop.wake)
        try:
            yield from self._rounds(roots, signal)
        finally:
            signal.disarm()

    def _rounds(self, roots: Sequence[Path], signal: EventSignal) -> Iterator[Events | None]:
        is_woken = signal.is_possible and not self._is_polling
        rounds = watch(
            *roots,
            watch_filter=concerns_pictures,
            debounce=_GATHER_MS,
            step=_QUIET_MS,
            stop_event=self._stop,
            rust_timeout=_QUIET_MS if is_woken else _CHECK_MS,
            yield_on_timeout=True,
            force_polling=self._is_polling,
            poll_delay_ms=_POLL_MS,
            ignore_permission_denied=self._is_lenient,
        )
        is_first = True
        mounts = self._indexer.mount_points(self._roots)
        unmounted = {folder for folder in mounts if not is_mounted(folder)}
        mounted: list[bool] = []
        for events in rounds:
            if is_first and is_woken:
                signal.arm()
            if is_first or events:
                yield None if is_first else events
                if self._stop.is_set():
                    return
                if is_first:
                    self._mounts = self._indexer.mount_points(self._roots)
                    mounted = [folder not in unmounted for folder in self._mounts]
                self._check_watched(
                    map(str, roots) if is_first and self._is_lenient else added_folders(events)
                )
            else:
                self._on_quiet()
            is_first = False
            if self.existing_roots() != roots or self._mounted() != mounted:
                return  # No event reports that a disk was mounted or unmounted.
            if not events and signal.is_armed:
                self._stop.wait(_SLEEP_SECONDS)

    def _check_watched(self, folders: Iterable[str]) -> None:
        """Raise if a folder is not watched because the limit was reached."""
        if not self._is_polling and has_unwatched(list(folders), self._roots):
            raise WatchLimitError("the limit is reached")

    def existing_roots(self) -> list[Path]:
        """Return the roots that exist."""
        return [root for root in self._roots if root.is_dir()]

    def _mounted(self) -> list[bool]:
        return [is_mounted(folder) for folder in self._mounts]
