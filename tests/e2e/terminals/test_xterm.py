"""Sixel pictures in a real xterm, checked by screenshots: the grid, dialogs, the preview."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.support.terminals.x_server import (
    STRIPES,
    Display,
    Pixels,
    count,
    has_text,
    striped,
    stripes_across,
    x_server,
)
from tui.app.theme import DARK

XTERM = [
    "xterm", "-ti", "vt340", "-geometry", "120x40+0+0", "-tn", "xterm-256color", "-e",
]  # fmt: skip
RED = (230, 20, 20)


def colour(text: str) -> tuple[int, int, int]:
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


@pytest.fixture
def xterm(tmp_path: Path) -> Iterator[Display]:
    """Yield photoseek in an xterm that does not set COLORTERM, over a gradient and red pictures."""
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for number in range(5):
        red = (RED[0], RED[1], RED[2] + number)
        Image.new("RGB", (400, 300), red).save(pictures / f"{number}.png")
    levels = np.linspace(0, 255, 500).round().astype(np.uint8)
    gradient = np.stack([levels, levels[::-1], np.full(500, 128, np.uint8)], axis=1)
    Image.fromarray(np.repeat(gradient[None], 375, axis=0)).save(pictures / "gradient.png")
    for path in pictures.glob("?.png"):
        os.utime(path, (1_000_000_000, 1_000_000_000))  # the gradient is the newest, and first
    photoseek = [sys.executable, "-m", "tui"]
    with x_server("xterm") as server:
        subprocess.run(
            [*photoseek, "index", str(pictures)], check=True, capture_output=True, timeout=120
        )
        # TERM as users have it, whose name may suggest 16 colours.
        command = [word for word in XTERM if word not in ("-tn", "xterm-256color")]
        display = Display(server, [*command, *photoseek, str(pictures)], {"TERM": "xterm"})
        try:
            yield display
        finally:
            display.close()


def test_grid_dialog_and_preview_show_pictures(xterm: Display, tmp_path: Path) -> None:
    screen = tmp_path / "screen.png"

    def has_pictures(pixels: Pixels) -> bool:
        return count(pixels, RED) > 40_000

    def has_dialog(pixels: Pixels) -> bool:
        return count(pixels, colour(DARK.surface or ""), 1) > 5_000

    def is_preview(pixels: Pixels) -> bool:
        """Whether the line through the middle of the window contains all levels of red."""
        line = pixels[300, :700]
        return bool((np.abs(line[:, 2] - 128) <= 16).sum() > 500)

    def is_rotated(pixels: Pixels) -> bool:
        """The column through the middle of the picture contains many levels of red."""
        column = pixels[60:480, 360]
        inside = np.abs(column[:, 2] - 128) <= 24
        return bool(inside.sum() > 300 and np.ptp(column[inside, 0]) > 150)

    xterm.wait_for(has_pictures, screen, "a grid of pictures")
    xterm.press("Down")
    time.sleep(1)
    grid = xterm.wait_for(has_pictures, screen, "a grid of pictures")
    assert count(grid, colour(DARK.background or ""), 0) > 100_000  # 24-bit colours
    red = count(grid, RED, 6)
    xterm.press("d")
    behind = xterm.wait_for(has_dialog, screen, "a dialog")
    assert 0.5 * red < count(behind, RED, 6) <= red
    xterm.press("Escape")
    xterm.wait_for(lambda pixels: count(pixels, RED, 6) == red, screen, "the grid again")
    time.sleep(1)  # two keys at once would be an Alt key
    xterm.press("Return")
    preview = xterm.wait_for(is_preview, screen, "the gradient alone")
    assert_is_gradient(preview)
    xterm.press("r")
    rotated = xterm.wait_for(is_rotated, screen, "the gradient from top to bottom")
    reds = rotated[100:440, 340:380, 0].mean(axis=1)
    assert reds[-40:].mean() > reds[:40].mean() + 100  # clockwise: the left is at the top
    xterm.press("R")
    preview = xterm.wait_for(
        lambda pixels: is_preview(pixels) and not is_rotated(pixels), screen, "the upright gradient"
    )
    assert_is_gradient(preview)
    xterm.press("d")
    behind = xterm.wait_for(has_dialog, screen, "a dialog over the preview")
    assert (behind[40:60] == preview[40:60]).mean() > 0.9
    xterm.press("Escape")
    xterm.wait_for(lambda pixels: not has_dialog(pixels), screen, "the preview again")
    time.sleep(1)
    xterm.press("Escape")
    # Nothing of the preview remains.
    xterm.wait_for(lambda pixels: count(pixels, RED, 6) == red, screen, "the grid again")
    again = xterm.wait_for(lambda pixels: not is_preview(pixels), screen, "the grid again")
    assert (np.abs(again - grid) > 40).any(axis=2).mean() < 0.02


def test_columns_hold_beside_names_with_joined_emoji(tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for number, name in enumerate(
        [
            "❤️",
            "👩‍💻 coder",
            "👨‍👩‍👧‍👦",
            "👍🏽👍🏽",
            "1️⃣2️⃣",
            "\u0dc1\u0dca\u200d\u0dbb\u0dd3 \u0dbd\u0d82\u0d9a\u0dcf",
        ]
    ):
        Image.new("RGB", (40, 30), (number, 0, 0)).save(pictures / f"{name}.png")
    photoseek = [sys.executable, "-m", "tui"]
    environ = {"TERM": "xterm", "LC_ALL": "C.UTF-8"}
    screen = tmp_path / "screen.png"
    edge = colour(DARK.variables["border"])
    with x_server("xterm") as server:
        subprocess.run(
            [*photoseek, "index", str(pictures)], check=True, capture_output=True, timeout=120
        )
        display = Display(server, [*XTERM, *photoseek, str(pictures)], environ)
        try:
            display.wait_for(lambda pixels: count(pixels, edge) > 1000, screen, "the search")
            time.sleep(2)
            display.press("Down")
            display.press("v")
            display.press("question")  # afterwards, everything behind it is redrawn
            time.sleep(3)
            display.press("Escape")
            time.sleep(3)
            # The right edge of the pictures is one line, from top to bottom.
            pixels = display.wait_for(
                lambda pixels: edge_rows(pixels, edge).max() > 300, screen, "the pictures' edge"
            )
        finally:
            display.close()
    left, right = np.split(edge_rows(pixels, edge), [500])
    assert abs(int(right.max()) - int(left.max())) < 4
    assert (right > 10).sum() == 1


def edge_rows(pixels: Pixels, edge: tuple[int, int, int]) -> NDArray[np.int64]:
    """Return in how many rows each column of pixels has a colour."""
    rows: NDArray[np.int64] = (np.abs(pixels - np.array(edge)).max(axis=2) <= 12).sum(axis=0)
    return rows


def assert_is_gradient(pixels: Pixels) -> None:
    """Check that the first rows of a picture have the same colours as its other rows."""
    inside = (np.abs(pixels[:, :, 2] - 128) <= 24) & (np.ptp(pixels, axis=2) > 20)
    rows = np.flatnonzero(inside.mean(axis=1) > 0.4)
    top, bottom = int(rows[0]), int(rows[-1])
    columns = np.flatnonzero(inside[(top + bottom) // 2])
    left, right = int(columns[0]) + 20, int(columns[-1]) - 20
    means = pixels[top : bottom + 1, left:right]
    blocks = means[:, : means.shape[1] // 16 * 16].reshape(len(means), -1, 16, 3).mean(axis=2)
    usual = blocks.mean(axis=0)
    assert np.abs(blocks[1:7] - usual).mean() < 8
    assert np.abs(blocks[:-1] - usual).mean() < 8
    # From left to right there are no bands: the dithered mixture rises steadily.
    assert np.diff(usual[:, 0]).min() > 0


def test_the_preview_is_a_sixel_picture(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    striped(folder)
    photoseek = [sys.executable, "-m", "tui"]
    with x_server("xterm") as number:
        subprocess.run(
            [*photoseek, "index", str(folder)], check=True, capture_output=True, timeout=120
        )
        command = [*XTERM, *photoseek, str(folder)]
        display = Display(number, command, {"TERM": "xterm-256color"})
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
