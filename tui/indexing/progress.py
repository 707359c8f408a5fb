"""The counts of an indexing run, updated by many threads."""

from __future__ import annotations

import threading
import time
from bisect import bisect_right
from collections import deque
from typing import TYPE_CHECKING

from tui.core.domain import Failure, Progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.core.domain import Phase
    from tui.library.base.records import IndexedFile

_WINDOW_SECONDS = 15.0
"""Rates are measured over this time, so that they follow a change from small to large pictures."""


class ProgressCounter:
    """Counts files and computes rates; thread-safe.

    Attributes:
        failures: the files that can't be read, with the reasons.
        waiting: files that changed during the run; the next run indexes them.
        folders: how many whole folders the run covers; 0 if it covers parts of folders.
        counts: how many files were indexed, reused, unchanged, removed or failed.
    """

    def __init__(self) -> None:
        self.failures: list[Failure] = []
        self.waiting = 0
        self.counts = dict.fromkeys(("indexed", "reused", "unchanged", "removed", "failed"), 0)
        self.folders = 0
        self._ends: list[int] = []  # for each scanned folder, the files up to its last one
        self._total = 0
        self._done = 0
        self._is_total_final = False
        self._start = time.monotonic()
        self._samples: deque[tuple[float, int]] = deque()
        self._lock = threading.Lock()

    @property
    def seconds(self) -> float:
        """The duration of the run so far."""
        return time.monotonic() - self._start

    def add_pending(self) -> None:
        """Count a new or changed file."""
        with self._lock:
            self._total += 1

    def folder_scanned(self, unchanged: int, removed: int, failures: Sequence[Failure]) -> None:
        """Add the counts of one folder; ``failures`` are unchanged files that failed before."""
        with self._lock:
            self.counts["unchanged"] += unchanged
            self.counts["removed"] += removed
            self.counts["failed"] += len(failures)
            self._total += len(failures)
            self._done += len(failures)
            self.failures.extend(failures)
            self._ends.append(self._total)

    def scan_finished(self) -> None:
        """Note that the total is final."""
        with self._lock:
            self._is_total_final = True

    def add_committed(self, batch: Sequence[IndexedFile]) -> None:
        """Count files that are in the library now."""
        with self._lock:
            self._done += len(batch)
            for item in batch:
                if item.error is not None:
                    self.counts["failed"] += 1
                    self.failures.append(Failure(item.file.path, item.error))
                else:
                    self.counts["reused" if item.vector is None else "indexed"] += 1

    def skip(self, *, is_deleted: bool) -> None:
        """Count a file that was deleted since the scan, or that is still being written."""
        with self._lock:
            self._done += 1
            self.waiting += not is_deleted

    def progress(self, phase: Phase | None = None) -> Progress:
        """Return the state of the run; without ``phase``, it is scanning until a file is done."""
        with self._lock:
            has_begun = self._done or self._is_total_final
            rate = self._rate()
            remaining = (self._total - self._done) / rate if self._is_total_final and rate else None
            return Progress(
                phase=phase or ("embedding" if has_begun else "scanning"),
                done=self._done,
                total=self._total if self._is_total_final else 0,
                rate=rate,
                seconds=self.seconds,
                seconds_left=remaining,
                folder=min(1 + bisect_right(self._ends, self._done), self.folders),
                folders=self.folders,
                **self.counts,
            )

    def _rate(self) -> float:
        now = time.monotonic()
        self._samples.append((now, self._done))
        while now - self._samples[0][0] > _WINDOW_SECONDS:
            self._samples.popleft()
        since, earlier = self._samples[0]
        if now - since < 0.5:  # the window is too short: use the rate of the whole run
            since, earlier = self._start, 0
        return (self._done - earlier) / max(now - since, 1e-6)
