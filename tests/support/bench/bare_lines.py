"""A widget that only has lines, as the yardstick for the paints of an application."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import numpy as np
from rich.segment import Segment
from rich.style import Style
from textual.events import Key
from textual.strip import Strip
from textual.widget import Widget

from tests.support.bench.event_loop import shows, until
from tests.support.bench.typed_app import SCREEN, Painted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.geometry import Region
    from textual.screen import Screen

Page = list[Strip]
ROUNDS = 2


def page_of(screen: Screen[None], region: Region) -> Page:
    """Return the strips in a region of a screen."""
    strips = screen._compositor.render_strips()[region.y : region.bottom]
    return [strip.crop(region.x, region.right) for strip in strips]


def _renewed(page: Page) -> Page:
    """Return the same strips with new styles, which have no cached rendering, like new pictures."""
    return [
        Strip([Segment(segment.text, _new_style(segment.style)) for segment in strip])
        for strip in page
    ]


def _new_style(style: Style | None) -> Style:
    if style is None:
        return Style()
    return Style(
        color=style.color,
        bgcolor=style.bgcolor,
        bold=style.bold,
        dim=style.dim,
        reverse=style.reverse,
    )


class BareLines(Widget):
    """Shows the next page at each key."""

    DEFAULT_CSS = "BareLines { width: 100%; height: 100%; }"
    can_focus = True

    def __init__(self, pages: Sequence[Page]) -> None:
        super().__init__()
        self._pages = pages
        self.number = 0
        self.pressed = 0.0
        self.key_times: list[float] = []
        self.work_times: list[float] = []
        self._worked: float | None = None

    def render_line(self, y: int) -> Strip:
        """Return a line of the page."""
        page = self._pages[self.number % len(self._pages)]
        return page[y] if y < len(page) else Strip.blank(self.size.width)

    def on_key(self) -> None:
        """Show the next page."""
        self._worked = time.thread_time()
        self.number += 1
        self.refresh()

    def note_paint(self) -> None:
        """Record the end of the paint that shows the page."""
        if self._worked is not None and shows(self.screen, self):
            self.work_times.append((time.thread_time() - self._worked) * 1000)
            self.key_times.append((time.perf_counter() - self.pressed) * 1000)
            self._worked = None


class BareApp(Painted):
    """An app with one bare widget."""

    def __init__(self, pages: Sequence[Page]) -> None:
        super().__init__()
        self.lines = BareLines(pages)
        self.on_paint = self.lines.note_paint

    def compose(self) -> ComposeResult:
        """The widget."""
        yield self.lines


async def measure_bare(pages: Sequence[Page]) -> dict[str, float]:
    """Return the 95th percentiles of a key's time and of the thread's work for it, in ms."""
    app = BareApp([_renewed(page) for page in pages for _ in range(ROUNDS)])
    lines = app.lines

    async def press(_: object) -> None:
        await until(lambda: lines.size)
        for count in range(1, len(pages) * ROUNDS):
            await asyncio.sleep(0.05)
            lines.pressed = time.perf_counter()
            app.post_message(Key("n", "n"))
            await until(lambda count=count: len(lines.key_times) == count)  # type: ignore[misc]
        app.exit()

    await app.run_async(size=SCREEN, auto_pilot=press)
    return {
        "bare_p95_ms": float(np.percentile(lines.key_times, 95)),
        "bare_cpu_ms": float(np.percentile(lines.work_times, 95)),
    }
