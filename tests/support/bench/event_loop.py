"""Measures how long the event loop of an application is busy at a time, and with what."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from textual.events import Timer
from textual.messages import Update

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual.message import Message
    from textual.screen import Screen
    from textual.widget import Widget

PATIENCE = 60.0
OUTSIDE = "before"
"""The part of a turn before its first message."""


class Watch:
    """Records the longest turn of the event loop, and the work of its thread in the busiest.

    Attributes:
        longest: seconds in which the loop did not run a timer of 1 ms.
        busiest: the most seconds that its thread worked in one turn, without the work of other
            threads and programs.
        work: the messages of the busiest turn, with their milliseconds.
    """

    def __init__(self) -> None:
        self.longest = self.busiest = 0.0
        self.work: dict[str, float] = {}
        self._parts: defaultdict[str, float] = defaultdict(float)
        self._part = OUTSIDE
        self._part_start = time.thread_time()

    def see(self, message: Message) -> None:
        """Record that the handling of a message begins."""
        name = type(message).__name__
        self._begin(f"{name} {message.timer.name}" if isinstance(message, Timer) else name)

    def reset(self) -> None:
        """Discard the turns so far."""
        self.longest = self.busiest = 0.0
        self.work = {}

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            before, worked = time.perf_counter(), time.thread_time()
            await asyncio.sleep(0.001)
            self.longest = max(self.longest, time.perf_counter() - before)
            busy = time.thread_time() - worked
            self._begin(OUTSIDE)
            if busy > self.busiest:
                self.busiest = busy
                longest = sorted(self._parts.items(), key=lambda part: -part[1])[:4]
                self.work = {name: round(spent * 1000, 1) for name, spent in longest}
            self._parts.clear()

    def _begin(self, part: str) -> None:
        now = time.thread_time()
        self._parts[self._part] += now - self._part_start
        self._part, self._part_start = part, now


def shows(screen: Screen[Any], widget: Widget) -> bool:
    """Return whether the current paint has drawn a widget in its current state."""
    return widget in screen._dirty_widgets  # the screen clears them afterwards


def waits_for_paint(screen: Screen[Any], widget: Widget) -> bool:
    """Return whether a widget has changed since it was drawn."""
    queue: Iterable[Message | None] = screen._message_queue.values
    is_queued = any(isinstance(message, Update) and message.widget is widget for message in queue)
    return widget._repaint_required or is_queued or shows(screen, widget)


async def until(holds: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Let the application work until a condition holds."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError("the app does not answer")
        await asyncio.sleep(0.005)
