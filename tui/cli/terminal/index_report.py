"""How an indexing run reports its progress: a line on the terminal, JSON lines, or nothing."""

from __future__ import annotations

import sys
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tui.cli.terminal.output import say, say_json
from tui.cli.terminal.progress_line import ProgressLine
from tui.core.formatting import duration_text, plural, printable, running_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TextIO

    from tui.core.domain import Failure, Progress
    from tui.indexing.report import IndexReport

FAILURES_SHOWN = 20


class JsonLines:
    """Events on stdout, one JSON object a line; the last one is ``done`` or ``cancelled``.

    If the reader closes the pipe, ``stop`` is called, so that the run commits its last batch.
    """

    def __init__(self, stop: Callable[[], None], stream: TextIO | None = None) -> None:
        self._stop = stop
        self._stream = stream or sys.stdout
        self._lost: BrokenPipeError | None = None

    def progress(self, progress: Progress) -> None:
        """Write a ``progress`` event."""
        self._write("progress", asdict(progress))

    def finished(self, report: IndexReport) -> None:
        """Write a ``failure`` event per file, a ``notice`` per missing folder, and the last event.

        Raises:
            BrokenPipeError: the reader has closed the pipe.
        """
        for failure in report.failures:
            self._write("failure", {"path": str(failure.path), "reason": failure.reason})
        for sentence in report.reasons.values():
            self.notice(sentence)
        self._write("cancelled" if report.cancelled else "done", _figures(report))
        if self._lost is not None:
            raise self._lost

    def watching(self) -> None:
        """Write a ``watching`` event."""
        self._write("watching", {})

    def notice(self, sentence: str) -> None:
        """Write a ``notice`` event."""
        self._write("notice", {"sentence": sentence})

    def clear(self) -> None:
        """Do nothing: JSON lines are always complete."""

    def _write(self, event: str, fields: dict[str, Any]) -> None:
        if self._lost is not None:
            return
        try:
            say_json({"event": event, **fields}, self._stream)
        except BrokenPipeError as error:
            self._lost = error
            self._stop()


class TerminalReport:
    """A progress line on stderr, and a summary at the end."""

    def __init__(
        self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream = stream or sys.stderr
        self._line = ProgressLine(self._stream, clock)

    def progress(self, progress: Progress) -> None:
        """Show the line if stderr is a terminal."""
        self._line.enter(progress.phase)
        self._line.show(running_text(progress))

    def finished(self, report: IndexReport) -> None:
        """List the failed files and print the summary."""
        self.clear()
        for line in [*failed_files(report.failures), *remarks(report), summary(report)]:
            say(line, stream=self._stream)

    def watching(self) -> None:
        """Print a line if stderr is a terminal."""
        if self._line.is_live:
            say("Watching for changes; press Ctrl-C to stop.", stream=self._stream)

    def notice(self, sentence: str) -> None:
        """Print the sentence on a line of its own."""
        self.clear()
        say(f"photoseek: {sentence}", stream=self._stream)

    def clear(self) -> None:
        """Erase the line."""
        self._line.wipe()


Reporter = JsonLines | TerminalReport
"""Receives the events of a run."""


def summary(report: IndexReport) -> str:
    """Return the summary of a run in one line."""
    counts = ", ".join(f"{value:,} {name}" for name, value in _counts(report).items())
    if report.cancelled:
        return f"Stopped: {counts}. Progress is saved; run again to resume."
    return f"{counts} in {duration_text(report.seconds)}."


def failed_files(failures: Sequence[Failure]) -> list[str]:
    """Return one line per failed file: at most `FAILURES_SHOWN`, then a count of the others."""
    shown = failures[:FAILURES_SHOWN]
    lines = [f"{printable(failure.path)}: {printable(failure.reason)}" for failure in shown]
    if len(failures) > len(shown):
        lines.append(f"... and {len(failures) - len(shown):,} more")
    return lines


def remarks(report: IndexReport) -> list[str]:
    """Return a sentence for each missing folder, and one for files still being written."""
    lines = []
    for folder in report.missing:
        why = report.reasons.get(folder, f"{folder} can't be read.")
        lines.append(f"{printable(why)} Its pictures stay in the library but are hidden.")
    if report.waiting:
        lines.append(
            f"{plural(report.waiting, 'file')} still being written; the next run indexes them."
        )
    return lines


def _figures(report: IndexReport) -> dict[str, Any]:
    missing = [str(folder) for folder in report.missing]
    return {
        **_counts(report),
        "seconds": round(report.seconds, 3),
        "waiting": report.waiting,
        "missing": missing,
    }


def _counts(report: IndexReport) -> dict[str, int]:
    names = ("indexed", "unchanged", "reused", "removed", "failed")
    return {name: getattr(report, name) for name in names}
