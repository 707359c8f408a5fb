"""How long after a key the new results are on screen, and how long the keys ever wait.

    python -m tests.bench.keystrokes [--n 1000000] [--dim 256] [--cache FOLDER]

The whole application runs without a terminal on libraries of 100,000 and 1,000,000 pictures, up to
``--n``, which `search_scale` builds and keeps. Forty queries are typed at eight keys a second,
whatever the screen does; the pictures shown are decoded and drawn with half cells. The text tower
does the work of `starter` and answers with a vector like a real text's.

A key's time ends when the results of what stands in the input are painted, and is counted without
the debounce, the quiet that the app waits for where it meets a text for the first time. A stall is
the longest time that the event loop did not come to a timer of 1 ms; ``stall_cpu_ms`` is what its
thread worked meanwhile, without what other threads and programs took. ``end_ms`` is from the End
key to the last of all hits, which are then ranked to their end. Each size has a process of
its own; its last line is one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import io
import json
import os
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from textual.events import Key

import tui.app
from tests.bench.search_scale import MODEL, alone, default_cache, library, memory_mib
from tests.support.bench.big_library import picture_like_vectors, text_like_vectors
from tui.app.app import PhotoseekApp
from tui.app.graphics.thumbnail_loader import ThumbnailLoader
from tui.app.screens.main.search_controller import DEBOUNCE
from tui.app.workers.search_worker import SearchAnswered
from tui.app.workers.services import default_services
from tui.core.settings import Settings
from tui.library.local.catalog.reader import Catalog
from tui.library.local.vectors.vector_index import VectorIndex
from tui.search.engine import SearchEngine
from tui.search.local.backend import LocalBackend

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.message import Message
    from textual.pilot import Pilot

    from tui.core.domain import TextEmbedder, Vectors

SIZES = (100_000, 1_000_000)
SCREEN = (140, 45)
KEYS_A_SECOND = 8
SUBJECTS = ("red fox", "old town", "two children", "a sailing boat", "wedding")
PLACES = (
    "in snow",
    "at the beach",
    "by night",
    "on a table",
    "under trees",
    "in rain",
    "far",
    "up",
)
QUERIES = [f"{subject} {setting}" for subject in SUBJECTS for setting in PLACES]


class Tower:
    """Works as hard as `starter`, and answers with the vector of a real text."""

    model_id = MODEL

    def __init__(self, dim: int, worker: TextEmbedder) -> None:
        self.dim = dim
        self._worker = worker
        self._meant = next(picture_like_vectors(512, dim))

    def embed_text(self, texts: Sequence[str]) -> Vectors:
        self._worker.embed_text(texts)
        rows = self._meant[[hash(text) % len(self._meant) for text in texts]]
        return text_like_vectors(rows)


class Watch:
    """Notes the longest turn of the event loop, and the work of its thread in the longest."""

    def __init__(self) -> None:
        self.longest = self.longest_work = 0.0

    async def run(self) -> None:
        while True:
            before, worked = time.perf_counter(), time.thread_time()
            await asyncio.sleep(0.001)
            self.longest = max(self.longest, time.perf_counter() - before)
            self.longest_work = max(self.longest_work, time.thread_time() - worked)


class Typist:
    """Types at a steady pace and notes when what was typed is answered and painted."""

    def __init__(self, app: BenchApp) -> None:
        self._app = app
        self._pressed: dict[str, float] = {}
        self._met: set[str] = set()
        self.times: list[float] = []

    async def type(self, text: str, *, keep: bool = False) -> None:
        """Type one query into the empty input, then empty it unless it is to be kept."""
        for count, letter in enumerate(text, 1):
            self._pressed[text[:count]] = time.perf_counter()
            name = "space" if letter == " " else letter
            self._app.post_message(Key(name, letter))
            await asyncio.sleep(1 / KEYS_A_SECOND)
        await _until(lambda: not self._pressed)
        if not keep:
            self._app.main.search_pane.query_input.value = ""
        await asyncio.sleep(1 / KEYS_A_SECOND)

    def see(self, message: Message) -> None:
        """Note what comes to the screen; the app calls this before it shows an answer."""
        if isinstance(message, SearchAnswered) and message.request.text in self._pressed:
            text = message.request.text
            self._app.main.call_after_refresh(partial(self._painted, text))

    def _painted(self, text: str) -> None:
        now = time.perf_counter()
        for typed in [typed for typed in self._pressed if text.startswith(typed)]:
            waited = 0.0 if typed in self._met else DEBOUNCE
            self.times.append((now - self._pressed.pop(typed) - waited) * 1000)
        self._met.add(text)


class BenchApp(PhotoseekApp):
    """The app with one picture for all, since a generated library has no files."""

    CSS_PATH = str(Path(tui.app.__file__).with_name("photoseek.tcss"))

    def _make_thumbnails(self) -> ThumbnailLoader:
        noise = np.random.default_rng(0).integers(0, 255, (120, 160, 3), dtype=np.uint8)
        file = io.BytesIO()
        Image.fromarray(noise).resize((1600, 1200)).save(file, "JPEG")

        def make(_path: Path, width: int, height: int) -> Image.Image:
            with Image.open(io.BytesIO(file.getvalue())) as image:
                image.draft("RGB", (width * 2, height * 2))
                image.thumbnail((width, height))
                return image.copy()

        return ThumbnailLoader(self._images, make=make, send=self._send)


async def _type_all(app: BenchApp) -> dict[str, float]:
    typist, watch = Typist(app), Watch()
    async with app.run_test(size=SCREEN, message_hook=typist.see) as pilot:
        await _opened(app, pilot)
        watching = asyncio.create_task(watch.run())
        for query in QUERIES:
            await typist.type(query)
        end_ms, hits = await _gone_to_the_end(app, typist)
        watching.cancel()
        await app.run_action("leave")
    return {
        "keys": len(typist.times),
        **{f"p{share}_ms": float(np.percentile(typist.times, share)) for share in (50, 95, 99)},
        "stall_ms": watch.longest * 1000,
        "stall_cpu_ms": watch.longest_work * 1000,
        "end_ms": end_ms,
        "hits": hits,
        "rss_mb": memory_mib("VmRSS"),
    }


async def _gone_to_the_end(app: BenchApp, typist: Typist) -> tuple[float, int]:
    """Return how long the last hit of a query takes to be there, and how many there are."""
    await typist.type(QUERIES[0], keep=True)
    results = app.main.results_pane.results
    results.focus()
    begin = time.perf_counter()
    app.post_message(Key("end", None))
    last = results.window.total - 1
    await _until(lambda: results.window.cursor == last and results.current is not None)
    return (time.perf_counter() - begin) * 1000, results.window.total


async def _opened(app: BenchApp, pilot: Pilot[None]) -> None:
    await pilot.pause()
    search = app.main.search
    await _until(lambda: search.ranking is not None and not search.is_model_loading)
    await asyncio.sleep(3)  # pictures are drawn, what is read once is read


async def _until(holds: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise SystemExit("the app does not answer")
        await asyncio.sleep(0.005)


def measure(data_dir: Path, n: int, dim: int) -> dict[str, float]:
    """Type over one library; runs in a process of its own."""
    usual = default_services()
    settings = Settings(data_dir)

    def open_engine(settings: Settings) -> SearchEngine:
        catalog = Catalog.open(settings.data_dir, read_only=True)
        return SearchEngine(LocalBackend(catalog, VectorIndex(catalog, MODEL)))

    services = replace(
        usual,
        open_engine=open_engine,
        open_text=lambda settings: Tower(dim, usual.open_text(settings)),
    )
    gc.disable()  # as the command does for the start
    app = BenchApp(settings, services=services)
    figures = asyncio.run(_type_all(app))
    return {"n": n, **{name: round(value, 1) for name, value in figures.items()}}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--n", type=int, default=1_000_000, help="the largest library")
    parser.add_argument("--dim", type=int, default=256, help="numbers a vector")
    parser.add_argument("--cache", type=Path, default=default_cache(), help="where they are kept")
    options = parser.parse_args()
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as the command does
    sizes = sorted({*(size for size in SIZES if size < options.n), options.n})
    lines = []
    for n in sizes:
        data_dir = library(options.cache, n, options.dim)
        lines.append(json.dumps(alone(measure, data_dir, n, options.dim)))
    print("\n".join(lines))


if __name__ == "__main__":
    main()
