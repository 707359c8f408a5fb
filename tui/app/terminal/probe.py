"""One combined query to the terminal before the app starts.

The primary device attributes request goes last: every terminal answers it, and terminals answer in
order, so its reply ends the wait. Keys that the user types meanwhile are returned with the replies.

A filter that removed late replies from the input of the running application was dropped: the probe
waits longer instead.
"""

from __future__ import annotations

import os
import re
import selectors
import time
from dataclasses import dataclass

PATIENCE = 5.0
"""Seconds to wait for the last reply. Only terminals that are known to answer are queried, so the
wait is long enough for a slow network; Textual would take a later reply for keys."""

_GRAPHICS_QUERY = b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"
"""Kitty graphics protocol: a query of one pixel. tmux and screen take it for a window title."""

QUERY = (
    b"\x1b[>q"  # XTVERSION: name and version (xterm, ctlseqs)
    + _GRAPHICS_QUERY
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
    """The replies of the terminal.

    Attributes:
        complete: the sentinel was answered; otherwise other replies may be missing.
        version: name and version in the terminal's own form, for example ``kitty(0.36.4)``.
        kitty: the terminal supports the Kitty graphics protocol.
        sixel: the device attributes include Sixel.
        cell: width and height of a cell in pixels.
        typed: what the user typed meanwhile, without escape sequences.
    """

    complete: bool = False
    version: str = ""
    kitty: bool = False
    sixel: bool = False
    cell: tuple[int, int] | None = None
    typed: str = ""


def ask(
    stdin: int, stdout: int, patience: float = PATIENCE, *, graphics: bool = True
) -> TerminalReplies:
    """Query the terminal behind two file descriptors; return no replies if they are not terminals.

    Args:
        stdin: where replies arrive.
        stdout: where the query is sent.
        patience: seconds to wait for the sentinel's reply.
        graphics: also query Kitty's protocol.
    """
    if not (os.isatty(stdin) and os.isatty(stdout)):
        return TerminalReplies()
    import termios  # not on Windows
    import tty

    try:
        attributes = termios.tcgetattr(stdin)
        # TCSANOW, never TCSAFLUSH, which would discard keys typed ahead.
        tty.setcbreak(stdin, termios.TCSANOW)
    except (termios.error, OSError):
        return TerminalReplies()
    try:
        os.write(stdout, QUERY if graphics else QUERY.replace(_GRAPHICS_QUERY, b""))
        return parse_replies(_read_replies(stdin, patience))
    except OSError:
        return TerminalReplies()
    finally:
        termios.tcsetattr(stdin, termios.TCSANOW, attributes)


def parse_replies(data: bytes) -> TerminalReplies:
    """Parse the received bytes: replies, and between them what the user typed."""
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
    )


def _read_replies(stdin: int, patience: float) -> bytes:
    data = b""
    deadline = time.monotonic() + patience
    with selectors.DefaultSelector() as selector:
        selector.register(stdin, selectors.EVENT_READ)
        while not re.search(_ATTRIBUTES, data):
            remaining = deadline - time.monotonic()
            if remaining <= 0 or not selector.select(remaining):
                break
            received = os.read(stdin, 4096)
            if not received:
                break
            data += received
    return data
