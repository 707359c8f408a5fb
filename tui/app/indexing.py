"""Indexing in a process of its own, so that neither the GIL nor a decoder reaches the screen.

The child is ``photoseek index --json --supervised``: it prints one JSON object a line, and stops
at the next batch when its standard input says ``cancel`` or closes.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from pathlib import Path
from subprocess import PIPE, Popen
from threading import Lock
from typing import IO, TYPE_CHECKING, Any, Literal, get_args

import tui
from tui.app.messages import (
    IndexEnded,
    IndexFailure,
    IndexNoticed,
    IndexProgressed,
    IndexWatching,
)
from tui.config import Settings
from tui.domain import Failure, Phase, Progress

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from textual.message import Message

    from tui.app.background import Tasks

_COUNTS = ("done", "total", "indexed", "reused", "unchanged", "removed", "failed")
_TAIL_BYTES = 4_000


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
        environment[f"PHOTOSEEK_{field.name.upper()}"] = str(getattr(settings, field.name))
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
            return Failure(Path(str(data.get("path", ""))), str(data.get("reason", "")))
        case "done" | "cancelled" as outcome:
            return Ended(outcome, _progress({**data, "phase": outcome}))
        case "watching":
            return Watching()
        case "notice":
            return Notice(str(data.get("sentence", "")))
        case _:
            return None


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


class IndexRun:
    """One run over some folders, and what changes in them after: start, stop, leave behind.

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
        tasks: Tasks,
    ) -> None:
        self.folders = tuple(folders)
        self.watching = False
        self.progress = Progress("scanning")
        self.stopping = False
        self._command = command
        self._environment = environment
        self._tasks = tasks
        self._lock = Lock()
        self._left = False
        self._process: Popen[bytes] | None = None

    def start(self) -> None:
        """Start the child; what it says is posted as messages, at last `IndexEnded`."""
        self._tasks.start("indexing", self._watch)

    @property
    def folder(self) -> Path:
        """The folder that was asked for."""
        return self.folders[0]

    def cancel(self) -> None:
        """Ask the child to stop after its batch; asked again, end it now (a batch is lost)."""
        with self._lock:
            again, self.stopping = self.stopping, True
            self._tell_to_stop(now=again)

    def leave(self) -> None:
        """Let go of the child: it finishes its batch and ends, unheard and not waited for."""
        with self._lock:
            self._left = True
            if self._process is not None and self._process.stdin is not None:
                with suppress(OSError):
                    self._process.stdin.close()

    def _tell_to_stop(self, *, now: bool) -> None:
        if self._process is None or self._process.stdin is None:
            return
        if now:
            self._process.terminate()
        with suppress(OSError, ValueError):
            self._process.stdin.write(b"cancel\n")
            self._process.stdin.flush()

    def _watch(self) -> Iterator[Message]:
        with tempfile.TemporaryFile() as errors:
            try:
                process = self._spawn(errors)
            except OSError as error:
                reason = f"Indexing could not start: {error.strerror}."
                yield IndexEnded(self.folder, "failed", self.progress, reason)
                return
            ended: Ended | None = None
            for line in process.stdout or ():
                event = read_event(line)
                if isinstance(event, Ended):
                    ended = event
                if event is not None and not self._left:
                    yield from self._told(event, ended)
            status = process.wait()
            if not self._left:
                yield self._last_word(ended, status, errors)

    def _told(self, event: Event, ended: Ended | None) -> Iterator[Message]:
        if isinstance(event, Progress):
            self.progress = event
            yield IndexProgressed(self.folder, event)
        elif isinstance(event, Failure):
            yield IndexFailure(self.folder, event)
        elif isinstance(event, Notice):
            yield IndexNoticed(self.folder, event.sentence)
        else:
            self.watching |= isinstance(event, Watching)
            if self.watching and ended is not None:
                yield IndexWatching(self.folder, _whole(ended.progress))

    def _spawn(self, errors: IO[bytes]) -> Popen[bytes]:
        with self._lock:
            process = Popen(  # the reader's loop and `leave` end it, not a context
                self._command,
                stdin=PIPE,
                stdout=PIPE,
                stderr=errors,
                env=self._environment,
                start_new_session=True,
            )
            self._process = process
            if self.stopping:
                self._tell_to_stop(now=False)
        if self._left:
            self.leave()
        return process

    def _last_word(self, ended: Ended | None, status: int, errors: IO[bytes]) -> IndexEnded:
        if ended is not None and not self.watching:
            progress = _whole(ended.progress, self.progress.total)
            return IndexEnded(self.folder, ended.outcome, progress)
        if self.stopping:
            return IndexEnded(self.folder, "cancelled", self.progress, watching=self.watching)
        reason = _last_line(errors) or f"Indexing ended unexpectedly (exit status {status})."
        return IndexEnded(self.folder, "failed", self.progress, reason)


def _whole(progress: Progress, total: int = 0) -> Progress:
    """Add up what the child's closing figures leave out."""
    done = progress.indexed + progress.reused + progress.failed
    return replace(progress, done=done, total=max(total, done))


def _last_line(errors: IO[bytes]) -> str:
    """Return the sentence that the child's standard error ends with."""
    errors.seek(max(0, errors.seek(0, os.SEEK_END) - _TAIL_BYTES))
    lines = errors.read().decode("utf-8", "replace").strip().splitlines()
    return lines[-1].removeprefix("photoseek: ") if lines else ""
