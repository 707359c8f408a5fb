"""Downloading a model in a child process: ``photoseek models pull NAME --json --supervised``."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tui.app.workers.tasks import LibraryMessage
from tui.core.child_process import JsonLinesProcess, NotStartedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from textual.message import Message

    from tui.app.workers.tasks import BackgroundTasks
    from tui.core.settings import Settings


@dataclass
class PullAsked(LibraryMessage):
    """The user requests the download of a model; ``take`` to switch to it when it is complete."""

    name: str
    take: bool = False


@dataclass
class PullMoved(LibraryMessage):
    """A download has progressed; ``text`` describes the progress."""

    name: str
    text: str


@dataclass
class PullEnded(LibraryMessage):
    """A download has ended; ``sentence`` is the reason of a failure."""

    name: str
    outcome: Literal["done", "stopped", "failed"]
    sentence: str = ""


def pull_command(settings: Settings, name: str) -> Sequence[str]:
    """Return the command line that downloads a model."""
    command = [sys.executable, "-P", "-m", "tui", "models", "pull", "--json", "--supervised"]
    return [*command, "--data-dir", str(settings.data_dir), "--", name]


class ModelDownload:
    """The download of one model. Posts `PullMoved`, and `PullEnded` at the end.

    Args:
        name: the model.
        command: the command line that downloads it.
        environment: of that process.
        tasks: run the thread that reads the process and post the messages.

    Attributes:
        text: the latest progress.
        short: the latest progress in a few words.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        tasks: BackgroundTasks,
    ) -> None:
        self.name = name
        self.text = self.short = "starting…"
        self._process = JsonLinesProcess(command, environment)
        self._tasks = tasks
        self._is_stopping = False

    def start(self) -> None:
        """Start the process."""
        self._tasks.start("model", self._messages)

    def stop(self) -> None:
        """Stop; the next download of the model resumes with the bytes received so far."""
        self._is_stopping = True
        self.text = self.short = "pausing…"
        self._process.close()

    def _messages(self) -> Iterator[Message]:
        try:
            for data in self._process.objects():
                texts = _progress_texts(data)
                if texts and not self._is_stopping:
                    self.text, self.short = texts
                    yield PullMoved(self.name, self.text)
        except NotStartedError as error:
            yield PullEnded(self.name, "failed", f"The download could not start: {error}.")
            return
        if self._process.exit_status == 0:
            yield PullEnded(self.name, "done")
        elif self._is_stopping:
            yield PullEnded(self.name, "stopped")
        else:
            reason = self._process.error_line or "The download ended unexpectedly."
            yield PullEnded(self.name, "failed", reason)


def _progress_texts(data: dict[str, Any]) -> tuple[str, str] | None:
    """Describe the progress that the process reports; None for any other object."""
    from tui.models.describe import pull_text, short_pull_text
    from tui.models.pull import PullProgress

    with suppress(ValueError, TypeError):
        if data.pop("event", None) == "pull":
            progress = PullProgress(**data)
            return pull_text(progress), short_pull_text(progress)
    return None
