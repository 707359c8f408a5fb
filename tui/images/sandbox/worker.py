"""The process behind ``sandbox``: limits itself, then decodes requested files, one by one."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.core.errors import DecodeError
from tui.images.decode_file import decode_file
from tui.images.decode_types import DecodeCost, DecodedImage, DecodeRequest
from tui.images.repair.repairs import decode_repaired
from tui.images.sandbox.answers import ERRORS
from tui.images.sandbox.limits import leave_network, limit_next_file, limit_process
from tui.images.sandbox.process import FILES_A_PROCESS, receive, send

if TYPE_CHECKING:
    from typing import BinaryIO


def main(memory: int, seconds: float) -> None:
    """Answer requests until the other process ends.

    Args:
        memory: the maximum address space of this process, in bytes.
        seconds: processor time for one file; the other side checks the clock.
    """
    # Output of libraries must not mix with the messages.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    limit_process(memory, int(FILES_A_PROCESS * seconds))
    leave_network()
    while True:
        try:
            request = receive(sys.stdin.buffer)
        except EOFError:
            return
        limit_next_file(seconds)
        _answer(request, sys.stdin.buffer, answers)


def _answer(request: dict[str, Any], questions: BinaryIO, answers: BinaryIO) -> None:
    def reserve(cost: DecodeCost) -> None:
        send(answers, {"memory": cost.memory})
        receive(questions)

    decode = decode_repaired if request.pop("repair") else decode_file
    path = Path(os.fsdecode(bytes.fromhex(request.pop("path"))))
    try:
        picture = decode(path, DecodeRequest(**request), reserve)
    except DecodeError as error:
        name = type(error).__name__
        send(answers, {"error": str(error), "kind": name if name in ERRORS else "DecodeError"})
    else:
        _send_picture(answers, picture)


def _send_picture(answers: BinaryIO, picture: DecodedImage) -> None:
    frames = (picture.image, *picture.more)
    message = {"info": asdict(picture.info), "sizes": [frame.size for frame in frames]}
    send(answers, message, *(frame.tobytes() for frame in frames))


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
