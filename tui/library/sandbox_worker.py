"""The process behind ``sandbox``: limits itself, then decodes the files it is told, one by one."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.domain import DecodeError
from tui.library.decode_core import Cost, Picture, Wanted, decode_file
from tui.library.decode_errors import AccessError
from tui.library.sandbox import receive, send

if TYPE_CHECKING:
    from typing import BinaryIO


def main(memory: int, seconds: float) -> None:
    """Answer until the other side has gone.

    Args:
        memory: the address space that this process may have, in bytes.
        seconds: processor time for one file; the clock is watched from the other side.
    """
    # What a library prints must not get between the messages.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    _limit_process(memory)
    while True:
        try:
            request = receive(sys.stdin.buffer)
        except EOFError:
            return
        _limit_time(seconds)
        _answer(request, sys.stdin.buffer, answers)


def _answer(request: dict[str, Any], questions: BinaryIO, answers: BinaryIO) -> None:
    def reserve(cost: Cost) -> None:
        send(answers, {"memory": cost.memory})
        receive(questions)

    path = Path(os.fsdecode(bytes.fromhex(request.pop("path"))))
    try:
        picture = decode_file(path, Wanted(**request), reserve)
    except DecodeError as error:
        send(answers, {"error": str(error), "later": isinstance(error, AccessError)})
    else:
        _send_picture(answers, picture)


def _send_picture(answers: BinaryIO, picture: Picture) -> None:
    frames = (picture.image, *picture.more)
    message = {"info": asdict(picture.info), "sizes": [frame.size for frame in frames]}
    send(answers, message, *(frame.tobytes() for frame in frames))


def _limit_process(memory: int) -> None:
    try:
        import resource
    except ImportError:
        return
    for kind, limit in (("RLIMIT_AS", memory), ("RLIMIT_FSIZE", 0), ("RLIMIT_CORE", 0)):
        _limit(resource, kind, limit)


def _limit_time(seconds: float) -> None:
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    _limit(resource, "RLIMIT_CPU", int(used.ru_utime + used.ru_stime + seconds) + 2)


def _limit(resource: Any, kind: str, limit: int) -> None:
    """Lower the soft limit; the system may know nothing of it, or have a lower one already."""
    number = getattr(resource, kind, None)
    if number is None:
        return
    _, hard = resource.getrlimit(number)
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    try:
        resource.setrlimit(number, (limit, hard))
    except (OSError, ValueError):
        return  # macOS knows RLIMIT_AS and refuses it.


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
