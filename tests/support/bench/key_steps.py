"""Steps with the keyboard in benches: typing, holding a key, opening screens."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import numpy as np
from textual.events import Key

from tests.support.bench.event_loop import Watch, shows, until, waits_for_paint
from tui.app.screens.main.search_controller import DEBOUNCE
from tui.app.widgets.cell_grid import CellGrid
from tui.app.workers.search_worker import SearchAnswered

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.message import Message

    from tests.support.bench.typed_app import TypedApp
    from tui.app.model.result_window import Move

TYPED_A_SECOND = 8
HELD_A_SECOND = 30
HELD_SECONDS = 4
QUIET = 0.3
"""Seconds without a paint after which a screen is complete."""


class Typist:
    """Types at a steady pace and records when the text is answered and painted.

    Attributes:
        times: milliseconds from each key to the painted results, without the debounce.
        work: milliseconds that the event loop's thread worked from each answer to its paint.
    """

    def __init__(self, app: TypedApp) -> None:
        self._app = app
        self._pressed: dict[str, float] = {}
        self._met: set[str] = set()
        self._answers: list[tuple[str, float]] = []
        self.times: list[float] = []
        self.work: list[float] = []

    async def type(self, text: str) -> None:
        """Type one query and wait for its answer."""
        self._app.on_paint = self._note_paint
        for count, letter in enumerate(text, 1):
            self._pressed[text[:count]] = time.perf_counter()
            press(self._app, "space" if letter == " " else letter, letter)
            await asyncio.sleep(1 / TYPED_A_SECOND)
        await until(lambda: not self._pressed)

    async def clear(self) -> None:
        """Empty the input."""
        self._app.main.search_pane.query_input.value = ""
        await asyncio.sleep(1 / TYPED_A_SECOND)

    def see(self, message: Message) -> None:
        """Record an answer; the app calls this right before it handles one."""
        if isinstance(message, SearchAnswered) and message.request.text in self._pressed:
            answer = (message.request.text, time.thread_time())
            asyncio.get_running_loop().call_soon(self._handled, answer)

    def _handled(self, answer: tuple[str, float]) -> None:
        if waits_for_paint(self._app.main, self._grid):
            self._answers.append(answer)
        else:  # it changed nothing
            self._painted(*answer)

    def _note_paint(self) -> None:
        if self._answers and shows(self._app.main, self._grid):
            for answer in self._answers:
                self._painted(*answer)
            self._answers.clear()

    @property
    def _grid(self) -> CellGrid:
        return self._app.main.query_one(CellGrid)

    def _painted(self, text: str, worked: float) -> None:
        now = time.perf_counter()
        self.work.append((time.thread_time() - worked) * 1000)
        for typed in [typed for typed in self._pressed if text.startswith(typed)]:
            waited = 0.0 if typed in self._met else DEBOUNCE
            self.times.append((now - self._pressed.pop(typed) - waited) * 1000)
        self._met.add(text)


def press(app: TypedApp, key: str, character: str | None = None) -> None:
    """Send a key to the app."""
    app.post_message(Key(key, character))


async def quiet(app: TypedApp, seconds: float = QUIET) -> float:
    """Wait until nothing has been painted for a while; return the time of the last paint."""
    last = [time.perf_counter()]

    def painted() -> None:
        last[0] = time.perf_counter()

    app.on_paint = painted
    await until(lambda: time.perf_counter() - last[0] > seconds)
    return last[0]


async def enter(app: TypedApp, repeats: int = 9) -> dict[str, float]:
    """Press Enter in the input, and wait until the pictures are focused and painted."""
    results, query_input = app.main.results_pane.results, app.main.search_pane.query_input
    grid = app.main.query_one(CellGrid)
    times, work = [], []
    for _ in range(repeats):
        query_input.focus()
        await quiet(app)
        elapsed, worked = await _paint_after(
            app, "enter", lambda: results.has_focus and shows(app.main, grid)
        )
        times.append(elapsed)
        work.append(worked)
    return {
        "enter_ms": float(np.median(times)),
        "enter_max_ms": max(times),
        "enter_cpu_ms": float(np.median(work)),
    }


async def hold(app: TypedApp, watch: Watch, key: str, move: Move) -> dict[str, float]:
    """Hold a key that moves the cursor; return by how many keys the screen lagged at most."""
    results, grid = app.main.results_pane.results, app.main.query_one(CellGrid)
    results.focus()
    await quiet(app)
    count = HELD_A_SECOND * HELD_SECONDS
    window, cursors = results.window, {results.window.cursor: 0}
    for number in range(1, count + 1):
        window = window.moved(move)
        cursors.setdefault(window.cursor, number)
    painted = [0]

    def note() -> None:
        if shows(app.main, grid):
            painted[0] = max(painted[0], cursors.get(results.window.cursor, 0))

    app.on_paint = note
    watch.reset()
    lag, begin, worked = 0, time.perf_counter(), time.thread_time()
    for number in range(count):
        lag = max(lag, number - painted[0])
        press(app, key)
        await asyncio.sleep(max(0, begin + (number + 1) / HELD_A_SECOND - time.perf_counter()))
    await until(lambda: results.window.cursor == window.cursor)
    name = "down" if move == "down" else "page"
    return {
        f"{name}_cpu_ms": (time.thread_time() - worked) * 1000 / count,
        f"{name}_lag_keys": lag,
        f"{name}_stall_cpu_ms": watch.busiest * 1000,
        f"{name}_stall_ms": watch.longest * 1000,
    }


async def open_and_close(app: TypedApp, name: str, key: str, close: str) -> dict[str, float]:
    """Open a screen twice; return how long each takes until it is painted for the first time.

    ``whole`` is the time until the last of the consecutive paints, ``cpu`` the work of the event
    loop's thread until the first.
    """
    figures: dict[str, float] = {}
    for suffix in ("", "_warm"):
        app.main.results_pane.results.focus()
        await quiet(app)
        before = _layout(app)
        begin = time.perf_counter()
        elapsed, worked = await _paint_after(app, key, lambda: _layout(app) != before)  # noqa: B023
        figures[f"{name}{suffix}_ms"] = elapsed
        figures[f"{name}{suffix}_cpu_ms"] = worked
        figures[f"{name}{suffix}_whole_ms"] = (await quiet(app) - begin) * 1000
        press(app, close)
        await until(lambda: _layout(app) == before)  # noqa: B023
    return figures


def _layout(app: TypedApp) -> tuple[object, bool]:
    """Return the state that opening a screen, or the tree, changes."""
    return app.screen, bool(app.main.folder_pane.region.area)


async def _paint_after(app: TypedApp, key: str, holds: Callable[[], object]) -> tuple[float, float]:
    """Press a key; return the time to the first paint in a state, and the thread's work."""
    figures: list[tuple[float, float]] = []
    begin, worked = time.perf_counter(), time.thread_time()

    def painted() -> None:
        if holds() and not figures:
            figures.append(
                ((time.perf_counter() - begin) * 1000, (time.thread_time() - worked) * 1000)
            )

    app.on_paint = painted
    press(app, key)
    await until(lambda: figures)
    return figures[0]
