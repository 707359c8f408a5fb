"""From a key press to the repainted results, over a big library, and how long the keys stall.

    python -m tests.bench.key_to_results [--pictures N] [--dim D] [--keep FOLDER]

The whole application runs without a terminal, with a stand-in for the text tower (its time is the
model's) and without drawing pictures, of which there are none. Times are those after the debounce.
A stall is the longest time that the event loop did not come to a timer of 1 ms. The last line is
one JSON object. Budgets: ``key_p95_ms`` at most 60, ``stall_p95_ms`` at most 50.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from textual.events import Key

from tests.bench.big_library import make_library, picture_like_vectors, text_like_vectors
from tui.app.app import PhotoseekApp
from tui.app.screens.main import DEBOUNCE
from tui.app.services import Services
from tui.config import Settings
from tui.library.catalog import Catalog
from tui.library.index import open_index
from tui.library.index_save import write_generation
from tui.search.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from textual.pilot import Pilot

    from tui.domain import Vectors

MODEL = "bench-1"
WORDS = ("a red fox in the snow", "children at the beach", "old town by night", "birthday cake")
SIZE = (140, 45)


class Tower:
    """Texts become vectors like those of real texts, at no cost."""

    model_id = MODEL

    def __init__(self, dim: int) -> None:
        self.dim = dim
        self._meant = next(picture_like_vectors(512, dim))

    def embed_text(self, texts: Sequence[str]) -> Vectors:
        rows = self._meant[[hash(text) % len(self._meant) for text in texts]]
        return text_like_vectors(rows)


class Watch:
    """Notes the longest gaps between turns of the event loop."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def run(self) -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            self.longest = max(self.longest, time.perf_counter() - before)

    def take(self) -> float:
        longest, self.longest = self.longest, 0.0
        return longest * 1000


async def measure(app: PhotoseekApp) -> dict[str, float]:
    """Type, page and look; return the figures."""
    watch = Watch()
    keys: list[float] = []
    stalls: list[float] = []
    pages: list[float] = []
    async with app.run_test(size=SIZE) as pilot:
        watching = asyncio.create_task(watch.run())
        await _until(pilot, lambda: app.main.search.ranking and not app.main.search.loading)
        await pilot.pause(0.5)
        for words in WORDS:
            for letter in words:
                watch.take()
                keys.append(await _timed(_typed(app, "space" if letter == " " else letter)))
                stalls.append(watch.take())
            app.main.query_input.value = ""
            await pilot.pause(DEBOUNCE * 2)
        app.main.results.focus()
        await pilot.pause()
        for _ in range(60):
            watch.take()
            pages.append(await _timed(_paged(app)))
            stalls.append(watch.take())
        watching.cancel()
    return {
        "key_p50_ms": _share(keys, 50) - DEBOUNCE * 1000,
        "key_p95_ms": _share(keys, 95) - DEBOUNCE * 1000,
        "page_p50_ms": _share(pages, 50),
        "page_p95_ms": _share(pages, 95),
        "stall_p50_ms": _share(stalls, 50),
        "stall_p95_ms": _share(stalls, 95),
        "stall_max_ms": max(stalls),
    }


async def _typed(app: PhotoseekApp, key: str) -> None:
    before = app.main.search.session.generation
    app.post_message(_key(key))
    search = app.main.search
    while search.ranking is None or search.ranking.generation <= before:
        await asyncio.sleep(0.001)
    await _painted(app)


async def _paged(app: PhotoseekApp) -> None:
    before = app.main.results.window.top
    app.post_message(_key("pagedown"))
    while app.main.results.window.top == before or app.main.results.current is None:
        await asyncio.sleep(0.001)
    await _painted(app)


def _key(name: str) -> Key:
    return Key(name, name if len(name) == 1 else (" " if name == "space" else None))


async def _painted(app: PhotoseekApp) -> None:
    painted = asyncio.Event()
    app.main.call_after_refresh(painted.set)
    await painted.wait()


async def _timed(action: Awaitable[None]) -> float:
    begin = time.perf_counter()
    await action
    return (time.perf_counter() - begin) * 1000


async def _until(pilot: Pilot[None], holds: Callable[[], object]) -> None:
    while not holds():
        await pilot.pause(0.01)


def _share(values: list[float], percent: int) -> float:
    return float(np.percentile(values, percent))


def main() -> None:
    """Make the library, measure, print."""
    options = argparse.ArgumentParser()
    options.add_argument("--pictures", type=int, default=100_000)
    options.add_argument("--dim", type=int, default=512)
    options.add_argument("--keep", type=Path, help="a folder for the library, to use it again")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        data_dir = given.keep or Path(temporary)
        if not any(data_dir.glob("*")):
            make_library(data_dir, given.pictures, given.dim, MODEL)
            with Catalog.open(data_dir) as catalog:
                write_generation(catalog, MODEL, finished=True)

        def open_engine(settings: Settings) -> Engine:
            catalog = Catalog.open(settings.data_dir, read_only=True)
            return Engine(catalog, open_index(catalog, MODEL))

        services = Services(
            open_engine=open_engine,
            open_counts=lambda settings: Catalog.open(settings.data_dir, read_only=True),
            open_text=lambda _: Tower(given.dim),
            model_line=lambda _: "",
            index_command=lambda *_: [],
        )
        app = PhotoseekApp(Settings(data_dir), services=services)
        figures = asyncio.run(measure(app))
    rounded = {name: round(value, 1) for name, value in figures.items()}
    print(json.dumps({"pictures": given.pictures, "dim": given.dim, **rounded}))


if __name__ == "__main__":
    main()
