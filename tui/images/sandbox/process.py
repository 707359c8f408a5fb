"""Decodes in a separate process, whose crashes, hangs and memory do not harm this one.

``decoder`` decides which formats are decoded here. The process (``worker``) is reused for the next
file; when it dies it is replaced, and the file that killed it is reported.

Its limits (``limits``): address space, processor time, no written files, no network if the system
allows that. From this side: a time limit by the clock, an environment with only the few variables
that Python needs, and so without tokens, and a session of its own, so that Ctrl-C in the terminal
does not look like a crash. Windows has only the limits of this side. The process runs as the same
user and can read the user's files; no system call is filtered.

Messages go through pipes: four bytes of length, JSON, and for a picture its raw RGB bytes. No
pickle, and every answer is checked (``answers``), since a hostile file may control the other side.
"""

from __future__ import annotations

import json
import os
import signal
import struct
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from PIL import Image

from tui.core.errors import DecodeError
from tui.images.decode_types import DecodedImage
from tui.images.sandbox.answers import cost_of, error_of, info_of, sizes_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from tui.images.decode_types import DecodeRequest, Reserve

MEMORY_LIMIT = 3 << 30
"""Bytes of address space of the process: two copies of ``MAX_PIXELS`` in RGB and the program."""

TIME_LIMIT = 30.0
"""Seconds for one file; the slowest valid file so far took four."""

FILES_A_PROCESS = 500
"""A process is replaced after this many files, since decoders leak."""

_LENGTH = struct.Struct(">I")
_LONGEST_MESSAGE = 1 << 16

_VARIABLES = (
    "HOME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "LD_LIBRARY_PATH",
    "OPENBLAS_CORETYPE",
    "OPENBLAS_L2_SIZE",
    "PATH",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONPYCACHEPREFIX",
    "PYTHONUTF8",
    "SYSTEMROOT",
    "TEMP",
    "TMP",
    "TMPDIR",
)
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}


class Sandbox:
    """One decode process; for one thread at a time."""

    def __init__(self, *, seconds: float = TIME_LIMIT, memory: int = MEMORY_LIMIT) -> None:
        self._seconds = seconds
        self._files_left = FILES_A_PROCESS
        # -P: a folder named "tui" in the current folder must not be imported.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "tui.images.sandbox.worker", str(memory), str(seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            start_new_session=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._stdin: BinaryIO = self._process.stdin  # type: ignore[assignment]
        self._stdout: BinaryIO = self._process.stdout  # type: ignore[assignment]
        self._timed_out = False

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    @property
    def usable(self) -> bool:
        """Whether it can decode another file."""
        return self._files_left > 0 and self._process.poll() is None

    def decode(
        self, path: Path, request: DecodeRequest, reserve: Reserve, *, repair: bool = False
    ) -> DecodedImage:
        """Decode one file there.

        The arguments and errors are those of ``decode_file``, with ``repair`` those of
        ``decode_repaired``.
        """
        self._files_left -= 1
        try:
            answer = self._converse(path, request, reserve, repair=repair)
        except (OSError, EOFError, ValueError, KeyError, TypeError, RecursionError):
            self.close()
            if self._timed_out:
                raise DecodeError(f"Decoding it took longer than {self._seconds:g} s.") from None
            raise DecodeError("The decoder crashed on it; the file is broken.") from None
        except BaseException:
            self.close()  # Its answer would be mistaken for the answer to the next request.
            raise
        if isinstance(answer, DecodeError):
            raise answer
        return answer

    def close(self) -> None:
        """End the process."""
        self._kill()
        self._process.wait()
        for stream in (self._stdin, self._stdout):
            with suppress(OSError):
                stream.close()

    def _converse(
        self, path: Path, request: DecodeRequest, reserve: Reserve, *, repair: bool
    ) -> DecodedImage | DecodeError:
        question = {"path": os.fsencode(path).hex(), "repair": repair, **asdict(request)}
        with self._deadline():
            send(self._stdin, question)
            answer = receive(self._stdout)
        if "memory" in answer:
            reserve(cost_of(answer))
            with self._deadline():
                send(self._stdin, {"go": True})
                answer = receive(self._stdout)
                if "error" not in answer:
                    return self._picture(answer, request.frames)
        return error_of(answer)

    def _picture(self, answer: dict[str, Any], most_frames: int) -> DecodedImage:
        info = info_of(answer)
        frames = []
        for width, height in sizes_of(answer, most_frames):
            pixels = read_exactly(self._stdout, width * height * 3)
            frames.append(Image.frombytes("RGB", (width, height), pixels))
        return DecodedImage(frames[0], info, tuple(frames[1:]))

    @contextmanager
    def _deadline(self) -> Iterator[None]:
        """Kill the process after the time limit, which ends the pipe of its answers."""
        timer = threading.Timer(self._seconds, self._time_is_up)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _time_is_up(self) -> None:
        self._timed_out = True
        self._kill()

    def _kill(self) -> None:
        """Kill the process and its children, which would hold the pipes open."""
        if os.name != "posix":
            self._process.kill()
        elif self._process.returncode is None:  # not waited for, so the id is still its own
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)


def _environment() -> dict[str, str]:
    inherited = {name: os.environ[name] for name in _VARIABLES if name in os.environ}
    return inherited | _ONE_THREAD


def send(stream: BinaryIO, message: dict[str, Any], *payload: bytes) -> None:
    """Write one message, and the raw bytes that follow it."""
    text = json.dumps(message).encode()
    stream.write(_LENGTH.pack(len(text)) + text)
    for part in payload:
        stream.write(part)
    stream.flush()


def receive(stream: BinaryIO) -> dict[str, Any]:
    """Read one message.

    Raises:
        EOFError: the other process has ended.
        ValueError: the message is invalid.
    """
    (length,) = _LENGTH.unpack(read_exactly(stream, _LENGTH.size))
    if length > _LONGEST_MESSAGE:
        raise ValueError("a message of impossible length")
    message = json.loads(read_exactly(stream, length))
    if not isinstance(message, dict):
        raise ValueError("a message of another kind")  # noqa: TRY004 (a matter of the protocol)
    return message


def read_exactly(stream: BinaryIO, length: int) -> bytes:
    """Read ``length`` bytes, or raise EOFError."""
    data = stream.read(length)
    if len(data) < length:
        raise EOFError
    return data
