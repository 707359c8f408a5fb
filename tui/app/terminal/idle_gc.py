"""When Python looks for garbage: never while somebody types.

A full look goes over every object, half a million once many pictures are drawn, and holds up all
threads for 0.1 to 0.4 s. So on the way only young objects are looked at; the full look waits until
no key has been pressed for a while, and what it leaves is set aside (``gc.freeze``).
"""

from __future__ import annotations

import gc
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LOOK_SECONDS = 2.0
"""How often `Collector.look` is to be called."""

_QUIET_SECONDS = 5.0
_NEVER = 1_000_000


class IdleCollector:
    """Decides when to look for garbage.

    Args:
        now: tells the time in seconds.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._used = now()
        self._due = True

    def begin(self) -> None:
        """What is there now stays: look at what comes, and only while that is young."""
        gc.freeze()
        gc.set_threshold(1000, 10, _NEVER)
        gc.enable()

    def note_use(self) -> None:
        """Somebody presses a key or moves the mouse."""
        self._used = self._now()
        self._due = True

    def look(self) -> bool:
        """Look at everything if nobody has done anything for a while; tell whether it was done."""
        if not self._due or self._now() - self._used < _QUIET_SECONDS:
            return False
        self._due = False
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        return True
