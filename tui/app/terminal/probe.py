"""One combined question to the terminal, asked before the app starts.

The primary device attributes request goes last: every terminal answers it, and answers come in
order, so its answer says that no other will follow, and nobody waits for a time-out. Keys that
were typed meanwhile are handed back.
"""

from __future__ import annotations

import os
import re
import selectors
import time
from dataclasses import dataclass

PATIENCE = 1.0
PATIENCE_FAR = 5.0
"""Seconds to wait for the last answer, beside us and over a network; a terminal that is asked is
known to answer. What comes later is taken out of what is typed (``late_replies``)."""

_GRAPHICS_QUESTION = b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"
"""Kitty graphics protocol: a query of one pixel. tmux and screen take it for a window's title."""

QUESTION = (
    b"\x1b[>q"  # XTVERSION: name and version (xterm, ctlseqs)
    + _GRAPHICS_QUESTION
    + b"\x1b[16t"  # size of a cell in pixels (xterm, ctlseqs)
    + b"\x1b[c"  # primary device attributes: the sentinel
)

_ATTRIBUTES = rb"\x1b\[\?([\d;]*)c"
_CELL = rb"\x1b\[6;(\d+);(\d+)t"
_GRAPHICS = rb"\x1b_G(?:[^\x1b;]*;)?([^\x1b]*)\x1b\\"
_VERSION = rb"\x1bP>\|([^\x1b]*)\x1b\\"
_SEQUENCE = rb"\x1b(?:[_P][^\x1b]*(?:\x1b\\)?|\[[0-?]*[ -/]*[@-~]?|O.?)?"
_SIXEL = b"4"


@dataclass(frozen=True, slots=True)
class TerminalReplies:
    """What the terminal said.

    Attributes:
        complete: the sentinel came; without it the rest may be missing.
        version: name and version as the terminal writes them, for example ``kitty(0.36.4)``.
        kitty: it takes pictures by the Kitty graphics protocol.
        sixel: it lists Sixel among its device attributes.
        cell: width and height of a cell in pixels.
        typed: what the user typed meanwhile, without escape sequences.
        owed: what has come of the next answer, where the sentinel is still to come; None where it
            came or nobody asked.
    """

    complete: bool = False
    version: str = ""
    kitty: bool = False
    sixel: bool = False
    cell: tuple[int, int] | None = None
    typed: str = ""
    owed: str | None = None


def ask(
    stdin: int, stdout: int, patience: float = PATIENCE, *, graphics: bool = True
) -> TerminalReplies:
    """Ask the terminal behind two file descriptors; harmless where they are not a terminal.

    Args:
        stdin: where answers arrive.
        stdout: where the question goes.
        patience: seconds to wait for the sentinel.
        graphics: ask for Kitty's protocol too.
    """
    if not (os.isatty(stdin) and os.isatty(stdout)):
        return TerminalReplies()
    import termios  # not on Windows
    import tty

    try:
        before = termios.tcgetattr(stdin)
        # TCSANOW, never TCSAFLUSH: what is typed ahead stays.
        tty.setcbreak(stdin, termios.TCSANOW)
    except (termios.error, OSError):
        return TerminalReplies()
    try:
        os.write(stdout, QUESTION if graphics else QUESTION.replace(_GRAPHICS_QUESTION, b""))
        return parse_replies(_read_replies(stdin, patience))
    except OSError:
        return TerminalReplies()
    finally:
        termios.tcsetattr(stdin, termios.TCSANOW, before)


def parse_replies(data: bytes) -> TerminalReplies:
    """Take the answers out of what arrived; the rest was typed."""
    attributes = re.search(_ATTRIBUTES, data)
    version = re.search(_VERSION, data)
    cell = re.search(_CELL, data)
    size = (int(cell[2]), int(cell[1])) if cell else (0, 0)
    return TerminalReplies(
        complete=attributes is not None,
        version=version[1].decode("ascii", "replace") if version else "",
        kitty=any(match[1] == b"OK" for match in re.finditer(_GRAPHICS, data)),
        sixel=attributes is not None and _SIXEL in attributes[1].split(b";"),
        cell=size if all(0 < side < 1000 for side in size) else None,
        typed=re.sub(_SEQUENCE, b"", data).decode("utf-8", "ignore"),
        owed=None if attributes else _pending_reply(data),
    )


def _pending_reply(data: bytes) -> str:
    from tui.app.terminal.late_replies import beginning

    return beginning(data.decode("utf-8", "ignore"))


def _read_replies(stdin: int, patience: float) -> bytes:
    data = b""
    deadline = time.monotonic() + patience
    with selectors.DefaultSelector() as selector:
        selector.register(stdin, selectors.EVENT_READ)
        while not re.search(_ATTRIBUTES, data):
            left = deadline - time.monotonic()
            if left <= 0 or not selector.select(left):
                break
            received = os.read(stdin, 4096)
            if not received:
                break
            data += received
    return data
