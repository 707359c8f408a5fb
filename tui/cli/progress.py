"""How an indexing run tells where it stands: a line on the terminal, JSON lines, or nothing."""

from __future__ import annotations

import json
import shutil
import sys
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Protocol

import click

from tui.display import duration, printable, progress_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tui.domain import Failure, Phase, Progress
    from tui.library.indexer import IndexReport

INTERVAL = 0.2
"""Seconds between two reports of one phase."""

FAILURES_SHOWN = 20


class Reporter(Protocol):
    """Told of a run as it goes."""

    def progress(self, progress: Progress) -> None:
        """The run stands here now; called as often as one likes."""
        ...

    def finished(self, report: IndexReport) -> None:
        """The run has ended, done or cancelled."""
        ...


class _Pace:
    """Lets through each new phase and, within one, five reports a second."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._phase: Phase | None = None
        self._next = 0.0

    def is_due(self, phase: Phase) -> bool:
        now = self._clock()
        if phase == self._phase and now < self._next:
            return False
        self._phase, self._next = phase, now + INTERVAL
        return True


class JsonLines:
    """Events on stdout, one JSON object a line; the last one is ``done`` or ``cancelled``.

    When nobody reads any more the run is asked to stop, so that no batch is lost half-way.
    """

    def __init__(self, stop: Callable[[], None]) -> None:
        self._stop = stop
        self._pace = _Pace()
        self._lost: BrokenPipeError | None = None

    def progress(self, progress: Progress) -> None:
        """Write a ``progress`` event."""
        if self._pace.is_due(progress.phase):
            self._write("progress", asdict(progress))

    def finished(self, report: IndexReport) -> None:
        """Write a ``failure`` event a file, then the closing event.

        Raises:
            BrokenPipeError: the reader has gone.
        """
        for failure in report.failures:
            self._write("failure", {"path": str(failure.path), "reason": failure.reason})
        self._write("cancelled" if report.cancelled else "done", _figures(report))
        if self._lost is not None:
            raise self._lost

    def _write(self, event: str, fields: dict[str, Any]) -> None:
        if self._lost is not None:
            return
        try:
            click.echo(json.dumps({"event": event, **fields}))
        except BrokenPipeError as error:
            self._lost = error
            self._stop()


class TerminalLine:
    """One line on stderr that is written over, and a summary at the end."""

    def __init__(self) -> None:
        self._pace = _Pace()
        self._is_live = sys.stderr is not None and sys.stderr.isatty()
        self._width = 0

    def progress(self, progress: Progress) -> None:
        """Show the line, where stderr is a terminal."""
        if self._is_live and self._pace.is_due(progress.phase):
            self._show(progress_text(progress))

    def finished(self, report: IndexReport) -> None:
        """Wipe the line, list what failed and sum up."""
        if self._width:
            self._show("")
            click.echo("\r", nl=False, err=True)
        for line in [*failed_files(report.failures, report.failed), summary(report)]:
            click.echo(line, err=True)

    def _show(self, line: str) -> None:
        line = line[: shutil.get_terminal_size().columns - 1]
        # Spaces wipe the rest on every terminal, also where TERM is dumb.
        click.echo(f"\r{line:{self._width}}", nl=False, err=True)
        self._width = len(line)


def summary(report: IndexReport) -> str:
    """Sum a run up in one line."""
    counts = ", ".join(f"{value:,} {name}" for name, value in _counts(report).items())
    if report.cancelled:
        return f"Stopped: {counts}; all of it is kept, run the same command to go on."
    return f"{counts} in {duration(report.seconds)}."


def failed_files(failures: Sequence[Failure], total: int) -> list[str]:
    """List what failed and why, at most `FAILURES_SHOWN` lines and one for the rest."""
    shown = failures[:FAILURES_SHOWN]
    lines = [f"{printable(failure.path)}: {printable(failure.reason)}" for failure in shown]
    if total > len(shown):
        lines.append(f"... and {total - len(shown):,} more")
    return lines


def _figures(report: IndexReport) -> dict[str, Any]:
    return {**_counts(report), "seconds": round(report.seconds, 3)}


def _counts(report: IndexReport) -> dict[str, int]:
    names = ("indexed", "unchanged", "reused", "removed", "failed")
    return {name: getattr(report, name) for name in names}
