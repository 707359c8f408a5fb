"""Prefetching: in order, one at a time, and only thumbnails that are still needed."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from tui.app.graphics.prefetcher import Prefetcher
from tui.app.graphics.requests import ThumbnailRequest
from tui.app.graphics.thumbnail_loader import ThumbnailLoader
from tui.app.terminal.images import ImageSupport

if TYPE_CHECKING:
    from collections.abc import Callable


class Reader:
    """Makes pictures; a closed gate delays it. Counts how many are made at once."""

    def __init__(self) -> None:
        self.read: list[str] = []
        self.most_at_once = 0
        self.gate = threading.Event()
        self._running = 0
        self._lock = threading.Lock()

    def __call__(self, path: Path, width: int, height: int) -> Image.Image:
        with self._lock:
            self.read.append(path.stem)
            self._running += 1
            self.most_at_once = max(self.most_at_once, self._running)
        assert self.gate.wait(10)
        with self._lock:
            self._running -= 1
        return Image.new("RGB", (width, height))


def request(name: str) -> ThumbnailRequest:
    return ThumbnailRequest(Path(f"{name}.png"), 0, 4, 2)


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def test_thumbnails_are_made_one_after_another_in_order() -> None:
    reader = Reader()
    reader.gate.set()
    loader = ThumbnailLoader(ImageSupport("halfcell"), make=reader)
    Prefetcher(loader).prefetch(request(name) for name in "abcd")
    wait_for(lambda: loader.find(request("d")) is not None)
    assert reader.read == ["a", "b", "c", "d"]
    assert reader.most_at_once == 1


def test_earlier_requests_are_cancelled_and_cached_thumbnails_are_not_made_again() -> None:
    reader = Reader()
    loader = ThumbnailLoader(ImageSupport("halfcell"), make=reader)
    prefetcher = Prefetcher(loader)
    prefetcher.prefetch([request("a"), request("b"), request("c")])
    wait_for(lambda: reader.read == ["a"])
    prefetcher.prefetch([request("x"), request("a"), request("y")])
    reader.gate.set()
    wait_for(lambda: loader.find(request("y")) is not None)
    assert reader.read == ["a", "x", "y"]


def test_one_thread_stays_free_for_the_displayed_picture() -> None:
    reader = Reader()
    loader = ThumbnailLoader(ImageSupport("halfcell"), make=reader)
    Prefetcher(loader).prefetch([request("a"), request("b")])
    wait_for(lambda: reader.read == ["a"])
    answered = threading.Event()
    loader.ask(request("shown"), lambda *_: answered.set())
    if len(loader._threads) > 1:  # more than one core
        wait_for(lambda: reader.read == ["a", "shown"])
    reader.gate.set()
    assert answered.wait(10)
    wait_for(lambda: loader.find(request("b")) is not None)
    assert reader.read == ["a", "shown", "b"]
