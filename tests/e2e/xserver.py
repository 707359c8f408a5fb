"""An X server in memory, and a terminal in it that one can press keys in and look at."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

NEEDED = ("Xvfb", "xdotool", "import")
STRIPES = 120


class Display:
    """An X server with one program in it, which is ended with ``close``."""

    def __init__(self, number: str, command: Sequence[str], environ: dict[str, str]) -> None:
        self._environment = {**os.environ, "DISPLAY": f":{number}", **environ}
        for name in ("TMUX", "STY", "COLORTERM"):
            self._environment.pop(name, None)
        self._program = subprocess.Popen(command, env=self._environment, stderr=subprocess.DEVNULL)

    def press(self, *keys: str) -> None:
        """Press keys, in X's names."""
        subprocess.run(["xdotool", "key", *keys], env=self._environment, check=True, timeout=20)

    def picture(self, place: Path) -> Image.Image:
        """Return what the screen shows, saved as ``place``."""
        command = ["import", "-silent", "-window", "root", str(place)]
        subprocess.run(command, env=self._environment, check=True, timeout=20)
        return Image.open(place).convert("RGB")

    def close(self) -> None:
        """End the program."""
        self._program.terminate()
        self._program.wait(10)


@contextmanager
def x_server(*terminals: str) -> Iterator[str]:
    """Start an X server without a screen and give its number; skip where something is missing."""
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


def has_text(image: Image.Image) -> bool:
    """Whether the terminal's first line has light letters on a dark ground."""
    line = np.asarray(image.convert("L"))[3:15, 3:150]
    return bool(line.max() > 180 and np.median(line) < 80)


def stripes_across(image: Image.Image) -> int:
    """How many stripes a line through the middle of the terminal crosses."""
    line = np.asarray(image)[200].astype(int)
    red = line[:, 0] - line[:, 2]
    told = np.sign(red[np.abs(red) > 100])
    return int(np.count_nonzero(np.diff(told)))
