"""Picking pictures for another program: the app is drawn, and the picked paths are printed.

Standard output carries the paths, so it is replaced by the terminal first, and so are standard
input and error if they are redirected. ``mpv "$(photoseek --pick)"`` and pipes on both sides work.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tui.core.errors import PhotoseekError
from tui.core.formatting import line_break_error, printable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_TERMINAL = "/dev/tty"
_PICKED, _NOTHING, _WRONG_USE, _NO_READER = 0, 1, 2, 141


class PickerOutput:
    """Redirects the standard streams to the terminal; prints the paths to the real output.

    Args:
        end: the terminator of each path.

    Raises:
        PhotoseekError: no terminal is available for drawing.
    """

    def __init__(self, end: bytes) -> None:
        self._end = end
        try:
            terminal = os.open(_TERMINAL, os.O_RDWR)
        except OSError as error:
            raise PhotoseekError(
                "--pick needs a terminal to draw on; use `photoseek search --paths QUERY` instead."
            ) from error
        self._output = os.dup(1)
        for descriptor in (0, 1, 2):
            if not os.isatty(descriptor):
                os.dup2(terminal, descriptor)
        os.close(terminal)

    def refusal(self, paths: Iterable[Path]) -> str:
        """Return why the paths can't be printed one by one; empty if they can."""
        return line_break_error(paths) if self._end != b"\0" else ""

    def hand_over(self, paths: Iterable[Path]) -> int:
        """Print the paths and return the exit code.

        A pipe or a file gets the bytes of the paths on disk, a terminal gets printable lines.
        """
        paths = list(paths)
        if sentence := self.refusal(paths):
            os.write(2, f"photoseek: {sentence}\n".encode())
            return _WRONG_USE
        data = memoryview(b"".join(map(self._line, paths)))
        if not data:
            return _NOTHING
        try:
            while data:
                data = data[os.write(self._output, data) :]
        except BrokenPipeError:
            return _NO_READER
        return _PICKED

    def _line(self, path: Path) -> bytes:
        if os.isatty(self._output):
            return printable(path).encode() + b"\n"
        return os.fsencode(path) + self._end
