"""Garbage collection while the user is idle.

A full collection visits every object, half a million once many pictures are drawn, and stops all
threads meanwhile. So only young generations are collected during use, and a full collection waits
until the user has been idle for a while; it freezes the survivors (``gc.freeze``).

Freezing the objects of the start alone, with Python's usual thresholds, was measured and rejected:
full collections then stall the typing (``tests.bench.keystrokes``).
"""

from __future__ import annotations

import gc
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_IDLE_SECONDS = 5.0
_NEVER = 1_000_000


class IdleCollector:
    """Decides when to run a full collection; needs no timer while the user stays idle.

    Args:
        call_later: calls a function after some seconds.
        now: returns the time in seconds.
    """

    def __init__(
        self,
        call_later: Callable[[float, Callable[[], object]], object],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._call_later = call_later
        self._now = now
        self._last_input = now()
        self._is_due = False

    def start(self) -> None:
        """Freeze existing objects, collect only young generations, and all of them once idle."""
        gc.freeze()
        gc.set_threshold(1000, 10, _NEVER)
        gc.enable()
        self.note_input()

    def note_input(self) -> None:
        """Record that the user pressed a key or moved the mouse."""
        self._last_input = self._now()
        if not self._is_due:
            self._is_due = True
            self._call_later(_IDLE_SECONDS, self._collect_if_idle)

    def _collect_if_idle(self) -> None:
        seconds_left = self._last_input + _IDLE_SECONDS - self._now()
        if seconds_left > 0:
            self._call_later(seconds_left, self._collect_if_idle)
            return
        self._is_due = False
        gc.unfreeze()
        gc.collect()
        gc.freeze()
