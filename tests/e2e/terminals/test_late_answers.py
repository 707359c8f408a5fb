"""A terminal that answers when the app has given up and runs: none of it is typed."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pyte

from tests.support.terminals.fake_terminal import KITTY, SIZE, FakeKitty

ANSWERS = KITTY + b"\x1b_Gi=31;OK\x1b\\\x1b[6;18;9t"
LAST = b"\x1b[?62;4c"
PRIVATE = re.compile(rb"\x1b\[[<>=][\d;]*[a-z]")
"""Sequences that pyte would show: it does not know them."""


def screen_of(heard: bytes) -> str:
    """Return what a terminal shows that was sent this."""
    rows, columns, *_ = SIZE
    screen = pyte.Screen(columns, rows)
    shown = heard[heard.index(b"\x1b[?1049h") :]
    pyte.ByteStream(screen).feed(PRIVATE.sub(b"", shown))
    return "\n".join(screen.display)


def test_answers_that_come_late_are_not_typed(tmp_path: Path) -> None:
    environ = {**os.environ, "TERM": "xterm-kitty", "COLORTERM": "truecolor"}
    for name in ("TMUX", "STY", "SSH_TTY", "SSH_CONNECTION", "SSH_CLIENT", "NO_COLOR"):
        environ.pop(name, None)
    kitty = FakeKitty([sys.executable, "-m", "tui", str(tmp_path)], environ, mute=True)
    try:
        assert kitty.listen(b"\x1b[>q", 30), "it did not ask"
        assert kitty.listen(b"Describe a picture", 30), "it did not start"
        for piece in (b"fo", ANSWERS[:4], ANSWERS[4:30], ANSWERS[30:], b"x", LAST[:3], LAST[3:]):
            kitty.type(piece)
            kitty.listen(b"nothing, for a while", 0.2)
        kitty.type(b"\x1b[D\x1b[Do")
        kitty.listen(b"nothing, for a while", 1)
        screen = screen_of(kitty.heard)
        kitty.type(b"\x11")
        assert kitty.listen(b"\x1b[?1049l", 20), "it did not leave"
    finally:
        kitty.close()
    assert re.search(r"│ *foox +", screen), screen
    assert not re.search(r"OK|62;4|6;18|XTerm|kitty\(", screen), screen
