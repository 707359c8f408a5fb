"""Pictures through tmux, in a pseudo-terminal that identifies itself as kitty."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.embedders import save_picture
from tests.support.terminals.fake_terminal import FakeKitty


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[list[str]]:
    """Yield a tmux with a socket and settings of its own; it is ended after the test."""
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    command = ["tmux", "-L", f"photoseek-inside-{os.getpid()}"]
    yield command
    subprocess.run([*command, "kill-server"], capture_output=True, check=False)


def test_pictures_reach_kitty_if_tmux_passes_them_on(tmux: list[str], tmp_path: Path) -> None:
    save_picture(tmp_path / "pictures" / "red.png", "red", (300, 200))
    (tmp_path / "tmux.conf").write_text(
        "set -g allow-passthrough on\nset -as terminal-features ',xterm*:RGB'\n"
    )
    photoseek = [sys.executable, "-m", "tui", str(tmp_path / "pictures")]
    environ = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    for name in ("TMUX", "TMUX_PANE", "STY"):
        environ.pop(name, None)
    # The wait lets tmux detect its terminal before we query it.
    inside = f"sleep 1; exec {shlex.join(photoseek)}"
    kitty = FakeKitty([*tmux, "-f", str(tmp_path / "tmux.conf"), "new-session", inside], environ)
    try:
        assert kitty.listen(b"newest first", 180)
        assert kitty.listen(b"\x1b_G", 60)
        assert kitty.listen(b",U=1,", 30)
        assert re.search(rb"\x1b_Gi=\d+,f=100", kitty.heard)
        assert b"tmux;" not in kitty.heard  # tmux has removed the wrapping
        kitty.type(b"\x11")
        kitty.listen(b"[exited]", 10)
    finally:
        kitty.close()
