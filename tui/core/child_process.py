"""Runs a photoseek command in a child process, to isolate the screen from crashes and the GIL.

The command prints one JSON object per line, and stops when its standard input contains ``cancel``
or closes.

In the app a thread reads the lines. asyncio's subprocesses are unsuitable: their transport kills
the process when the event loop closes, but an indexing run has to finish its batch after that.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from subprocess import PIPE, Popen
from typing import IO, TYPE_CHECKING, Any

import tui
from tui.core.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_TAIL_BYTES = 4_000


class NotStartedError(Exception):
    """The process could not be started; the message is the reason."""


class JsonLinesProcess:
    """One child process. Only ``objects`` blocks; call it once, in a thread.

    The pipe to its standard input exists before the process, which therefore receives commands that
    were sent before it started.

    Args:
        command: the command line.
        environment: of the process.

    Attributes:
        exit_status: of the process, once it has ended.
        error_line: the last line of its standard error; empty if there is none.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.exit_status = 0
        self.error_line = ""
        self._command = command
        self._environment = environment
        self._process: Popen[bytes] | None = None
        read_end, write_end = os.pipe()
        self._child_input = os.fdopen(read_end, "rb", buffering=0)
        self._input = os.fdopen(write_end, "wb", buffering=0)

    def objects(self) -> Iterator[dict[str, Any]]:
        """Start the process and yield each JSON object that it prints, until it ends.

        Other lines are skipped.

        Raises:
            NotStartedError: the process can't be started.
        """
        with _error_file() as errors:
            self._process = process = self._start(errors)
            for line in process.stdout or ():
                if (data := _json_object(line)) is not None:
                    yield data
            self.exit_status = process.wait()
            self.error_line = _last_line(errors)

    @property
    def has_ended(self) -> bool:
        """Whether the process was started and has ended."""
        return self._process is not None and self._process.poll() is not None

    def send(self, data: Mapping[str, Any]) -> None:
        """Write a JSON object to the standard input of the process, in one line."""
        self._write(json.dumps(data).encode() + b"\n")

    def cancel(self) -> None:
        """Ask the process to stop."""
        self._write(b"cancel\n")

    def close(self) -> None:
        """Close the standard input of the process, which then stops."""
        self._input.close()

    def terminate(self) -> None:
        """Kill the process if it runs."""
        if self._process is not None:
            self._process.terminate()

    def kill(self) -> None:
        """Kill the process and wait for its end."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _write(self, line: bytes) -> None:
        with suppress(OSError, ValueError):  # it has ended, or its input is closed
            while line:
                line = line[self._input.write(line) :]

    def _start(self, errors: IO[bytes]) -> Popen[bytes]:
        with self._child_input:
            try:
                return Popen(
                    self._command,
                    stdin=self._child_input,
                    stdout=PIPE,
                    stderr=errors,
                    env=dict(self._environment),
                    start_new_session=True,
                )
            except OSError as error:
                raise NotStartedError(error.strerror) from error


def child_environment(settings: Settings) -> dict[str, str]:
    """Return an environment with these settings and the code of this process.

    The module path excludes the current folder, which contains the user's files.
    """
    environment = dict(os.environ)
    for field in fields(Settings):
        value = getattr(settings, field.name)
        text = json.dumps(value) if isinstance(value, tuple) else str(value)
        environment[f"PHOTOSEEK_{field.name.upper()}"] = text
    # An empty variable is ignored, and the settings file may name another library.
    environment["PHOTOSEEK_LIBRARY"] = settings.library or str(settings.data_dir)
    package_root = str(Path(tui.__file__).parent.parent)
    inherited = environment.get("PYTHONPATH")
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [package_root, inherited]))
    environment["PYTHONSAFEPATH"] = "1"
    return environment


def _error_file() -> IO[bytes]:
    """Open a file without a name; in memory if possible, since a disk may be full.

    Raises:
        NotStartedError: there is no space for it.
    """
    try:
        if sys.platform == "linux":
            return os.fdopen(os.memfd_create("errors"), "w+b")
        return tempfile.TemporaryFile()
    except OSError as error:
        raise NotStartedError(error.strerror) from error


def _json_object(line: bytes) -> dict[str, Any] | None:
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _last_line(errors: IO[bytes]) -> str:
    errors.seek(max(0, errors.seek(0, os.SEEK_END) - _TAIL_BYTES))
    lines = errors.read().decode("utf-8", "replace").strip().splitlines()
    return lines[-1].removeprefix("photoseek: ") if lines else ""
