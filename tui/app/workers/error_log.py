"""A log of unexpected exceptions in the data folder, for bug reports."""

from __future__ import annotations

import os
import stat
import time
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING

from tui import __version__
from tui.core.errors import PhotoseekError

if TYPE_CHECKING:
    from pathlib import Path

NAME = "photoseek-errors.log"
_FIRST_LINE = b"# Errors of photoseek; the file may be deleted.\n"
_MOST_BYTES = 1 << 20

_log: list[Path] = []
"""The log of this process, once it is set."""


def use_log(data_dir: Path) -> None:
    """Write later errors to the log in this data folder."""
    _log[:] = [data_dir / NAME]


def sentence_of(error: BaseException) -> str:
    """Return an error as one sentence, with its type if it is unexpected."""
    if isinstance(error, PhotoseekError):
        return str(error)
    lines = str(error).strip().splitlines() or ["no details"]
    return f"Unexpected error ({type(error).__name__}: {lines[0]})."


def reported(error: BaseException) -> str:
    """Log an unexpected error; return its sentence, with the name of the log."""
    if isinstance(error, PhotoseekError) or not record(error):
        return sentence_of(error)
    from tui.app.model.status_text import shown_path

    return f"{sentence_of(error)} Details are in {shown_path(_log[0])}."


def record(error: BaseException) -> bool:
    """Append an error to the log; return False if that fails.

    Another file of that name, a link or another user's file is not changed.
    """
    if not _log:
        return False
    entry = "".join(traceback.format_exception(error))
    head = f"\n{time.strftime('%Y-%m-%d %H:%M:%S')} photoseek {__version__}\n"
    data = (head + entry).encode("utf-8", "backslashreplace")
    with suppress(OSError):
        return _append(_log[0], data[-_MOST_BYTES // 8 :])
    return False


def _append(path: Path, data: bytes) -> bool:
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND
    flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(path, flags, 0o600)
    try:
        status = os.fstat(descriptor)
        mine = not hasattr(os, "geteuid") or status.st_uid == os.geteuid()
        if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1 or not mine:
            return False
        if status.st_size and os.read(descriptor, len(_FIRST_LINE)) != _FIRST_LINE:
            return False
        if status.st_size > _MOST_BYTES:
            os.ftruncate(descriptor, 0)
            status = os.fstat(descriptor)
        os.write(descriptor, data if status.st_size else _FIRST_LINE + data)
        return True
    finally:
        os.close(descriptor)
