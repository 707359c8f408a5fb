"""One line of a terminal that is written over while something goes on."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from tui.cli.terminal.output import end_line, overwrite
from tui.core.formatting import printable

if TYPE_CHECKING:
    from typing import TextIO


class ProgressLine:
    """Shows where something stands, where the stream is a terminal; writes nothing elsewhere.

    Args:
        stream: standard error, which a process may lack.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self.is_live = stream is not None and stream.isatty()
        self._stream = stream
        self._width = 0

    def show(self, text: str) -> None:
        """Write over the line, as far as the terminal is wide."""
        if not self.is_live:
            return
        text = printable(text)[: shutil.get_terminal_size().columns - 1]
        # Spaces wipe the rest on every terminal, also where TERM is dumb.
        overwrite(f"{text:{self._width}}", self._stream)
        self._width = len(text)

    def wipe(self) -> None:
        """Leave an empty line, and begin at its beginning."""
        if self._width:
            self.show("")
            overwrite("", self._stream)

    def leave(self) -> None:
        """Let the line stand and go on below it."""
        if self._width:
            end_line(self._stream)
            self._width = 0
