"""Holding Page Down through a large library: frames, stalls of the event loop, memory.

python -m tests.bench.paging [--hits N] [--pages N] [--images halfcell|kitty|off] [--view list]

A fake library of N hits returns details in a thread, and every picture is painted from 12 ready
ones, so only the results pane and its workers are measured. Keys come as fast as a keyboard repeats
them (30 a second), and then as fast as they are handled. A frame is one repaint of the screen; a
stall is the longest time in which the event loop did not run a timer of 1 ms. Times are also given
as processor time, which a busy machine does not change. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import time
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image
from textual.app import App, ComposeResult

from tui.app.graphics.thumbnail_loader import ThumbnailLoader
from tui.app.model.result_window import Window
from tui.app.terminal.images import ImageSupport
from tui.app.widgets.results import Results, WindowMoved
from tui.app.workers.search_worker import HitsLoaded
from tui.app.workers.tasks import BackgroundTasks, LatestOnlyWorker
from tui.core.domain import FileDetails, Hit, PictureInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.message import Message
    from textual.pilot import Pilot

SIZE = (140, 45)
REPEAT = 1 / 30
INFO = PictureInfo(4000, 3000, "JPEG", 1_600_000_000_000_000_000, "Fujifilm X-T5")


def hit(index: int) -> Hit:
    path = Path(f"/pictures/2021/{index % 97}/IMG_{index:06}.jpg")
    return Hit(index + 1, 0.3, FileDetails(index, path, 5_000_000, index, INFO), 0.5, 1 + index % 3)


class Paging(App[None]):
    """Results over a fake library, as the main screen supplies them."""

    CSS = "Screen { layers: base; }"

    def __init__(self, hits: int, images: ImageSupport, view: str) -> None:
        super().__init__()
        random = np.random.default_rng(0)
        self._painted = [
            Image.fromarray(random.integers(0, 255, (30, 40, 3), dtype=np.uint8)) for _ in range(12)
        ]
        self.hits = hits
        self.results = Results(ThumbnailLoader(images, make=self._make))
        self.results.lay_out("list" if view == "list" else "grid")
        self._lookups: LatestOnlyWorker[range] = LatestOnlyWorker(
            BackgroundTasks(self.post_message), "search", self._look_up
        )
        self.frames: list[float] = []

    def compose(self) -> ComposeResult:
        yield self.results

    def _make(self, path: Path, width: int, height: int) -> Image.Image:
        picture = self._painted[len(str(path)) % 12 - int(path.stem[-1]) % 12]
        return picture.resize((width, height))

    def on_window_moved(self, message: WindowMoved) -> None:
        self._lookups.put(message.window.nearby)

    def _look_up(self, places: range) -> Iterator[Message]:
        yield HitsLoaded(0, [hit(index) for index in places])

    def on_hits_loaded(self, message: HitsLoaded) -> None:
        self.results.add_hits(message.hits)

    def _display(self, *arguments: Any) -> None:
        super()._display(*arguments)
        self.frames.append(time.perf_counter())


async def page(pilot: Pilot[None], app: Paging, pages: int, pause: float) -> dict[str, float]:
    """Hold Page Down; return the figures."""
    stalls: list[float] = []

    async def watch() -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            stalls.append((time.perf_counter() - before) * 1000)

    app.results.go_to(0)
    await pilot.pause(0.5)
    watching = asyncio.create_task(watch())
    app.frames.clear()
    begin, processor = time.perf_counter(), time.process_time()
    top = app.results.window.top
    for _ in range(pages):
        app.results.move("page_down")
        await asyncio.sleep(pause)
    seconds, processor = time.perf_counter() - begin, time.process_time() - processor
    moved = (app.results.window.top - top) / app.results.window.rows
    watching.cancel()
    gaps = [(after - before) * 1000 for before, after in pairwise(app.frames)] or [0.0]
    return {
        "pages": round(moved),
        "pages_a_second": round(moved / seconds, 1),
        "frames_a_second": round(len(app.frames) / seconds, 1),
        "frame_gap_p95_ms": round(float(np.percentile(gaps, 95)), 1),
        "stall_p95_ms": round(float(np.percentile(stalls, 95)), 1),
        "stall_max_ms": round(max(stalls), 1),
        "processor_ms_a_page": round(processor * 1000 / max(1, moved), 2),
    }


async def measure(app: Paging, pages: int) -> dict[str, Any]:
    async with app.run_test(size=SIZE) as pilot:
        app.results.show_ranking(Window(app.hits, break_at=app.hits // 2), [], "weaker matches")
        app.results.on_resize()
        app.results.focus()
        await pilot.pause(1)
        memory = resident()
        held = await page(pilot, app, pages, REPEAT)
        most = await page(pilot, app, app.hits, 0)
        await pilot.pause(0.5)
        return {
            "cells": len(app.results.cells),
            "held": held,
            "flat_out": most,
            "resident_mib_before": memory,
            "resident_mib_after": resident(),
            "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }


def resident() -> int:
    """Return the resident memory in MiB (Linux; 0 elsewhere)."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * resource.getpagesize() >> 20


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser()
    options.add_argument("--hits", type=int, default=100_000)
    options.add_argument("--pages", type=int, default=150)
    options.add_argument("--images", default="halfcell")
    options.add_argument("--view", default="grid")
    arguments = options.parse_args()
    app = Paging(arguments.hits, ImageSupport(arguments.images), arguments.view)
    app.hits = arguments.hits
    figures = asyncio.run(measure(app, arguments.pages))
    print(
        json.dumps(
            {"hits": arguments.hits, "images": arguments.images, "view": arguments.view, **figures}
        )
    )


if __name__ == "__main__":
    main()
