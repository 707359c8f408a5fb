"""The bytes that the application sends to its terminal, step by step."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.bench.photographs import make_photographs
from tests.support.terminals.counting_terminal import CountingTerminal

if TYPE_CHECKING:
    from pyte.screens import Char

    Cells = list[list[Char]]

PICTURES = 60
RIGHT, QUIT = "\x1b[C", "\x11"
_TITLE = "─ Pictures "


def app_bytes(folder: Path) -> dict[str, int]:
    """Return the bytes that the real application sends at 140x45 with half cells.

    Args:
        folder: an empty folder, for photographs and a library.

    Returns:
        ``bytes_move`` for a move of the cursor, ``bytes_same`` for a letter that changes no
            result, ``bytes_all`` for an answer that changes all pictures, and
            ``bytes_all_pictures`` for the changed cells of pictures and captions alone, if only
            changed colours are sent.
    """
    pictures = folder / "pictures"
    for number, path in enumerate(make_photographs(pictures, 0.2, PICTURES, distinct=PICTURES)):
        path.rename(pictures / f"{'ab'[number % 2]}{number:02}.jpg")
    environ = {
        **os.environ,
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "PHOTOSEEK_DATA_DIR": str(folder / "data"),
    }
    for name in ("TMUX", "STY", "NO_COLOR"):
        environ.pop(name, None)
    photoseek = [sys.executable, "-m", "tui"]
    subprocess.run(
        [*photoseek, "index", str(pictures)], env=environ, check=True, capture_output=True
    )
    command = [*photoseek, "--images", "halfcell", str(pictures)]
    with CountingTerminal(command, environ) as terminal:
        terminal.wait_until(lambda text: text.count("▀") > 1000)
        _sent(terminal, "name:a")
        before = _cells(terminal)
        sent = {"bytes_all": _sent(terminal, "\x7fb")}
        after = _cells(terminal)
        sent["bytes_all_pictures"] = _least_bytes(before, after, *_region(terminal))
        sent["bytes_same"] = _sent(terminal, " ")
        _sent(terminal, "\r")
        sent["bytes_move"] = max(_sent(terminal, RIGHT) for _ in range(3))
        terminal.send(QUIT)
        terminal.read(1)
    return sent


def _sent(terminal: CountingTerminal, keys: str) -> int:
    start = len(terminal.received)
    terminal.send(keys)
    terminal.settle(1.5)
    return len(terminal.received) - start


def _cells(terminal: CountingTerminal) -> Cells:
    screen = terminal.screen
    return [[screen.buffer[y][x] for x in range(screen.columns)] for y in range(screen.lines)]


def _region(terminal: CountingTerminal) -> tuple[range, range]:
    """Return the lines and columns of the pictures, without the frame around them."""
    lines = terminal.screen.display
    top, left = next((y, line.index(_TITLE)) for y, line in enumerate(lines) if _TITLE in line)
    bottom = next(y for y in range(top, len(lines)) if lines[y].rstrip().endswith("╯"))
    return range(top + 1, bottom), range(left, len(lines[0].rstrip()) - 1)


def _least_bytes(before: Cells, after: Cells, rows: range, columns: range) -> int:
    """Return the bytes of the cells that differ between two screens."""
    size, style, position = 0, ("default", "default", False), (-1, -1)
    for y, x in product(rows, columns):
        cell = after[y][x]
        if cell == before[y][x]:
            continue
        if position != (y, x):
            size += len(f"\x1b[{y + 1};{x + 1}H")
        new = (cell.fg, cell.bg, cell.bold)
        codes = [
            _colour_code(colour, kind)
            for kind, colour, old in zip((38, 48), new[:2], style[:2], strict=True)
            if colour != old
        ]
        if cell.bold != style[2]:
            codes.append("1" if cell.bold else "22")
        if codes:
            size += len(f"\x1b[{';'.join(codes)}m")
        size += len(cell.data.encode())
        style, position = new, (y, x + 1)
    return size


def _colour_code(colour: str, kind: int) -> str:
    try:
        red, green, blue = bytes.fromhex(colour)
    except ValueError:  # one of the sixteen, or the default
        return str(kind + 1)
    return f"{kind};2;{red};{green};{blue}"
