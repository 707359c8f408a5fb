"""The figures of an indexing run, counted by many threads."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from tui.core.domain import Failure, Progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.core.domain import Phase
    from tui.library.base.records import IndexedFile

_WINDOW_SECONDS = 15.0
"""The rate is that of so long a time, so that it follows when small pictures become large ones."""


class ProgressCounter:
    """Counts; ``progress`` says where the run stands. Every method is thread-safe."""

    def __init__(self) -> None:
        self.failures: list[Failure] = []
        self.waiting = 0
        self._counts = dict.fromkeys(("indexed", "reused", "unchanged", "removed", "failed"), 0)
        self._found = 0
        self._done = 0
        self._surveyed = False
        self._start = time.monotonic()
        self._samples: deque[tuple[float, int]] = deque()
        self._lock = threading.Lock()

    def count(self, name: str) -> int:
        """Return one of indexed, reused, unchanged, removed and failed."""
        return self._counts[name]

    @property
    def seconds(self) -> float:
        """How long the run has taken so far."""
        return time.monotonic() - self._start

    def found(self, files: int = 1) -> None:
        """The scan found files to look into."""
        with self._lock:
            self._found += files

    def surveyed(self, unchanged: int, removed: int, failures: Sequence[Failure]) -> None:
        """The scan of one folder has ended; ``failures`` are known ones that did not change."""
        with self._lock:
            self._counts["unchanged"] += unchanged
            self._counts["removed"] += removed
            self._counts["failed"] += len(failures)
            self._found += len(failures)
            self._done += len(failures)
            self.failures.extend(failures)

    def scan_ended(self) -> None:
        """All folders were scanned: the total is known."""
        with self._lock:
            self._surveyed = True

    def committed(self, batch: Sequence[IndexedFile]) -> None:
        """Files reached their end in the catalog."""
        with self._lock:
            self._done += len(batch)
            for item in batch:
                if item.error is not None:
                    self._counts["failed"] += 1
                    self.failures.append(Failure(item.file.path, item.error))
                else:
                    self._counts["reused" if item.vector is None else "indexed"] += 1

    def left(self, *, gone: bool) -> None:
        """A file is gone since the scan, or is still being written: the next run will see."""
        with self._lock:
            self._done += 1
            self.waiting += not gone

    def progress(self, phase: Phase | None = None) -> Progress:
        """Return where the run stands; without ``phase``, it scans until it has done something."""
        with self._lock:
            phase = phase or ("embedding" if self._done or self._surveyed else "scanning")
            rate = self._rate()
            left = (self._found - self._done) / rate if self._surveyed and rate else None
            return Progress(
                phase=phase,
                done=self._done,
                total=self._found if self._surveyed else 0,
                rate=rate,
                seconds=self.seconds,
                seconds_left=left,
                **self._counts,
            )

    def _rate(self) -> float:
        now = time.monotonic()
        self._samples.append((now, self._done))
        while now - self._samples[0][0] > _WINDOW_SECONDS:
            self._samples.popleft()
        since, done_then = self._samples[0]
        if now - since < 0.5:  # Too short to say anything, but for the run as a whole.
            since, done_then = self._start, 0
        return (self._done - done_then) / max(now - since, 1e-6)
