"""The preview in a real kitty, checked by a screenshot: in its own protocol, or in half cells.

The version decides: those before 0.28 accept pictures but can't place them as we do, and would show
boxes.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image

from tests.support.terminals.x_server import STRIPES, Display, striped, stripes_across, x_server

KITTY = [
    "kitty", "--config", "NONE", "-o", "remember_window_size=no", "-o", "initial_window_width=1200",
    "-o", "initial_window_height=800", "-o", "font_size=10",
]  # fmt: skip
SOFTWARE = {"LIBGL_ALWAYS_SOFTWARE": "1"}


def is_purple(image: Image.Image) -> bool:
    """Whether the middle mixes red and blue, as half cells do, which are wider than the stripes."""
    middle = np.asarray(image)[300:500, 500:700].astype(int)
    return bool((np.abs(middle - (128, 0, 128)) < 20).all())


def test_the_preview_suits_this_version_of_kitty(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    striped(folder)
    photoseek = [sys.executable, "-m", "tui"]
    with x_server("kitty") as number:
        output = subprocess.check_output(["kitty", "--version"], text=True)
        match = re.search(r"(\d+)\.(\d+)", output)
        assert match
        places = (int(match[1]), int(match[2])) >= (0, 28)
        subprocess.run(
            [*photoseek, "index", str(folder)], check=True, capture_output=True, timeout=120
        )
        display = Display(number, [*KITTY, *photoseek, str(folder)], SOFTWARE)
        try:
            deadline = time.monotonic() + 180
            while True:
                assert time.monotonic() < deadline, "the picture was not seen"
                display.press("Down", "Return")
                time.sleep(1)
                screen = display.picture(tmp_path / "screen.png")
                if stripes_across(screen) > 0.9 * STRIPES if places else is_purple(screen):
                    break
                display.press("Escape")
        finally:
            display.close()
