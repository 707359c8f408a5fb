"""The picture of the README: photoseek in kitty, with the rendered album.

    python -m tests.docs.screenshot [PNG]

needs the root of `tests.support.programs.kitty_root`, Xvfb, xdotool and ImageMagick.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from tests.support.pictures.album.album import write_album
from tests.support.programs import kitty_root
from tests.support.terminals.x_server import Display, x_server

ROOT = Path(__file__).resolve().parents[2]
PICTURE = Path(__file__).with_name("photoseek.png")
SIZE = (1264, 800)
QUERY = ("m", "o", "u", "n", "t", "a", "i", "n", "space", "l", "a", "k", "e")
KITTY = [
    "kitty", "--config", "NONE", "-o", "remember_window_size=no",
    "-o", f"initial_window_width={SIZE[0]}", "-o", f"initial_window_height={SIZE[1]}",
    "-o", "font_family=DejaVu Sans Mono", "-o", "font_size=11", "-o", "cursor_blink_interval=0",
    "-o", "background=#1b1a17",
]  # fmt: skip
PATIENCE = 60.0
COLOURS = 256


def photograph(home: Path, target: Path) -> None:
    """Start photoseek over the album, search, and save a screenshot."""
    pictures = home / "Pictures"
    write_album(pictures)
    environment = {
        "HOME": str(home),
        "PYTHONPATH": str(ROOT),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "LIBGL_ALWAYS_SOFTWARE": "1",
        "COLORFGBG": "15;0",
        "TZ": "UTC",
    }
    photoseek = [sys.executable, "-m", "tui"]
    subprocess.run(
        [*photoseek, "index", str(pictures)], check=True, env={**os.environ, **environment}
    )
    with x_server() as server:
        inner = ["env", *(f"{name}={value}" for name, value in environment.items())]
        command = kitty_root.outside([*inner, *photoseek, str(pictures)])
        display = Display(server, kitty_root.inside([*KITTY, *command]), environment)
        try:
            screen = home / "screen.png"
            settled(display, screen, 4)
            display.press("Escape")  # closes the welcome screen
            settled(display, screen)
            for key in QUERY:
                display.press(key)
            settled(display, screen)
            display.press("Return")
            image = settled(display, screen)
        finally:
            display.close()
    shown = image.crop((0, 0, *SIZE))
    shown.quantize(COLOURS, dither=Image.Dither.FLOYDSTEINBERG).save(target, optimize=True)


def settled(display: Display, path: Path, seconds: float = 2) -> Image.Image:
    """Return the screen once it has not changed for some seconds."""
    deadline = time.monotonic() + PATIENCE
    image, since = display.picture(path), time.monotonic()
    while time.monotonic() - since < seconds or np.asarray(image).max() == 0:
        if time.monotonic() > deadline:
            raise SystemExit("The screen does not come to rest.")
        time.sleep(0.3)
        latest = display.picture(path)
        if not np.array_equal(np.asarray(latest), np.asarray(image)):
            image, since = latest, time.monotonic()
    return image


def main(target: str = str(PICTURE)) -> None:
    """Make the picture, or print why it can't be made here."""
    if reason := kitty_root.why_not():
        raise SystemExit(reason)
    with tempfile.TemporaryDirectory() as folder:
        photograph(Path(folder), Path(target))
    print(f"{target}: {Path(target).stat().st_size:,} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
