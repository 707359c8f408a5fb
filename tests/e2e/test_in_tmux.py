"""Pictures through tmux: a pseudo-terminal says that it is a kitty, tmux runs in it, we in tmux."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes import save_picture

KITTY = b"\x1bP>|kitty(0.36.4)\x1b\\"
ANSWERS = ((b"\x1b[>q", KITTY), (b"\x1b[c", b"\x1b[?62;c"), (b"\x1b[>c", b"\x1b[>1;4000;36c"))
SIZE = (30, 100, 900, 540)
"""Rows, columns, and the same in pixels."""


class Kitty:
    """A terminal that answers as kitty does, shows nothing and remembers what it was sent."""

    def __init__(self, command: list[str], environ: dict[str, str]) -> None:
        self.heard = b""
        self._answered = [0] * len(ANSWERS)
        self._child, self._terminal = pty.fork()
        if self._child == 0:
            os.execvpe(command[0], command, environ)
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", *SIZE))

    def listen(self, wanted: bytes, seconds: float) -> bool:
        """Take what comes and answer, until something was sent."""
        deadline = time.monotonic() + seconds
        while wanted not in self.heard and time.monotonic() < deadline:
            if not select.select([self._terminal], [], [], 0.1)[0]:
                continue
            try:
                self.heard += os.read(self._terminal, 1 << 16)
            except OSError:
                break
            for place, (question, answer) in enumerate(ANSWERS):
                for _ in range(self.heard.count(question) - self._answered[place]):
                    self._answered[place] += 1
                    os.write(self._terminal, answer)
        return wanted in self.heard

    def type(self, text: bytes) -> None:
        os.write(self._terminal, text)

    def close(self) -> None:
        os.close(self._terminal)
        os.waitpid(self._child, 0)


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[list[str]]:
    """tmux with a socket and settings of its own; it is ended after the test."""
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    command = ["tmux", "-L", f"photoseek-inside-{os.getpid()}"]
    yield command
    subprocess.run([*command, "kill-server"], capture_output=True, check=False)


@pytest.mark.parametrize("passes", ["on", "off"])
def test_pictures_reach_a_kitty_where_tmux_passes_them_on(
    tmux: list[str], tmp_path: Path, passes: str
) -> None:
    save_picture(tmp_path / "pictures" / "red.png", "red", (300, 200))
    (tmp_path / "tmux.conf").write_text(
        f"set -g allow-passthrough {passes}\nset -as terminal-features ',xterm*:RGB'\n"
    )
    photoseek = [sys.executable, "-m", "tui", str(tmp_path / "pictures")]
    environ = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    for name in ("TMUX", "TMUX_PANE", "STY"):
        environ.pop(name, None)
    # The wait lets tmux hear what terminal it is in before we ask it.
    inside = f"sleep 1; exec {' '.join(photoseek)}"
    kitty = Kitty([*tmux, "-f", str(tmp_path / "tmux.conf"), "new-session", inside], environ)
    try:
        assert kitty.listen(b"1 picture indexed", 60)
        graphics = kitty.listen(b"\x1b_G", 20 if passes == "on" else 1)
        assert graphics == (passes == "on")
        if graphics:
            assert kitty.listen(b",U=1,", 10)
            sent = re.findall(rb"\x1b_Gi=(\d+),f=100", kitty.heard)
            assert len(set(sent)) >= 1
            assert b"tmux;" not in kitty.heard
        else:
            assert "▀".encode() in kitty.heard or kitty.listen("▀".encode(), 10)
        kitty.type(b"\x11")
        kitty.listen(b"[exited]", 10)
    finally:
        kitty.close()
