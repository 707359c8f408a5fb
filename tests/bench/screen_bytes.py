"""The bytes of a screen of pictures, and those that the application sends for its keys.

For each way of drawing pictures, an app with only pictures runs on a pseudo-terminal of 120 x 40
cells (10 x 20 pixels each): a grid of 5 x 4, its next page, back to the first page, and one picture
alone. The bytes that the same app sends with images off are subtracted. Kitty and Sixel pictures
are sent as to a terminal that supports them. Seconds are at 1 Mbit/s.

Then the real application runs at 140 x 45 with half cells over generated photographs
(`tests.support.bench.app_bytes`). ``all_vs_pictures`` compares an answer that changes all pictures
with the changed cells of pictures and captions alone.

python -m tests.bench.screen_bytes [FOLDER_OF_PICTURES]
"""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import struct
import sys
import tempfile
import termios
from pathlib import Path
from typing import cast

from textual import events
from textual.app import App, ComposeResult
from textual.containers import Grid

from tests.support.bench.app_bytes import app_bytes
from tests.support.bench.photographs import make_photographs
from tui.app.graphics.sixel_screen import SixelScreen, drawing_sixels
from tui.app.graphics.thumbnail_loader import ThumbnailLoader
from tui.app.terminal.images import TRUECOLOR, ImageSupport, Protocol
from tui.app.widgets.picture import Picture
from tui.core.domain import FileDetails

SIZE = (40, 120)
PAGE = 20
STEPS = ("grid", "next", "back", "alone")
LINK = 1_000_000 / 8
QUIET = 0.4

CASES: tuple[tuple[str, Protocol, int], ...] = (
    ("off", "off", TRUECOLOR),
    ("unicode", "unicode", TRUECOLOR),
    ("half cells, 16 colours", "halfcell", 16),
    ("half cells, 256 colours", "halfcell", 256),
    ("half cells, 24 bit", "halfcell", TRUECOLOR),
    ("sixel", "sixel", TRUECOLOR),
    ("kitty", "kitty", TRUECOLOR),
)


class Pictures(App[None]):
    """Shows a page at each key and reports on ``done`` when all pictures are drawn."""

    CSS = """
    Grid { grid-size: 5 4; grid-gutter: 1 2; height: 100%; }
    Grid.alone { grid-size: 1 1; }
    Picture { width: 1fr; height: 1fr; }
    """

    def __init__(self, images: ImageSupport, files: list[Path], done: int) -> None:
        super().__init__()
        sixels = SixelScreen(self.draw_late) if images.protocol == "sixel" else None
        self.sixels = sixels
        if sixels is not None:
            self.driver_class = drawing_sixels(self.driver_class, sixels)
        self.thumbnails = ThumbnailLoader(images, send=self.send, sixels=sixels)
        self.files = files
        self.done = done
        self.steps = iter(STEPS)

    def draw_late(self) -> None:
        """Draw the pictures that had to be encoded first; called in another thread."""
        if self.sixels is not None:
            self.call_from_thread(lambda: self.send(self.sixels.late() if self.sixels else ""))

    def send(self, text: str) -> None:
        """Write as Textual does."""
        if self._driver is not None:
            self._driver.write(text)

    def compose(self) -> ComposeResult:
        """The grid."""
        with Grid():
            for _ in range(PAGE):
                yield Picture(self.thumbnails)

    async def on_key(self, _: events.Key) -> None:
        """Take the next step."""
        step = next(self.steps)
        pictures = list(self.query(Picture))
        if step == "alone":
            await self.query_one(Grid).remove_children()
            self.query_one(Grid).add_class("alone")
            pictures = [Picture(self.thumbnails, alone=True)]
            await self.query_one(Grid).mount(*pictures)
        first = PAGE if step == "next" else 0
        for picture, file in zip(pictures, self.files[first:], strict=False):
            picture.show(FileDetails(0, file, 0, 0, None))
        self.set_timer(0.05, lambda: self._tell(pictures))

    def _tell(self, pictures: list[Picture]) -> None:
        waits = any(picture.display and picture.state != "shown" for picture in pictures)
        if waits:
            self.set_timer(0.05, lambda: self._tell(pictures))
        else:
            os.write(self.done, b".")


def run_here(protocol: str, colours: str, folder: str, done: str) -> None:
    """Run the app; the other end measures."""
    files = sorted(path for path in Path(folder).iterdir() if path.is_file())
    images = ImageSupport(cast("Protocol", protocol), colours=int(colours))
    Pictures(images, files, int(done)).run()


def measured(protocol: Protocol, colours: int, folder: Path) -> dict[str, int]:
    """Return the bytes that each step sends."""
    system = {16: "standard", 256: "256"}.get(colours, "truecolor")
    reads, done = os.pipe()
    os.set_inheritable(done, True)
    command = [sys.executable, "-m", "tests.bench.screen_bytes", protocol, str(colours)]
    environment = {**os.environ, "TERM": "xterm-256color", "TEXTUAL_COLOR_SYSTEM": system}
    child, terminal = pty.fork()
    if child == 0:
        os.execvpe(command[0], [*command, str(folder), str(done)], environment)
    os.close(done)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", *SIZE, 1200, 800))
    _sent(terminal, QUIET * 5)
    sent = {}
    for step in STEPS:
        os.write(terminal, b" ")
        received = 0
        while not select.select([reads], [], [], 0)[0]:
            received += _sent(terminal, 0.05)
        os.read(reads, 1)
        sent[step] = received + _sent(terminal, QUIET)
    os.write(terminal, b"\x11")
    while _sent(terminal, QUIET):
        pass
    os.waitpid(child, 0)
    os.close(terminal)
    os.close(reads)
    return sent


def _sent(terminal: int, quiet: float) -> int:
    """Read until nothing has arrived for ``quiet`` seconds; return the number of bytes."""
    received = 0
    while select.select([terminal], [], [], quiet)[0]:
        try:
            received += len(os.read(terminal, 1 << 16))
        except OSError:  # the child has ended
            break
    return received


def main(folder: Path) -> None:
    """Measure and print."""
    print(f"{'bytes':28}" + "".join(f"{step:>12}" for step in STEPS) + f"{'grid, s':>10}")
    base: dict[str, int] = {}
    result = {}
    for name, protocol, colours in CASES:
        sent = measured(protocol, colours, folder)
        base = base or sent
        net = {step: max(0, sent[step] - base[step]) for step in STEPS}
        result[name] = net
        line = "".join(f"{net[step]:12,}" for step in STEPS)
        print(f"{name:28}{line}{net['grid'] / LINK:10.2f}")
    with tempfile.TemporaryDirectory() as library:
        keys = app_bytes(Path(library))
    ratio = keys["bytes_all"] / keys["bytes_all_pictures"]
    for name, size in keys.items():
        print(f"{name:28}{size:12,}")
    print(
        json.dumps(
            {
                "cells": SIZE[1] * SIZE[0],
                "bytes": result,
                **keys,
                "all_vs_pictures": round(ratio, 3),
            }
        )
    )


if __name__ == "__main__":
    if len(sys.argv) == 5:
        run_here(*sys.argv[1:])
    elif len(sys.argv) == 2:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as folder:
            make_photographs(Path(folder) / "photographs", 0.2, 2 * PAGE)
            main(Path(folder) / "photographs")
