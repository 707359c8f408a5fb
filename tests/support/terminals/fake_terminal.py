"""A fake terminal: a pseudo-terminal whose other end answers as kitty does."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import termios
import time

KITTY = b"\x1bP>|kitty(0.36.4)\x1b\\"
ANSWERS = (
    (b"\x1b[>q", KITTY),
    (b"\x1b_Gi=31,", b"\x1b_Gi=31;OK\x1b\\"),
    (b"\x1b[c", b"\x1b[?62;c"),
    (b"\x1b[>c", b"\x1b[>1;4000;36c"),
    (b"\x1b[6n", b"\x1b[1;1R"),
)
SIZE = (30, 100, 900, 540)
"""Rows, columns, and the same in pixels."""


class FakeKitty:
    """Answers as kitty does, shows nothing and records its input.

    Args:
        command: runs in it.
        environ: all of the environment.
        rate: bytes a second that it accepts; 0 is unlimited.
    """

    def __init__(self, command: list[str], environ: dict[str, str], rate: int = 0) -> None:
        self.heard = b""
        self._rate = rate
        self._answered = [0] * len(ANSWERS)
        self._child, self._terminal = pty.fork()
        if self._child == 0:
            os.execvpe(command[0], command, environ)
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", *SIZE))

    def listen(self, expected: bytes, seconds: float) -> bool:
        """Read and answer, until an expected text was sent."""
        deadline = time.monotonic() + seconds
        while expected not in self.heard and time.monotonic() < deadline:
            if not select.select([self._terminal], [], [], 0.1)[0]:
                continue
            try:
                block = os.read(self._terminal, 2048 if self._rate else 1 << 16)
            except OSError:
                break
            self.heard += block
            if self._rate:
                time.sleep(len(block) / self._rate)
            for index, (question, answer) in enumerate(ANSWERS):
                for _ in range(self.heard.count(question) - self._answered[index]):
                    self._answered[index] += 1
                    os.write(self._terminal, answer)
        return expected in self.heard

    def type(self, text: bytes) -> None:
        os.write(self._terminal, text)

    def close(self) -> None:
        os.close(self._terminal)
        os.waitpid(self._child, 0)
