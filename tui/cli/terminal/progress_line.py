"""One line of a terminal that shows the progress of a command."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

from tui.cli.terminal.output import end_line, overwrite
from tui.core.formatting import printable

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

_INTERVAL_SECONDS = 0.1


class ProgressLine:
    """Overwrites one line at most ten times a second, if the stream is a terminal.

    Args:
        stream: standard error, which a process may lack.
        clock: returns seconds.
    """

    def __init__(self, stream: TextIO | None, clock: Callable[[], float] = time.monotonic) -> None:
        self.is_live = stream is not None and stream.isatty()
        self._stream = stream
        self._clock = clock
        self._stage: object = None
        self._stage_start = clock()
        self._next_time = 0.0
        self._text = ""
        self._width = 0

    def enter(self, stage: object) -> float:
        """Note the current stage of the work; return how many seconds it has lasted.

        The first text of a stage is shown without delay.
        """
        now = self._clock()
        if stage != self._stage:
            self._stage, self._stage_start, self._next_time = stage, now, 0.0
        return now - self._stage_start

    def show(self, text: str) -> None:
        """Overwrite the line, up to the width of the terminal; skip texts that follow too soon."""
        self._text = text
        now = self._clock()
        if now >= self._next_time:
            self._next_time = now + _INTERVAL_SECONDS
            self._draw(text)

    def wipe(self) -> None:
        """Erase the line, and move the cursor to its start."""
        if self._width:
            self._draw("")
            overwrite("", self._stream)

    def leave(self) -> None:
        """Show the last text even if it was skipped, and move to the next line."""
        if self._width:
            self._draw(self._text)
            end_line(self._stream)
            self._width = 0

    def _draw(self, text: str) -> None:
        if not self.is_live:
            return
        text = printable(text)[: shutil.get_terminal_size().columns - 1]
        # Spaces erase the old text on every terminal, even if TERM is dumb.
        overwrite(f"{text:{self._width}}", self._stream)
        self._width = len(text)
