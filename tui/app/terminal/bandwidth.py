"""How fast the way to a far terminal is, and how much of a picture it is worth sending.

What was written has arrived when the terminal answers the question that was written after it (the
cursor's position, ECMA-48 DSR 6, which every terminal answers and Textual reads). The answer's way
alone is measured too, by a question after a little text when nothing else is on its way.
"""

from __future__ import annotations

import math
import shutil
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.driver import Driver

    from tui.app.terminal.images import CellSize

QUESTION = "\x1b[6n"

_FIRST_GUESS = 1_000_000.0
"""Bytes a second, while nothing was measured: a home's way up."""

_FASTEST = 20_000_000.0
_LEAST_MEASURED = 8_000
"""Bytes; to write less takes no time worth measuring, so that it measures the answer's way."""

_LONGEST_TRIP = 0.2
"""Seconds that an answer's way may take, while it is not known."""

_IDLE = 1.0
"""Seconds without a write after which nothing is on its way any more."""

_PATIENCE = 1.5
"""Seconds that a screen full of pictures may take."""

_BYTES_A_PIXEL = 2.5
"""Of photographs by Kitty's protocol, and about by Sixel (``tests/bench/screen_bytes.py``)."""

_LEAST_SCALE = 0.2


class BandwidthMeter:
    """Measures the way to the terminal. Belongs to the event loop; ``scale`` may be read anywhere.

    Attributes:
        rate: bytes a second, as far as is known.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate = _FIRST_GUESS
        self._clock = clock
        self._trip: float | None = None
        self._slowness: float | None = None
        self._open = False
        self._asked: tuple[float, int] | None = None
        self._pending = 0
        self._last = 0.0

    def open(self) -> None:
        """Begin: from now on the terminal does not echo answers."""
        self._open = True

    def written(self, size: int) -> bool:
        """Note that characters are written; whether to ask after them."""
        now = self._clock()
        idle, self._last = now - self._last > _IDLE, now
        self._pending = size if idle else self._pending + size
        large = size >= _LEAST_MEASURED
        if not self._open or self._asked is not None or not (large or idle):
            return False
        self._asked, self._pending = (now, self._pending if large else 0), 0
        return True

    def answered(self) -> None:
        """Take the answer: all that was written before the question has arrived."""
        if self._asked is None:
            return
        (asked, size), self._asked = self._asked, None
        seconds = self._clock() - asked
        if not size:
            self._trip = seconds if self._trip is None else min(self._trip, seconds)
        else:
            trip = min(_LONGEST_TRIP, seconds / 2) if self._trip is None else self._trip
            slowness = max((seconds - trip) / size, 1 / _FASTEST)
            known = slowness if self._slowness is None else self._slowness
            self._slowness = (known + slowness) / 2
            self.rate = 1 / self._slowness

    def scale(self, cell: CellSize) -> float:
        """Return which part of their width and height pictures should be sent in, at most 1."""
        columns, rows = shutil.get_terminal_size()
        whole = columns * cell.width * rows * cell.height * _BYTES_A_PIXEL
        return min(1.0, max(_LEAST_SCALE, math.sqrt(self.rate * _PATIENCE / whole)))


def metered_driver(driver: type[Driver], link: BandwidthMeter) -> type[Driver]:
    """Return a driver that tells the link of all that it writes."""

    class Measured(driver):  # type: ignore[misc, valid-type]
        def write(self, data: str) -> Any:
            return super().write(data + QUESTION if link.written(len(data)) else data)

    return Measured
