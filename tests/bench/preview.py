"""The preview: from a key to the title of the next picture, and to its pixels; the cost of strips.

python -m tests.bench.preview [--hits N] [--images halfcell|unicode|kitty]

A fake library provides the hits and pictures of noise, whose half cells all differ. ``title_ms`` is
the time from a key to the frame with the next title, while its picture is still being read, and
``cached_picture_ms`` that to the frame with a picture that was prefetched. ``held_ms`` is the event
loop's own processor time for one of many keys while a key is held down.

``strips_ms`` is the processor time in which a worker makes the strips of a screen of 88 x 38 cells,
for 24-bit, 256 and 16 colours. Beside each is how many times longer the yardstick takes in the same
run: ``textual_image``'s renderable in a Rich console, whose styles Textual still has to render on
the event loop (``first_render_ms``, and for our strips ``first_render_own_ms``). The last line is
one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import threading
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image
from rich.console import Console
from textual.app import App
from textual.strip import Strip
from textual.widgets import Static

from tests.support.bench.event_loop import until
from tui.app.graphics.half_cells import HalfCells
from tui.app.graphics.requests import ThumbnailRequest
from tui.app.graphics.textual_image_adapter import dithered, drawing, strips
from tui.app.graphics.thumbnail_loader import ThumbnailLoader
from tui.app.screens.preview.screen import PreviewScreen
from tui.app.terminal.images import TRUECOLOR, ImageSupport
from tui.app.widgets.picture import Picture
from tui.core.domain import FileDetails, Hit, PictureInfo

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.screen import Screen

SIZE = (140, 45)
CELLS = (88, 38)
SYSTEMS = {TRUECOLOR: "truecolor", 256: "256", 16: "standard"}
STEPS = 20
HELD = 100
ROUNDS = 15
INFO = PictureInfo(4000, 3000, "JPEG", 1_600_000_000_000_000_000, "Fujifilm X-T5")


def hit(index: int) -> Hit:
    path = Path(f"/pictures/2021/IMG_{index:06}.jpg")
    return Hit(index + 1, 0.3, FileDetails(index, path, 5_000_000, index, INFO))


class Previewing(App[None]):
    """Only the preview, over a fake library."""

    def __init__(self, hits: int, images: ImageSupport) -> None:
        super().__init__()
        random = np.random.default_rng(0)
        self._noise = Image.fromarray(random.integers(0, 256, (600, 800, 3), dtype=np.uint8))
        self.painted = asyncio.Event()
        self.gate = threading.Event()
        self.gate.set()
        self.thumbnails = ThumbnailLoader(images, make=self._make)
        self.preview = PreviewScreen(self.thumbnails, hit, 0, hits)

    def on_mount(self) -> None:
        self.push_screen(self.preview)

    def _make(self, path: Path, width: int, height: int) -> Image.Image:
        self.gate.wait(10)
        offset = int(path.stem[-3:]) % 100
        return self._noise.crop((offset, offset, offset + 600, offset + 450)).resize(
            (width, height)
        )

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        super()._display(screen, renderable)
        self.painted.set()

    def is_prefetched(self, index: int) -> bool:
        size = self.preview.query_one(Picture).size
        request = ThumbnailRequest.of(hit(index).file, *size, alone=True)
        return self.thumbnails.find(request) is not None

    def shows(self, index: int, *, with_picture: bool = False) -> bool:
        """Whether the title of a hit is shown and, if requested, its picture."""
        title = str(self.preview.query_one("#preview-name", Static).content)
        is_drawn = self.preview.query_one(Picture).state == "shown"
        return hit(index).file.path.name in title and (is_drawn or not with_picture)


async def painted_ms(app: Previewing, condition: Callable[[], bool]) -> float:
    """Press a key; return the milliseconds to the first frame after which a condition is true."""
    app.painted.clear()
    begin = time.perf_counter()
    app.simulate_key("n")
    while True:
        await app.painted.wait()
        app.painted.clear()
        if condition():
            return (time.perf_counter() - begin) * 1000


async def walk(hits: int, images: ImageSupport) -> dict[str, float]:
    app = Previewing(hits, images)
    titles, pictures = [], []
    async with app.run_test(size=SIZE) as pilot:
        picture = app.preview.query_one(Picture)
        for step in range(1, STEPS + 1):
            await until(partial(app.is_prefetched, step))
            await pilot.pause(0.1)
            pictures.append(await painted_ms(app, partial(app.shows, step, with_picture=True)))
        for step in range(STEPS + 1, 2 * STEPS + 1):
            app.gate.clear()
            titles.append(await painted_ms(app, partial(app.shows, step)))
            app.gate.set()
        await until(lambda: picture.state == "shown")
        begin = time.thread_time()
        for _ in range(HELD):
            app.simulate_key("n")
            await asyncio.sleep(1 / 30)
        held = (time.thread_time() - begin) * 1000 / HELD
        await until(lambda: picture.state == "shown")
    return {
        "title_ms": round(statistics.median(titles), 1),
        "cached_picture_ms": round(statistics.median(pictures), 1),
        "held_ms": round(held, 1),
    }


def best_ms(job: Callable[[], Any]) -> float:
    """Return the least processor time of a job in this thread."""
    times = []
    for _ in range(ROUNDS):
        begin = time.thread_time()
        job()
        times.append(time.thread_time() - begin)
    return min(times) * 1000


def strip_figures() -> dict[str, Any]:
    columns, rows = CELLS
    random = np.random.default_rng(0)
    noise = Image.fromarray(random.integers(0, 256, (rows * 2, columns, 3), dtype=np.uint8))
    renderable = drawing(ImageSupport("halfcell"))
    assert renderable is not None
    figures: dict[str, Any] = {}
    for colours, system in SYSTEMS.items():
        image = dithered(noise, colours)
        console = Console(color_system=system, force_terminal=True, width=columns)  # type: ignore[arg-type]

        def yardstick(image: Image.Image = image) -> tuple[Strip, ...]:
            return strips(renderable(image, columns, rows), columns)

        def own(image: Image.Image = image, colours: int = colours) -> tuple[Strip, ...]:
            return HalfCells(colours).strips(image)[0]

        def first_render(
            make: Callable[[], tuple[Strip, ...]], console: Console = console
        ) -> float:
            times = []
            for _ in range(ROUNDS):
                lines = make()
                Strip.render_ansi.cache_clear()
                begin = time.thread_time()
                for line in lines:
                    line.render(console)
                times.append(time.thread_time() - begin)
            return round(min(times) * 1000, 2)

        figures[system] = {
            "strips_ms": round(best_ms(own), 2),
            "yardstick_ratio": round(best_ms(yardstick) / best_ms(own), 1),
            "first_render_own_ms": first_render(own),
            "first_render_ms": first_render(yardstick),
        }
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hits", type=int, default=10_000)
    parser.add_argument("--images", default="halfcell", choices=("halfcell", "unicode", "kitty"))
    options = parser.parse_args()
    figures: dict[str, Any] = asyncio.run(walk(options.hits, ImageSupport(options.images)))
    print(json.dumps({**figures, **strip_figures()}))


if __name__ == "__main__":
    main()
