"""The bandwidth to a remote terminal, and the scale at which pictures fit it.

Text has arrived when the terminal answers the query that follows it: the cursor position (ECMA-48
DSR 6), which every terminal reports and Textual reads. The latency of such a query alone is
measured as well, after a short text while nothing else is in flight.

Over a slow SSH connection a screen of full-size pictures would block all later output for many
seconds. No terminal reports its bandwidth, and no fixed size suits both a local network and a
phone, so it is measured. The server accepts megabytes that the line has not carried yet, so only
these answers tell how much of the output is still under way.
"""

from __future__ import annotations

import math
import shutil
import threading
import time
from typing import TYPE_CHECKING, Any

from textual.events import CursorPosition

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.driver import Driver
    from textual.message import Message

QUERY = "\x1b[6n"

_INITIAL_RATE = 1_000_000.0
"""Bytes a second until the first measurement: a home connection's upload."""

_MAX_RATE = 20_000_000.0
_MIN_BYTES = 8_000
"""A shorter text takes no measurable time, so its query measures the latency."""

_MAX_LATENCY = 0.2
"""Seconds that an answer may take while the latency is unknown."""

_IDLE_SECONDS = 1.0
"""Seconds without a write after which nothing is in flight."""

_SCREEN_SECONDS = 1.5
"""Seconds that a screen full of pictures may take."""

_BYTES_A_PIXEL = 2.5
"""Of photographs in Kitty's protocol, and roughly in Sixel (``tests/bench/screen_bytes.py``)."""

_MIN_SCALE = 0.2
_FRAME_BYTES = 16_000
_MAX_FRAME_SECONDS = 0.5

_MIN_WINDOW = 16_000
"""Characters that may be under way on any line; more than a line of pictures has."""
_QUEUE_SECONDS = 0.1
"""Seconds that a key's echo may wait for earlier output."""
_PATIENCE = 5.0
"""Seconds after which a terminal counts as one that does not answer."""
_LAST_SECONDS = 1.0
"""Seconds to wait for an answer before the terminal is restored."""


class BandwidthMeter:
    """Measures the bandwidth to the terminal.

    The event loop owns it; ``scale`` may be called in any thread.

    Args:
        clock: returns the time in seconds.

    Attributes:
        rate: bytes a second, by the measurements so far.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate = _INITIAL_RATE
        self._clock = clock
        self._latency: float | None = None
        self._seconds_a_byte: float | None = None
        self._is_open = False
        self._is_answering = True
        self._query: tuple[float, int | None] | None = None
        """When the unanswered query was sent, and how many bytes preceded it; None if the bytes
        were written too long before it to measure anything."""
        self._pending_bytes = 0
        self._last_write = 0.0
        self._written = self._queried = self._arrived = 0
        """Characters: all, those before the last query and those that have arrived."""

    def open(self) -> None:
        """Start measuring: the terminal no longer echoes its answers."""
        self._is_open = True
        self._arrived = self._written

    def close(self) -> bool:
        """Stop measuring; return whether an answer is still expected."""
        self._is_open = False
        return self._query is not None

    @property
    def room(self) -> int | None:
        """Return how many characters may be written now so that a key need not wait long for them.

        Not above zero while the line is busy. None if that is unknown.
        """
        if self._query is not None and self._clock() - self._query[0] > _PATIENCE:
            self._is_answering = False
        if not (self._is_open and self._is_answering):
            return None
        window = _MIN_WINDOW
        if self._seconds_a_byte is not None:
            latency = _MAX_LATENCY if self._latency is None else self._latency
            window = max(window, round(self.rate * (latency + _QUEUE_SECONDS)))
        return window - (self._written - self._arrived)

    def written(self, size: int) -> bool:
        """Count ``size`` written characters; return whether a query must follow them."""
        now = self._clock()
        self._written += size
        is_idle, self._last_write = now - self._last_write > _IDLE_SECONDS, now
        self._pending_bytes = size if is_idle else self._pending_bytes + size
        is_large = size >= _MIN_BYTES
        is_much = self._written - self._arrived >= _MIN_BYTES
        if not self._is_open or self._query is not None or not (is_large or is_idle or is_much):
            return False
        self._queried = self._written
        self._query = (now, self._pending_bytes if is_large else 0 if is_idle else None)
        self._pending_bytes = 0
        return True

    def answered(self) -> None:
        """Record that the query was answered: everything written before it has arrived."""
        if self._query is None:
            return
        self._arrived, self._is_answering = self._queried, True
        (start, size), self._query = self._query, None
        seconds = self._clock() - start
        if size is None:
            return
        if not size:
            self._latency = seconds if self._latency is None else min(self._latency, seconds)
            return
        latency = min(_MAX_LATENCY, seconds / 2) if self._latency is None else self._latency
        sample = max((seconds - latency) / size, 1 / _MAX_RATE)
        previous = sample if self._seconds_a_byte is None else self._seconds_a_byte
        self._seconds_a_byte = (previous + sample) / 2
        self.rate = 1 / self._seconds_a_byte

    def scale(self, cell_width: int, cell_height: int) -> float:
        """Return the factor, at most 1, by which to scale the sides of pictures.

        Args:
            cell_width: of a character cell, in pixels.
            cell_height: of a character cell, in pixels.
        """
        columns, rows = shutil.get_terminal_size()
        screen_bytes = columns * cell_width * rows * cell_height * _BYTES_A_PIXEL
        return min(1.0, max(_MIN_SCALE, math.sqrt(self.rate * _SCREEN_SECONDS / screen_bytes)))

    def frame_seconds(self, shortest: float) -> float:
        """Return the seconds between two frames of arriving pictures: more on a slow line."""
        return min(_MAX_FRAME_SECONDS, max(shortest, _FRAME_BYTES / self.rate))


def metered_driver(driver: type[Driver], meter: BandwidthMeter) -> type[Driver]:
    """Return a driver that reports its writes to the meter and appends the meter's queries.

    Before it restores the terminal, it waits for the last answer, which the shell would read as
    typed text.
    """

    class MeteredDriver(driver):  # type: ignore[misc, valid-type]
        _is_stopped = False

        def __init__(self, *arguments: Any, **options: Any) -> None:
            self._is_answered = threading.Event()
            super().__init__(*arguments, **options)

        def write(self, data: str) -> Any:
            if not meter.written(len(data)):
                return super().write(data)
            self._is_answered.clear()
            return super().write(data + QUERY)

        def process_message(self, message: Message) -> None:
            if isinstance(message, CursorPosition):  # in the thread that reads
                self._is_answered.set()
            super().process_message(message)

        def start_application_mode(self) -> None:
            super().start_application_mode()
            if self._is_stopped:
                self._is_stopped = False
                meter.open()

        def stop_application_mode(self) -> None:
            self._is_stopped = True
            if meter.close():
                self._is_answered.wait(_LAST_SECONDS)
            super().stop_application_mode()

    return MeteredDriver
