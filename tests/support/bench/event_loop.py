"""How long the event loop of an application is busy at a time, and with what."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from textual.events import Timer
from textual.messages import Layout, Update
from textual.widget import Widget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual.message import Message
    from textual.screen import Screen

PATIENCE = 60.0
OUTSIDE = "before"
"""What runs in a turn before its first message."""


class Watch:
    """Notes the longest turn of the event loop, and the work of its thread in the busiest.

    Attributes:
        longest: seconds that passed while the loop did not come to a timer of 1 ms.
        busiest: the most seconds that its thread worked in one turn, without the work of other
            threads and programs.
        work: what ran in the busiest turn, with its milliseconds.
    """

    def __init__(self) -> None:
        self.longest = self.busiest = 0.0
        self.work: dict[str, float] = {}
        self._parts: defaultdict[str, float] = defaultdict(float)
        self._part = OUTSIDE
        self._part_start = time.thread_time()

    def see(self, message: Message) -> None:
        """Note that the handling of a message begins."""
        name = type(message).__name__
        self._begin(f"{name} {message.timer.name}" if isinstance(message, Timer) else name)

    def reset(self) -> None:
        """Forget the turns so far."""
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


def is_composed(screen: Screen[Any], widget: Widget) -> bool:
    """Return whether a paint that ends now shows a widget as it is, so that none has to follow."""
    queue: Iterable[Message | None] = screen._message_queue.values
    return not any(isinstance(message, Update | Layout) for message in queue) and not any(
        node._repaint_required or node._layout_required
        for node in widget.walk_children(Widget, with_self=True)
    )


def is_clean(screen: Screen[Any], widget: Widget) -> bool:
    """Return whether the screen needs no paint to show a widget as it is."""
    return not (screen._dirty_widgets or screen._layout_required) and is_composed(screen, widget)


async def until(holds: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Let the application work until a condition holds."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError("the app does not answer")
        await asyncio.sleep(0.005)
