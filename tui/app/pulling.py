"""Fetching a model in a process of its own: ``photoseek models pull NAME --json --supervised``."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from contextlib import suppress
from subprocess import PIPE, Popen
from threading import Lock
from typing import IO, TYPE_CHECKING

from tui.app.messages import PullEnded, PullMoved

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from textual.message import Message

    from tui.app.background import Tasks
    from tui.config import Settings

_TAIL_BYTES = 4_000


def pull_command(settings: Settings, name: str) -> Sequence[str]:
    """Return the command line that fetches a model."""
    child = [sys.executable, "-P", "-m", "tui", "models", "pull", "--json", "--supervised"]
    return [*child, "--data-dir", str(settings.data_dir), "--", name]


class Pull:
    """One download: start, stop, leave.

    Args:
        name: the model.
        command: fetches it.
        environment: of that process.
        tasks: hear what it says, as `PullMoved` and at last `PullEnded`.
    """

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], tasks: Tasks
    ) -> None:
        self.name = name
        self.text = "starting"
        self._command = command
        self._environment = environment
        self._tasks = tasks
        self._lock = Lock()
        self._stopping = False
        self._process: Popen[bytes] | None = None

    def start(self) -> None:
        """Begin."""
        self._tasks.start("model", self._watch)

    def stop(self) -> None:
        """Stop; what has come stays, and the next time goes on from there."""
        with self._lock:
            self._stopping = True
            self.text = "stopping"
            if self._process is not None and self._process.stdin is not None:
                with suppress(OSError):
                    self._process.stdin.close()  # which tells it to

    def _watch(self) -> Iterator[Message]:
        with tempfile.TemporaryFile() as errors:
            try:
                process = self._spawn(errors)
            except OSError as error:
                yield PullEnded(self.name, "failed", f"Fetching could not start: {error.strerror}.")
                return
            for line in process.stdout or ():
                text = _text_of(line)
                if text and not self._stopping:
                    self.text = text
                    yield PullMoved(self.name, text)
            code = process.wait()
            if code == 0:
                yield PullEnded(self.name, "done")
            elif self._stopping:
                yield PullEnded(self.name, "stopped")
            else:
                yield PullEnded(self.name, "failed", _last_line(errors))

    def _spawn(self, errors: IO[bytes]) -> Popen[bytes]:
        with self._lock:
            self._process = Popen(
                self._command,
                stdin=PIPE,
                stdout=PIPE,
                stderr=errors,
                env=dict(self._environment),
                start_new_session=True,
            )
        if self._stopping:
            self.stop()
        return self._process


def _text_of(line: bytes) -> str:
    """Put one line of the child into words; empty for what is not understood."""
    from tui.models.pull import PullProgress
    from tui.models.wording import pull_text

    with suppress(ValueError, TypeError, RecursionError):
        found = json.loads(line)
        if found.pop("event", None) == "pull":
            return pull_text(PullProgress(**found))
    return ""


def _last_line(errors: IO[bytes]) -> str:
    errors.seek(max(0, errors.seek(0, os.SEEK_END) - _TAIL_BYTES))
    lines = errors.read().decode("utf-8", "replace").strip().splitlines()
    return lines[-1].removeprefix("photoseek: ") if lines else "Fetching ended unexpectedly."
