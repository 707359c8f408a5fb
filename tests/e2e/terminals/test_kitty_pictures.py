"""Pictures in a real kitty that places them, in screenshots: behind dialogs, without bars."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.support.programs import kitty_root
from tests.support.terminals.x_server import Display, Pixels, count, x_server
from tui.app.theme import DARK, LIGHT

RED = (230, 20, 20)
TERMINAL = (0, 0, 170)
"""The terminal's own background, which no cell of the app shows."""

KITTY = [
    "kitty", "--config", "NONE", "-o", "remember_window_size=no", "-o", "initial_window_width=1200",
    "-o", "initial_window_height=800", "-o", "font_size=10", "-o", "background=#0000aa",
]  # fmt: skip
SOFTWARE = {"LIBGL_ALWAYS_SOFTWARE": "1"}
_MARGIN = 24
"""Pixels at the window's edges that are not a whole cell."""


def colour(text: str) -> tuple[int, int, int]:
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


@pytest.fixture(params=[DARK, LIGHT], ids=["dark", "light"])
def theme(request: pytest.FixtureRequest) -> object:
    return request.param


@pytest.fixture
def kitty(tmp_path: Path, theme: object) -> Iterator[Display]:
    """Yield photoseek in a kitty, over pictures that fill no whole number of cells."""
    if reason := kitty_root.why_not():
        pytest.skip(reason)
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for number, size in enumerate([(400, 230), (230, 400), (301, 299), (500, 120)] * 2):
        Image.new("RGB", size, (RED[0], RED[1], RED[2] + number)).save(pictures / f"{number}.png")
    photoseek = [sys.executable, "-m", "tui"]
    with x_server() as server:
        subprocess.run(
            [*photoseek, "index", str(pictures)], check=True, capture_output=True, timeout=120
        )
        light = {"COLORFGBG": "0;15"} if theme is LIGHT else {"COLORFGBG": "15;0"}
        command = kitty_root.outside([*photoseek, str(pictures)])
        display = Display(server, kitty_root.inside([*KITTY, *command]), SOFTWARE | light)
        try:
            yield display
        finally:
            display.close()


def window(pixels: Pixels) -> Pixels:
    return pixels[_MARGIN : 800 - _MARGIN, _MARGIN : 1200 - _MARGIN]


def is_tall(pixels: Pixels) -> bool:
    """Whether the red picture is taller than it is wide."""
    distances = np.abs(window(pixels).astype(int) - np.array(RED)).max(axis=2)
    rows, columns = np.nonzero(distances <= 12)
    return bool(len(rows) and np.ptp(rows) > np.ptp(columns))


def test_pictures_have_no_bars_and_stay_behind_a_dialog(
    kitty: Display, theme: object, tmp_path: Path
) -> None:
    screen = tmp_path / "screen.png"
    surface = colour(DARK.surface or "" if theme is DARK else LIGHT.surface or "")

    def has_dialog(pixels: Pixels) -> bool:
        return count(window(pixels), surface, 1) > 20_000

    def has_pictures(pixels: Pixels) -> bool:
        return count(window(pixels), RED) > 100_000

    def escape() -> None:
        """Close the dialog; a key that arrives together with Escape would be an Alt key."""
        kitty.press("Escape")
        kitty.wait_for(lambda pixels: not has_dialog(pixels), screen, "no dialog")
        time.sleep(1)

    grid = kitty.wait_for(has_pictures, screen, "a grid of pictures")
    assert count(window(grid), TERMINAL) == 0
    assert not has_dialog(grid)
    kitty.press("Down", "d")
    behind = kitty.wait_for(has_dialog, screen, "a dialog")
    assert count(window(behind), RED) > 0.6 * count(window(grid), RED)
    escape()
    kitty.press("v")  # as a list
    kitty.wait_for(
        lambda pixels: 1000 < count(window(pixels), RED) < 60_000,
        screen,
        "a list of pictures",
    )
    kitty.press("Return")
    preview = kitty.wait_for(has_pictures, screen, "a large picture")
    assert count(window(preview), TERMINAL) == 0
    kitty.press("r")
    rotated = kitty.wait_for(
        lambda pixels: has_pictures(pixels) and is_tall(pixels) != is_tall(preview),
        screen,
        "the rotated picture",
    )
    assert count(window(rotated), TERMINAL) == 0
    kitty.press("R")
    preview = kitty.wait_for(
        lambda pixels: has_pictures(pixels) and is_tall(pixels) != is_tall(rotated),
        screen,
        "the upright picture",
    )
    kitty.press("d")
    behind = kitty.wait_for(has_dialog, screen, "a dialog over the large picture")
    assert count(window(behind), RED) > 0.5 * count(window(preview), RED)
