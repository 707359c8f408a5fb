"""Fetching a model in a process of its own: ``photoseek models pull NAME --json --supervised``."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from textual.message import Message

from tui.app.workers.child_process import ChildProcess, NotStartedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tui.app.workers.tasks import BackgroundTasks
    from tui.core.settings import Settings


def pull_command(settings: Settings, name: str) -> Sequence[str]:
    """Return the command line that fetches a model."""
    child = [sys.executable, "-P", "-m", "tui", "models", "pull", "--json", "--supervised"]
    return [*child, "--data-dir", str(settings.data_dir), "--", name]


class ModelDownload:
    """One download: start, stop, leave.

    Args:
        name: the model.
        command: fetches it.
        environment: of that process.
        tasks: hear what it says, as `PullMoved` and at last `PullEnded`.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        tasks: BackgroundTasks,
    ) -> None:
        self.name = name
        self.text = "starting"
        self._child = ChildProcess(command, environment)
        self._tasks = tasks
        self._stopping = False

    def start(self) -> None:
        """Begin."""
        self._tasks.start("model", self._watch)

    def stop(self) -> None:
        """Stop; what has come stays, and the next time goes on from there."""
        self._stopping = True
        self.text = "stopping"
        self._child.close()

    def _watch(self) -> Iterator[Message]:
        try:
            for line in self._child.lines():
                text = _text_of(line)
                if text and not self._stopping:
                    self.text = text
                    yield PullMoved(self.name, text)
        except NotStartedError as error:
            yield PullEnded(self.name, "failed", f"Fetching could not start: {error}.")
            return
        if self._child.status == 0:
            yield PullEnded(self.name, "done")
        elif self._stopping:
            yield PullEnded(self.name, "stopped")
        else:
            reason = self._child.last_line or "Fetching ended unexpectedly."
            yield PullEnded(self.name, "failed", reason)


def _text_of(line: bytes) -> str:
    """Put one line of the child into words; empty for what is not understood."""
    from tui.models.describe import pull_text
    from tui.models.pull import PullProgress

    with suppress(ValueError, TypeError, RecursionError):
        found = json.loads(line)
        if found.pop("event", None) == "pull":
            return pull_text(PullProgress(**found))
    return ""


@dataclass
class PullAsked(Message):
    """The user wants a model downloaded; ``take`` to use it as soon as it is complete."""

    name: str
    take: bool = False


@dataclass
class PullMoved(Message):
    """A model is being fetched; ``text`` says how far it is."""

    name: str
    text: str


@dataclass
class PullEnded(Message):
    """Fetching has ended; ``sentence`` says why where it failed."""

    name: str
    outcome: Literal["done", "stopped", "failed"]
    sentence: str = ""
