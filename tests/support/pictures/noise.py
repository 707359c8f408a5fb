"""Pictures that differ in every cell of a terminal, so that each part costs many bytes."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path


def index_noise(folder: Path, count: int) -> None:
    """Create a folder of pictures with a different colour in each cell, and index it.

    Their names are a00.png, b01.png, a02.png and so on.
    """
    folder.mkdir()
    chance = np.random.default_rng(1)
    for number in range(count):
        pixels = chance.integers(0, 255, (24, 32, 3), dtype=np.uint8)
        path = folder / f"{'ab'[number % 2]}{number:02}.png"
        Image.fromarray(pixels).resize((320, 240)).save(path)
    command = [sys.executable, "-m", "tui", "index", str(folder)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
