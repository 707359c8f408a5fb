"""Indexing in a process of its own: ``photoseek index --json --supervised``.

It prints one JSON object a line; told to stop, it does so at the next batch.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from textual.message import Message

import tui
from tui.app.workers.child_process import ChildProcess, NotStartedError
from tui.core.domain import Failure, Phase, Progress
from tui.core.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tui.app.workers.tasks import BackgroundTasks


_COUNTS = ("done", "total", "indexed", "reused", "unchanged", "removed", "failed")


@dataclass(frozen=True, slots=True)
class Ended:
    """The child's last word."""

    outcome: Literal["done", "cancelled"]
    progress: Progress


@dataclass(frozen=True, slots=True)
class Watching:
    """The child has indexed all and follows what changes."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something for the user that ends nothing."""

    sentence: str


Event = Progress | Failure | Ended | Watching | Notice


def index_command(settings: Settings, folder: Path) -> list[str]:
    """Return the command line that indexes ``folder``; more folders may be added at its end."""
    child = [sys.executable, "-P", "-m", "tui", "index", "--json", "--supervised"]
    watch = ["--watch"] if settings.watch else []
    return [*child, *watch, "--model", settings.model, "--", str(folder)]


def child_environment(settings: Settings) -> dict[str, str]:
    """Return the environment in which the child has our settings and our own code.

    The folder that the app runs in is kept off its module path: it holds the user's files.
    """
    environment = dict(os.environ)
    for field in fields(Settings):
        value = getattr(settings, field.name)
        text = json.dumps(value) if isinstance(value, tuple) else str(value)
        environment[f"PHOTOSEEK_{field.name.upper()}"] = text
    # An empty variable says nothing, and the file may name another library.
    environment["PHOTOSEEK_LIBRARY"] = settings.library or str(settings.data_dir)
    home = str(Path(tui.__file__).parent.parent)
    inherited = environment.get("PYTHONPATH")
    environment["PYTHONPATH"] = os.pathsep.join([home, inherited] if inherited else [home])
    environment["PYTHONSAFEPATH"] = "1"
    return environment


def read_event(line: bytes) -> Event | None:
    """Read one line of the child; None for what is not understood."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return _event(data) if isinstance(data, dict) else None


def _event(data: dict[str, Any]) -> Event | None:
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
    left = data.get("seconds_left")
    return Progress(
        phase=phase,
        rate=_number(data.get("rate")),
        seconds=_number(data.get("seconds")),
        seconds_left=None if left is None else _number(left),
        **counts,
    )


def _number(value: object) -> float:
    """Read a count or a duration: finite and not negative, whatever came."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    return float(value) if 0 <= value < 1e15 else 0.0


class IndexProcess:
    """One run over some folders, and what changes in them after: start, stop, leave behind.

    Args:
        folders: those.
        command: the child's command line.
        environment: the child's.
        tasks: run what is to do beside the screen.
        why_not: asked first, in a thread; a sentence means that there is no run.
        number: of the run; its messages carry it.

    Attributes:
        folders: the one that was asked for, and others to follow with it.
        progress: how far it is.
        stopping: it was told to stop.
        watching: all is indexed, and changes are followed.
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
        self._child = ChildProcess(command, environment)
        self._tasks = tasks
        self._why_not = why_not
        self._left = False

    def start(self) -> None:
        """Start the child; what it says is posted as messages, at last `IndexEnded`."""
        self._tasks.start("indexing", self._watch)

    @property
    def folder(self) -> Path:
        """The folder that was asked for."""
        return self.folders[0]

    def cancel(self) -> None:
        """Ask the child to stop after its batch; asked again, end it now (a batch is lost)."""
        if self.stopping:
            self._child.end()
        self.stopping = True
        self._child.cancel()

    def leave(self) -> None:
        """Let go of the child: it finishes its batch and ends, unheard and not waited for."""
        self._left = True
        self._child.close()

    def _watch(self) -> Iterator[Message]:
        if (sentence := self._why_not()) is not None:
            yield from self._refused("refused", sentence)
            return
        ended: Ended | None = None
        try:
            for line in self._child.lines():
                event = read_event(line)
                if isinstance(event, Ended):
                    ended = event
                if event is not None and not self._left:
                    yield from self._told(event, ended)
        except NotStartedError as error:
            yield from self._refused("failed", f"Indexing could not start: {error}.")
            return
        if not self._left:
            yield self._last_word(ended)

    def _refused(self, outcome: Literal["refused", "failed"], sentence: str) -> Iterator[Message]:
        if not self._left:
            yield IndexEnded(self.folder, outcome, self.progress, sentence, run=self.number)

    def _told(self, event: Event, ended: Ended | None) -> Iterator[Message]:
        if isinstance(event, Progress):
            self.progress = event
            yield IndexProgressed(self.folder, event, self.number)
        elif isinstance(event, Failure):
            yield IndexFailure(self.folder, event, self.number)
        elif isinstance(event, Notice):
            yield IndexNoticed(self.folder, event.sentence, self.number)
        else:
            self.watching |= isinstance(event, Watching)
            if self.watching and ended is not None:
                yield IndexWatching(self.folder, _whole(ended.progress), self.number)

    def _last_word(self, ended: Ended | None) -> IndexEnded:
        if ended is not None and not self.watching:
            progress = _whole(ended.progress, self.progress.total)
            return IndexEnded(self.folder, ended.outcome, progress, run=self.number)
        if self.stopping:
            return IndexEnded(
                self.folder, "cancelled", self.progress, watching=self.watching, run=self.number
            )
        unexpected = f"Indexing ended unexpectedly (exit status {self._child.status})."
        reason = self._child.last_line or unexpected
        return IndexEnded(self.folder, "failed", self.progress, reason, run=self.number)


def _whole(progress: Progress, total: int = 0) -> Progress:
    """Add up what the child's closing figures leave out."""
    done = progress.indexed + progress.reused + progress.failed
    return replace(progress, done=done, total=max(total, done))


@dataclass
class IndexProgressed(Message):
    """The indexing process said how far it is; ``run`` is the number of its run."""

    folder: Path
    progress: Progress
    run: int = 0


@dataclass
class IndexFailure(Message):
    """The indexing process could not use one file."""

    folder: Path
    failure: Failure
    run: int = 0


@dataclass
class IndexWatching(Message):
    """All is indexed and changes are followed; comes again after each change, with its figures."""

    folder: Path
    progress: Progress
    run: int = 0


@dataclass
class IndexNoticed(Message):
    """The indexing process has something to tell that ends nothing."""

    folder: Path
    sentence: str
    run: int = 0


@dataclass
class IndexEnded(Message):
    """The indexing process has gone.

    Attributes:
        folder: what it was indexing.
        outcome: how it ended; ``refused`` before it began.
        sentence: why, where it is ``failed`` or ``refused``.
        watching: it had indexed all and was following changes.
        run: the number of the run; a newer one may have begun since.
    """

    folder: Path
    outcome: Literal["done", "cancelled", "failed", "refused"]
    progress: Progress
    sentence: str = ""
    watching: bool = False
    run: int = 0
