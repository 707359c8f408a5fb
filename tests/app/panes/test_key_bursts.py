"""While keys follow each other, they come before an endless stream of pictures."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from textual.events import Key

from tui.app.terminal.images import ImageSupport
from tui.app.widgets import cell_grid
from tui.app.widgets.cell_grid import CellGrid
from tui.app.widgets.thumbnail_slot import ThumbnailReady

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.app_harness import AppHarness, AppView
    from tui.app.graphics.requests import Thumbnail, ThumbnailRequest

KEYS = 20

Arrival = tuple["ThumbnailRequest", "Thumbnail"]


class Flood:
    """Delivers the same thumbnails again and again, like an endless loader."""

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        self._end = threading.Event()

    def start(self, grid: CellGrid) -> None:
        threading.Thread(target=self._pour, args=(grid,), daemon=True).start()

    def stop(self) -> None:
        self._end.set()

    def _pour(self, grid: CellGrid) -> None:
        while not self._end.wait(0.0005):
            for request, thumbnail in self.arrivals:
                grid.post_message(ThumbnailReady(request, thumbnail))


@pytest.fixture
def flood() -> Iterator[Flood]:
    flood = Flood()
    yield flood
    flood.stop()


class Sequence:
    """Presses a key as soon as the previous one is handled, and records the events in between."""

    def __init__(self, view: AppView, keys: list[Key], monkeypatch: pytest.MonkeyPatch) -> None:
        self._app = view.app
        self._keys = iter(keys)
        self.order: list[str] = []
        lines = view.main.query_one(CellGrid)._lines
        monkeypatch.setattr(lines, "receive", self._noted("pictures", lines.receive))

    def press_next(self) -> None:
        if key := next(self._keys, None):
            self._app.post_message(key)

    def handled_by(self, method: Callable[..., object]) -> Callable[..., object]:
        """Return the method, which presses the next key after each call."""
        noted = self._noted("key", method)

        def call(*arguments: object) -> object:
            result = noted(*arguments)
            self.press_next()
            return result

        return call

    def _noted(self, name: str, method: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object) -> object:
            self.order.append(name)
            return method(*arguments)

        return call


async def begin_flood(view: AppView, flood: Flood) -> None:
    """Let the thumbnails on screen arrive endlessly."""
    await view.until(lambda: all(cell.state == "shown" for cell in view.results.cells))
    for cell in view.results.cells:
        request, thumbnail = cell._slot._drawn, cell._slot._thumbnail
        assert request is not None
        assert thumbnail is not None
        flood.arrivals.append((request, thumbnail))
    flood.start(view.main.query_one(CellGrid))


@pytest.fixture(autouse=True)
def _patient_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pictures wait as long as keys arrive, and try to draw them all the time."""
    monkeypatch.setattr(cell_grid, "_MOST_FRAMES_LATE", 1 << 30)
    monkeypatch.setattr(ImageSupport, "frame_seconds", 0.0005)


async def test_moves_come_before_pictures(
    indexed_harness: AppHarness, flood: Flood, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with indexed_harness.running(size=(90, 20)) as view:
        await view.pilot.press("enter")
        keys = Sequence(view, [Key("right", None)] * KEYS, monkeypatch)
        monkeypatch.setattr(view.results, "move", keys.handled_by(view.results.move))
        await begin_flood(view, flood)
        await view.until(lambda: keys.order.count("pictures") > 3)
        keys.order.clear()
        keys.press_next()
        await view.until(lambda: keys.order.count("key") == KEYS and keys.order[-1] == "pictures")
        first = keys.order.index("key")
        assert keys.order[first : first + KEYS] == ["key"] * KEYS
        assert view.results.window.cursor == KEYS


async def test_letters_come_before_pictures(
    indexed_harness: AppHarness, flood: Flood, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "red ball " * 3
    typed = [Key("space" if letter == " " else letter, letter) for letter in text]
    async with indexed_harness.running(size=(90, 20)) as view:
        keys = Sequence(view, typed, monkeypatch)
        insert = keys.handled_by(view.query.insert_text_at_cursor)
        monkeypatch.setattr(view.query, "insert_text_at_cursor", insert)
        await begin_flood(view, flood)
        await view.until(lambda: keys.order.count("pictures") > 3)
        keys.order.clear()
        keys.press_next()
        await view.until(lambda: keys.order.count("key") == len(text))
        first = keys.order.index("key")
        assert keys.order[first : first + len(text)] == ["key"] * len(text)
        assert view.query.value == text
