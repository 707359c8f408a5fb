"""A terminal on a pseudo-terminal that counts its input and shows it."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from typing import TYPE_CHECKING

import pyte

from tui.core.closing import Closing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

LARGE = (140, 45)
"""Columns and rows."""
_CELL = (9, 18)
_BLINK = 150
"""The most bytes that a blinking cursor takes."""


class CountingTerminal(Closing):
    """A command in a terminal of its own.

    Args:
        command: the program and its arguments.
        environ: all of the environment.
        size: columns and rows.

    Attributes:
        received: all bytes so far.
        screen: the resulting screen.
        last_paint: the time of the last output, except the blinking of a cursor.
    """

    def __init__(
        self, command: Sequence[str], environ: Mapping[str, str], size: tuple[int, int] = LARGE
    ) -> None:
        self.received = bytearray()
        self.last_paint = 0.0
        self.screen = pyte.Screen(*size)
        # pyte answers queries through this, which does nothing by default.
        setattr(self.screen, "write_process_input", self.send)  # noqa: B010
        self._stream = pyte.ByteStream(self.screen)
        self._child, self._terminal = pty.fork()
        if self._child == 0:
            os.execvpe(command[0], [*command], dict(environ))
        self.resize(*size)

    def resize(self, columns: int, rows: int) -> None:
        """Change the size of the terminal."""
        size = struct.pack("HHHH", rows, columns, columns * _CELL[0], rows * _CELL[1])
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, size)
        self.screen.resize(rows, columns)

    def send(self, text: str) -> None:
        """Press keys, as the bytes that a terminal sends for them."""
        os.write(self._terminal, text.encode())

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the command."""
        os.kill(self._child, number)

    def read(self, seconds: float) -> bytes:
        """Read for this many seconds; return the bytes."""
        start, deadline = len(self.received), time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if not select.select([self._terminal], [], [], left)[0]:
                break
            try:
                block = os.read(self._terminal, 1 << 16)
            except OSError:  # the command has ended
                break
            self.received += block
            if len(block) > _BLINK:
                self.last_paint = time.monotonic()
            self._stream.feed(block)
        return bytes(self.received[start:])

    def text(self) -> str:
        """Return the text of the screen."""
        return "\n".join(self.screen.display)

    def wait_until(self, holds: Callable[[str], bool], seconds: float = 60) -> None:
        """Read until the screen meets a condition."""
        deadline = time.monotonic() + seconds
        while not holds(self.text()):
            assert time.monotonic() < deadline, f"not within {seconds} s:\n{self.text()}"
            self.read(0.1)

    def settle(self, seconds: float = 1.0) -> None:
        """Read until nothing has been painted for this many seconds."""
        self.last_paint = time.monotonic()
        while time.monotonic() - self.last_paint < seconds:
            self.read(0.1)

    def cursor(self) -> tuple[int, int]:
        """Return row and column of the frame around the highlighted picture."""
        return next(
            (y, line.index("┏")) for y, line in enumerate(self.screen.display) if "┏" in line
        )

    def close(self) -> None:
        """End the command."""
        os.kill(self._child, signal.SIGHUP)
        self.read(0.2)
        os.close(self._terminal)
        os.waitpid(self._child, 0)
