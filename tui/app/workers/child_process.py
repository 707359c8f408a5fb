"""A command of ours in its own process, so that neither the GIL nor a crash reaches the screen.

The command is run with ``--supervised``: it stops when its standard input says ``cancel`` or
closes. What it prints is read line by line.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from subprocess import PIPE, Popen
from threading import Lock
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_TAIL_BYTES = 4_000


class NotStartedError(Exception):
    """The process could not be started; the message says why."""


class ChildProcess:
    """One process; ``lines`` may be called once, in a worker, all else from any thread.

    What it is told before it has started it hears when it has.

    Args:
        command: the command line.
        environment: of the process.

    Attributes:
        status: its exit status, once it has ended.
        last_line: the sentence that its standard error ends with; empty where there is none.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.status = 0
        self.last_line = ""
        self._command = command
        self._environment = environment
        self._lock = Lock()
        self._process: Popen[bytes] | None = None
        self._cancelled = False
        self._closed = False

    def lines(self) -> Iterator[bytes]:
        """Start the process and yield what it prints, until it has ended.

        Raises:
            NotStartedError: there is no process.
        """
        with tempfile.TemporaryFile() as errors:
            process = self._spawn(errors)
            yield from process.stdout or ()
            self.status = process.wait()
            self.last_line = _last_line(errors)

    def cancel(self) -> None:
        """Ask it to stop."""
        with self._lock:
            self._cancelled = True
            self._say_cancel()

    def close(self) -> None:
        """Let go of it, which asks it to stop as well."""
        with self._lock:
            self._closed = True
            self._close_input()

    def end(self) -> None:
        """End it now, if it has started."""
        with self._lock:
            if self._process is not None:
                self._process.terminate()

    def _spawn(self, errors: IO[bytes]) -> Popen[bytes]:
        with self._lock:
            try:
                self._process = Popen(  # the reader's loop and `close` end it, not a context
                    self._command,
                    stdin=PIPE,
                    stdout=PIPE,
                    stderr=errors,
                    env=dict(self._environment),
                    start_new_session=True,
                )
            except OSError as error:
                raise NotStartedError(error.strerror) from error
            if self._cancelled:
                self._say_cancel()
            if self._closed:
                self._close_input()
            return self._process

    def _say_cancel(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            with suppress(OSError, ValueError):  # it has ended, or its input is closed
                self._process.stdin.write(b"cancel\n")
                self._process.stdin.flush()

    def _close_input(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()


def _last_line(errors: IO[bytes]) -> str:
    errors.seek(max(0, errors.seek(0, os.SEEK_END) - _TAIL_BYTES))
    lines = errors.read().decode("utf-8", "replace").strip().splitlines()
    return lines[-1].removeprefix("photoseek: ") if lines else ""
