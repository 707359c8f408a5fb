"""The time from a key to its effect on screen, and how long keys ever wait.

    python -m tests.bench.keystrokes [--n 1000000] [--dim 256] [--queries 20] [--cache FOLDER]
        [--profile]

The whole application runs on a driver that discards its text, on libraries of 100,000 and 1,000,000
pictures, up to ``--n``, which `search_scale` builds and keeps. Queries are typed at eight keys a
second, whatever the screen does; the pictures on screen are decoded and drawn with half cells. The
text tower does the work of `starter` and answers with a vector like a real text's.

- ``p50_ms``, ``p95_ms``: from a key to the painted results of the text in the input, without the
  debounce, the pause for which the app waits if a text is new to it.
- ``paint_cpu_ms``: the work of the event loop's thread from an answer to its paint (p95).
  ``vs_bare`` is that over the work of a bare widget that paints the same strips
  (``bare_cpu_ms``), ``key_vs_bare`` is ``p95_ms`` over the time from a key to the paint of that
  widget.
- ``stall_ms``: the longest time while typing in which the event loop did not run a timer of 1 ms;
  ``stall_cpu_ms`` is the most that its thread worked meanwhile, without the time of other threads
  and programs, ``stall_work`` the messages that were handled then (a paint counts as part of the
  message before it).
- ``enter_ms``: from Enter in the input until the pictures are focused and painted.
- ``down_lag_keys``, ``page_lag_keys``: by how many keys the screen lags at most while Down or Page
  Down is held at 30 keys a second; ``down_cpu_ms`` is the thread's work for each key.
- ``end_ms``: from the End key to the last of all hits, which are then all ranked.
- ``help_ms`` and the like: from a key to the first paint of a screen; ``_warm`` for the second
  time, ``_whole`` until it is complete, ``_cpu`` for the thread's work until the first paint.

``--profile`` prints the functions that take most of the event loop's own time while typing; the
other figures are then too large. Each size has a process of its own, which ends with a line of
JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import gc
import json
import os
import pstats
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from textual._context import message_hook

from tests.bench.search_scale import MODEL, alone, default_cache, library, memory_mib
from tests.support.bench.bare_lines import Page, measure_bare, page_of
from tests.support.bench.event_loop import Watch, until
from tests.support.bench.key_steps import Typist, enter, hold, open_and_close, press, quiet
from tests.support.bench.typed_app import SCREEN, Tower, TypedApp
from tui.app.workers.services import default_services
from tui.core.settings import Settings
from tui.library.local.catalog.reader import Catalog
from tui.library.local.vectors.vector_index import VectorIndex
from tui.search.engine import SearchEngine
from tui.search.local.backend import LocalBackend

if TYPE_CHECKING:
    from textual.message import Message

SIZES = (100_000, 1_000_000)
SUBJECTS = ("red fox", "old town", "two children", "a sailing boat", "wedding")
SETTINGS = (
    "in snow",
    "at the beach",
    "by night",
    "on a table",
    "under trees",
    "in rain",
    "far",
    "up",
)
QUERIES = [f"{subject} {setting}" for setting in SETTINGS for subject in SUBJECTS]
OPENED = (
    ("help", "f1", "escape"),
    ("palette", "ctrl+p", "escape"),
    ("models", "f4", "escape"),
    ("tree", "t", "t"),
    ("preview", "enter", "escape"),
    ("duplicates", "D", "escape"),
)
"""A name, the key that opens it and the key that closes it."""

PROFILED = 45
"""Functions that ``--profile`` prints."""

Figures = dict[str, object]


class Session:
    """One run of the app: the typed and pressed keys, and the measurements.

    Args:
        app: the app, which is running in `measure`.
        queries: how many queries to type.
        profile: collects the functions that run while typing; None for no profile.
    """

    def __init__(self, app: TypedApp, queries: int, profile: cProfile.Profile | None) -> None:
        self._app = app
        self._queries = QUERIES[:queries]
        self._profile = profile
        self._typist = Typist(app)
        self._watch = Watch()
        self.pages: list[Page] = []
        self.figures: Figures = {}

    def see(self, message: Message) -> None:
        """Record a message that is about to be handled."""
        self._watch.see(message)
        self._typist.see(message)

    async def run(self, _: object) -> None:
        """Type, press and measure."""
        main = self._app.main
        await until(lambda: main.search.ranking is not None and not main.search.is_model_loading)
        await asyncio.sleep(3)  # by now, the pictures are drawn and all files are read
        watching = asyncio.create_task(self._watch.run())
        await self._type()
        self.figures |= await enter(self._app)
        self.figures |= await hold(self._app, self._watch, "down", "down")
        self.figures |= await hold(self._app, self._watch, "pagedown", "page_down")
        # The duplicates read all vectors, which the kernel maps until it needs the memory.
        self.figures["rss_mb"] = memory_mib("VmRSS")
        for name, key, close in OPENED:
            self.figures |= await open_and_close(self._app, name, key, close)
        await self._go_to_the_end()
        watching.cancel()
        await self._app.run_action("leave")

    async def _type(self) -> None:
        typist, watch = self._typist, self._watch
        region = self._app.main.query_one("#pictures").region
        if self._profile is not None:
            self._profile.enable()
        watch.reset()
        for number, query in enumerate(self._queries):
            if number:
                await typist.clear()
            await typist.type(query)
            await asyncio.sleep(0.3)  # the pictures arrive
            self._note_typing()
            self.pages.append(page_of(self._app.main, region))
            await asyncio.sleep(0.01)
            watch.reset()
        if self._profile is not None:
            self._profile.disable()
        percentiles = np.percentile(typist.times, (50, 95, 99))
        self.figures |= {
            "keys": len(typist.times),
            **dict(zip(("p50_ms", "p95_ms", "p99_ms"), percentiles, strict=True)),
            "paint_cpu_ms": np.percentile(typist.work, 95),
        }

    def _note_typing(self) -> None:
        """Record the longest turn of this query, before a page is copied."""
        figures, watch = self.figures, self._watch
        figures["stall_ms"] = max(_number(figures, "stall_ms"), watch.longest * 1000)
        if watch.busiest * 1000 > _number(figures, "stall_cpu_ms"):
            figures |= {"stall_cpu_ms": watch.busiest * 1000, "stall_work": watch.work}

    async def _go_to_the_end(self) -> None:
        """Measure the time until the last hit of a query arrives, and count the hits."""
        results = self._app.main.results_pane.results
        results.focus()
        await quiet(self._app)
        begin = time.perf_counter()
        press(self._app, "end")
        last = results.window.total - 1
        await until(lambda: results.window.cursor == last and results.current is not None)
        self.figures["end_ms"] = (time.perf_counter() - begin) * 1000
        self.figures["hits"] = results.window.total


def measure(data_dir: Path, n: int, dim: int, queries: int, profiled: bool) -> Figures:
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
    profile = cProfile.Profile(time.thread_time) if profiled else None
    app = TypedApp(settings, services=services)
    session = Session(app, queries, profile)
    asyncio.run(_run(app, session))
    if profile is not None:
        pstats.Stats(profile).sort_stats("tottime").print_stats(PROFILED)
    bare = asyncio.run(measure_bare(session.pages))
    figures = session.figures | bare
    figures["vs_bare"] = _number(figures, "paint_cpu_ms") / bare["bare_cpu_ms"]
    figures["key_vs_bare"] = _number(figures, "p95_ms") / bare["bare_p95_ms"]
    return {"n": n, **{name: _rounded(figure) for name, figure in figures.items()}}


async def _run(app: TypedApp, session: Session) -> None:
    message_hook.set(session.see)
    await app.run_async(size=SCREEN, auto_pilot=session.run)


def _number(figures: Figures, name: str) -> float:
    figure = figures.get(name, 0.0)
    assert isinstance(figure, float)
    return float(figure)


def _rounded(figure: object) -> object:
    return round(float(figure), 2) if isinstance(figure, float | np.floating) else figure


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--n", type=int, default=1_000_000, help="the largest library")
    parser.add_argument("--dim", type=int, default=256, help="numbers a vector")
    parser.add_argument("--queries", type=int, default=20, help="how many queries to type")
    parser.add_argument("--cache", type=Path, default=default_cache(), help="where they are kept")
    parser.add_argument("--profile", action="store_true", help="print what takes most time")
    options = parser.parse_args()
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as the command does
    os.environ |= {"TEXTUAL_COLOR_SYSTEM": "truecolor", "TERM": "xterm-256color"}
    os.environ |= {"COLUMNS": str(SCREEN[0]), "LINES": str(SCREEN[1])}
    sizes = sorted({*(size for size in SIZES if size < options.n), options.n})
    lines = []
    for n in sizes:
        data_dir = library(options.cache, n, options.dim)
        figures = alone(measure, data_dir, n, options.dim, options.queries, options.profile)
        lines.append(json.dumps(figures))
    print("\n".join(lines))


if __name__ == "__main__":
    main()
