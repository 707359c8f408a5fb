"""On a slow connection to the terminal, the program sends smaller pictures."""

from __future__ import annotations

import base64
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from tests.support.terminals.fake_terminal import FakeKitty

PICTURE = re.compile(rb"\x1b_Gi=(\d+),f=100,q=2,m=[01];([^\x1b]*)\x1b\\")


def pictures_of(heard: bytes) -> list[Image.Image]:
    """Return the complete pictures that were sent, in order."""
    pieces: dict[bytes, bytes] = {}
    for number, piece in PICTURE.findall(heard):
        pieces[number] = pieces.get(number, b"") + piece
    placed = [number for number in pieces if b"i=" + number + b",c=" in heard]
    return [Image.open(io.BytesIO(base64.b64decode(pieces[number]))) for number in placed]


def test_previews_become_smaller_on_a_slow_line(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    chance = np.random.default_rng(1)
    for number in range(5):
        rough = chance.integers(0, 255, (15, 20, 3), dtype=np.uint8)
        Image.fromarray(rough).resize((1200, 900)).save(folder / f"{number}.jpg")
    photoseek = [sys.executable, "-m", "tui"]
    subprocess.run([*photoseek, "index", str(folder)], check=True, capture_output=True, timeout=120)
    environ = {
        **os.environ,
        "TERM": "xterm-kitty",
        "COLORTERM": "truecolor",
        "SSH_TTY": "/dev/pts/9",
    }
    for name in ("TMUX", "STY"):
        environ.pop(name, None)
    kitty = FakeKitty([*photoseek, "--images", "kitty", str(folder)], environ, rate=150_000)
    try:
        kitty.listen(b"5 unchanged", 60)
        for key in (b"\x1b[B", b"\r", b"n"):
            kitty.listen(b"nothing, for a while", 1.5)
            kitty.type(key)
        kitty.listen(b"nothing, for a while", 1.5)
        kitty.type(b"\x11")
        kitty.listen(b"\x1b[?1049l", 20)
    finally:
        kitty.close()
    widths = [picture.width for picture in pictures_of(kitty.heard)]
    assert len(widths) > 4
    assert 100 < widths[-1] < 600, "the preview would be 640 wide"
