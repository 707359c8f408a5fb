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

CHECK_SECONDS = 2.0
"""How often to call `IdleCollector.collect_if_idle`."""

_IDLE_SECONDS = 5.0
_NEVER = 1_000_000


class IdleCollector:
    """Decides when to run a full collection.

    Args:
        now: returns the time in seconds.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._last_input = now()
        self._is_due = True

    def start(self) -> None:
        """Freeze existing objects and collect only young generations."""
        gc.freeze()
        gc.set_threshold(1000, 10, _NEVER)
        gc.enable()

    def note_input(self) -> None:
        """Note that the user pressed a key or moved the mouse."""
        self._last_input = self._now()
        self._is_due = True

    def collect_if_idle(self) -> bool:
        """Collect all generations once the user is idle; return whether this was done."""
        if not self._is_due or self._now() - self._last_input < _IDLE_SECONDS:
            return False
        self._is_due = False
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        return True
