"""Indexing in a child process: ``photoseek index --json --supervised``.

The process stops after its current batch when it is asked to.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from threading import Event
from typing import TYPE_CHECKING, Any, Literal, get_args

from tui.app.workers.tasks import LibraryMessage
from tui.core.child_process import JsonLinesProcess, NotStartedError
from tui.core.domain import Failure, Phase, Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from textual.message import Message

    from tui.app.workers.tasks import BackgroundTasks
    from tui.core.settings import Settings


Outcome = Literal["done", "cancelled", "failed", "refused"]

_COUNTS = (
    *("done", "total", "indexed", "reused", "unchanged", "removed", "failed"),
    *("folder", "folders"),
)


@dataclass(frozen=True, slots=True)
class Ended:
    """The process has finished its work."""

    outcome: Literal["done", "cancelled"]
    progress: Progress


@dataclass(frozen=True, slots=True)
class Watching:
    """The process has indexed everything and watches for changes."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence for the user; the process continues."""

    sentence: str


ChildEvent = Progress | Failure | Ended | Watching | Notice


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """A run has indexed everything and watches for changes; reported again after each change."""

    progress: Progress


@dataclass(frozen=True, slots=True)
class IndexEnded:
    """A run has ended.

    Attributes:
        folder: the folder it was started for.
        folders: all folders of the run; that one is the first.
        outcome: ``refused`` if it was not permitted to start.
        progress: the last progress, or the final counts.
        sentence: the reason of ``failed`` or ``refused``.
        watching: it had indexed everything and was watching for changes.
    """

    folder: Path
    outcome: Outcome
    progress: Progress
    sentence: str = ""
    watching: bool = False
    folders: tuple[Path, ...] = ()


Report = Progress | CaughtUp | Notice | IndexEnded


@dataclass
class IndexReported(LibraryMessage):
    """A run reports; ``run`` is its number, since another run may have started meanwhile."""

    run: int
    report: Report


def index_command(settings: Settings, folder: Path) -> list[str]:
    """Return the command line that indexes ``folder``; the caller may append more folders."""
    command = [sys.executable, "-P", "-m", "tui", "index", "--json", "--supervised"]
    watch = ["--watch"] if settings.watch else []
    return [*command, *watch, "--model", settings.model, "--", str(folder)]


def read_event(data: dict[str, Any]) -> ChildEvent | None:
    """Read an object that the process prints; return None for an unknown event."""
    match data.get("event"):
        case "progress":
            return _progress(data)
        case "failure":
            return Failure(_to_path(str(data.get("path", ""))), str(data.get("reason", "")))
        case "done" | "cancelled" as outcome:
            return Ended(outcome, _progress({**data, "phase": outcome}))
        case "watching":
            return Watching()
        case "notice":
            return Notice(str(data.get("sentence", "")))
        case _:
            return None


def _to_path(text: str) -> Path:
    from tui.storage.objects.path import to_path

    return to_path(text)


def _progress(data: dict[str, Any]) -> Progress:
    counts = {name: int(_number(data.get(name))) for name in _COUNTS}
    phase: Phase = data["phase"] if data.get("phase") in get_args(Phase) else "embedding"
    seconds_left = data.get("seconds_left")
    return Progress(
        phase=phase,
        rate=_number(data.get("rate")),
        seconds=_number(data.get("seconds")),
        seconds_left=None if seconds_left is None else _number(seconds_left),
        **counts,
    )


def _number(value: object) -> float:
    """Return a finite number that is not negative; 0 for any other value."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    return float(value) if 0 <= value < 1e15 else 0.0


class IndexProcess:
    """One run over some folders, which then watches them. Posts `IndexReported`.

    Args:
        folders: the requested folder first.
        command: the command line of the process.
        environment: of the process.
        tasks: run the thread that reads the process and post the messages.
        why_not: called first, in that thread; returns a sentence if the run is not permitted.
        number: of the run; its messages carry it.

    Attributes:
        progress: the latest progress.
        stopping: it was asked to stop.
        watching: it has indexed everything and watches for changes.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        command: Sequence[str],
        environment: dict[str, str],
        tasks: BackgroundTasks,
        *,
        why_not: Callable[[], str | None] = lambda: None,
        number: int = 0,
    ) -> None:
        self.number = number
        self.folders = tuple(folders)
        self.watching = False
        self.progress = Progress("scanning")
        self.stopping = False
        self._process = JsonLinesProcess(command, environment)
        self._tasks = tasks
        self._why_not = why_not
        self._is_detached = False
        self._has_ended = Event()

    def start(self) -> None:
        """Start the process; its last report is `IndexEnded`."""
        self._tasks.start("indexing", self._messages)

    @property
    def folder(self) -> Path:
        """The requested folder."""
        return self.folders[0]

    def cancel(self) -> None:
        """Stop the process after its batch; the second call ends it now, without that batch."""
        if self.stopping:
            self._process.terminate()
        self.stopping = True
        self._process.cancel()

    def leave(self) -> None:
        """Detach from the process, which ends after its batch; post no more messages."""
        self._is_detached = True
        self._process.close()

    def wait(self, seconds: float) -> bool:
        """Wait in a thread until the process has ended; return False if it has not."""
        return self._has_ended.wait(seconds)

    def _messages(self) -> Iterator[Message]:
        try:
            for report in self._reports():
                if not self._is_detached:  # the output is read to the end: a full pipe would block
                    yield IndexReported(self.number, report)
        finally:
            self._has_ended.set()

    def _reports(self) -> Iterator[Report]:
        if (sentence := self._why_not()) is not None:
            yield self._ended("refused", sentence)
            return
        ended: Ended | None = None
        try:
            for data in self._process.objects():
                event = read_event(data)
                if isinstance(event, Ended):
                    ended = event
                if event is not None:
                    yield from self._reports_of(event, ended)
        except NotStartedError as error:
            yield self._ended("failed", f"Indexing could not start: {error}.")
            return
        yield self._exit_report(ended)

    def _reports_of(self, event: ChildEvent, ended: Ended | None) -> Iterator[Report]:
        if isinstance(event, Progress):
            self.progress = event
        if isinstance(event, Progress | Notice):
            yield event
        elif isinstance(event, Ended | Watching):
            self.watching |= isinstance(event, Watching)
            if self.watching and ended is not None:
                yield CaughtUp(_with_totals(ended.progress))

    def _exit_report(self, ended: Ended | None) -> IndexEnded:
        """Return the outcome of a process that has exited, given its last `Ended` event."""
        if ended is not None and not self.watching:
            self.progress = _with_totals(ended.progress, self.progress.total)
            return self._ended(ended.outcome)
        if self.stopping:
            return self._ended("cancelled")
        status = self._process.exit_status
        unexpected = f"Indexing ended unexpectedly (exit status {status})."
        return self._ended("failed", self._process.error_line or unexpected)

    def _ended(self, outcome: Outcome, sentence: str = "") -> IndexEnded:
        is_watching = self.watching and outcome == "cancelled"
        return IndexEnded(
            self.folder, outcome, self.progress, sentence, is_watching, folders=self.folders
        )


def _with_totals(progress: Progress, total: int = 0) -> Progress:
    """Add ``done`` and ``total``, which the final counts lack."""
    done = progress.indexed + progress.reused + progress.failed
    return replace(progress, done=done, total=max(total, done))
