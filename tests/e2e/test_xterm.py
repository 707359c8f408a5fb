"""The preview as a Sixel picture in a real xterm, seen by a screenshot."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from PIL import Image

from tests.e2e.xserver import STRIPES, Display, has_text, striped, stripes_across, x_server

XTERM = [
    "xterm", "-ti", "vt340", "-xrm", "XTerm*numColorRegisters: 256",
    "-geometry", "120x40+0+0", "-tn", "xterm-256color", "-e",
]  # fmt: skip


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
