"""The preview as a Sixel picture in a real xterm, seen by a screenshot."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

NEEDED = ("Xvfb", "xterm", "xdotool", "import")
COLUMNS, ROWS = 120, 40
STRIPES = 120


class Display:
    """An X server in memory with one xterm that draws Sixel."""

    def __init__(self, number: str, command: list[str]) -> None:
        self._environment = {**os.environ, "DISPLAY": f":{number}", "TERM": "xterm-256color"}
        for name in ("TMUX", "STY", "COLORTERM"):
            self._environment.pop(name, None)
        self._xterm = subprocess.Popen(
            [
                "xterm", "-ti", "vt340", "-xrm", "XTerm*numColorRegisters: 256",
                "-geometry", f"{COLUMNS}x{ROWS}+0+0", "-tn", "xterm-256color", "-e", *command,
            ],
            env=self._environment,
        )  # fmt: skip

    def press(self, *keys: str) -> None:
        subprocess.run(["xdotool", "key", *keys], env=self._environment, check=True, timeout=20)

    def picture(self, place: Path) -> Image.Image:
        command = ["import", "-silent", "-window", "root", str(place)]
        subprocess.run(command, env=self._environment, check=True, timeout=20)
        return Image.open(place).convert("RGB")

    def close(self) -> None:
        self._xterm.terminate()
        self._xterm.wait(10)


@pytest.fixture
def number() -> Iterator[str]:
    """An X server without a screen; its number."""
    if missing := [name for name in NEEDED if shutil.which(name) is None]:
        pytest.skip(f"not installed: {', '.join(missing)}")
    reads, writes = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writes), "-screen", "0", "1280x900x24", "-nolisten", "tcp"],
        pass_fds=[writes],
        stderr=subprocess.DEVNULL,
    )
    os.close(writes)
    with os.fdopen(reads) as answer:
        yield answer.readline().strip()
    server.terminate()
    server.wait(10)


def striped(folder: Path) -> None:
    """Write a picture with more stripes than a half-cell drawing of it has columns."""
    row = np.array([[255, 0, 0], [0, 0, 255]] * (STRIPES // 2), dtype=np.uint8)
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


def test_the_preview_is_a_sixel_picture(number: str, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    striped(folder)
    photoseek = [sys.executable, "-m", "tui"]
    subprocess.run([*photoseek, "index", str(folder)], check=True, capture_output=True, timeout=120)
    display = Display(number, [*photoseek, str(folder)])
    try:
        deadline = time.monotonic() + 60
        most = 0
        while most < 0.9 * STRIPES:
            assert time.monotonic() < deadline, f"only {most} stripes in a line"
            display.press("Down", "Return")
            time.sleep(1)
            most = stripes_across(display.picture(tmp_path / "screen.png"))
            if most < 0.9 * STRIPES:
                display.press("Escape")
        # Nothing has scrolled: the name is still above.
        assert has_text(Image.open(tmp_path / "screen.png"))
    finally:
        display.close()
