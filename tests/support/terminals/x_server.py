"""An X server in memory with a terminal, for pressing keys and taking screenshots."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.int16]

NEEDED = ("Xvfb", "xdotool", "import")
STRIPES = 120


class Display:
    """An X server with one program in it; ``close`` ends both."""

    def __init__(self, number: str, command: Sequence[str], environ: dict[str, str]) -> None:
        self._environment = {**os.environ, "DISPLAY": f":{number}", **environ}
        for name in ("TMUX", "STY", "COLORTERM"):
            self._environment.pop(name, None)
        self._program = subprocess.Popen(command, env=self._environment, stderr=subprocess.DEVNULL)

    def press(self, *keys: str) -> None:
        """Press keys, in X's names."""
        subprocess.run(["xdotool", "key", *keys], env=self._environment, check=True, timeout=20)

    def picture(self, path: Path) -> Image.Image:
        """Return a screenshot, saved as ``place``."""
        command = ["import", "-silent", "-window", "root", str(path)]
        subprocess.run(command, env=self._environment, check=True, timeout=20)
        return Image.open(path).convert("RGB")

    def wait_for(
        self, holds: Callable[[Pixels], bool], path: Path, what: str, seconds: float = 60
    ) -> Pixels:
        """Take screenshots, saved as ``place``, until a condition holds; return the last one."""
        deadline = time.monotonic() + seconds
        while not holds(pixels := np.asarray(self.picture(path)).astype(np.int16)):
            assert time.monotonic() < deadline, f"{what} was not seen within {seconds} s"
            time.sleep(0.2)
        return pixels

    def close(self) -> None:
        """End the program."""
        self._program.terminate()
        self._program.wait(10)


@contextmanager
def x_server(*terminals: str) -> Iterator[str]:
    """Start an X server without a screen and yield its number; skip if a program is missing."""
    if missing := [name for name in (*NEEDED, *terminals) if shutil.which(name) is None]:
        pytest.skip(f"not installed: {', '.join(missing)}")
    reads, writes = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writes), "-screen", "0", "1280x900x24", "-nolisten", "tcp"],
        pass_fds=[writes],
        stderr=subprocess.DEVNULL,
    )
    os.close(writes)
    try:
        with os.fdopen(reads) as answer:
            yield answer.readline().strip()
    finally:
        server.terminate()
        server.wait(10)


def striped(folder: Path) -> None:
    """Write a picture with more stripes than a half-cell drawing of it has columns."""
    row = np.array([[255, 0, 0], [0, 0, 255]] * (STRIPES // 2), dtype=np.uint8)
    folder.mkdir()
    Image.fromarray(np.repeat(row[None], STRIPES, axis=0)).save(folder / "stripes.png")


def count(pixels: Pixels, colour: tuple[int, int, int], tolerance: int = 12) -> int:
    """Return how many pixels have about this colour."""
    return int((np.abs(pixels - np.array(colour, np.int16)).max(axis=2) <= tolerance).sum())


def has_text(image: Image.Image) -> bool:
    """Whether the terminal's first line has light letters on a dark background."""
    line = np.asarray(image.convert("L"))[3:15, 3:150]
    return bool(line.max() > 180 and np.median(line) < 80)


def stripes_across(image: Image.Image) -> int:
    """Return how many stripes a line through the middle of the terminal crosses."""
    line = np.asarray(image)[200].astype(int)
    red = line[:, 0] - line[:, 2]
    told = np.sign(red[np.abs(red) > 100])
    return int(np.count_nonzero(np.diff(told)))
