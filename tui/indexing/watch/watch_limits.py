"""Finds folders beyond the kernel's inotify limit, whose changes are not reported.

``/proc/self/fdinfo/FD`` of an inotify descriptor has a line for each watch, with the inode in
hexadecimal (https://docs.kernel.org/filesystems/proc.html, section 3.8). Only the inode is
compared: the file has the number of the device in another form.
"""

from __future__ import annotations

import os
import re
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

WATCH_LIMIT = (
    "The system watches no more folders for this user, so photoseek compares all files every "
    "{seconds:g} s. On Linux, raise fs.inotify.max_user_watches and fs.inotify.max_user_instances."
)

NO_WATCH = (
    "The system can't watch these folders ({reason}), so photoseek compares all files every "
    "{seconds:g} s."
)

_WATCH = re.compile(rb"^inotify wd:\S+ ino:([0-9a-f]+)", re.MULTILINE)
_CHECKS = 5
_PAUSE_SECONDS = 0.1
"""watchfiles reports a new folder shortly before it watches it."""


class WatchLimitError(OSError):
    """The system's limit of watched folders is reached."""


def limit_notice(error: OSError | RuntimeError, seconds: float) -> str:
    """Return why all files are compared; both limits of inotify have one remedy."""
    text = str(error)
    is_limit = (
        isinstance(error, WatchLimitError) or "limit" in text or "Too many open files" in text
    )
    pattern = WATCH_LIMIT if is_limit else NO_WATCH
    return pattern.format(seconds=seconds, reason=error_text(error))


def error_text(error: OSError | RuntimeError) -> str:
    """Return the message of the system or of watchfiles, without a full stop."""
    return (getattr(error, "strerror", None) or str(error)).rstrip(".")


def has_unwatched(folders: Iterable[str], roots: Sequence[Path]) -> bool:
    """Whether a folder, or one below it, exists and can be read but is not watched.

    False if the system can't tell: without ``/proc``, or if programs see other inodes than the
    kernel (some overlays), so that the inodes of the ``roots`` are not among the watched ones.
    """
    unwatched = {inode for folder in folders for inode in _inodes(folder)}
    for check in range(_CHECKS):
        watched = _watched()
        if not watched or not watched.issuperset(_root_inodes(roots)):
            return False
        unwatched &= {inode for folder in folders for inode in _inodes(folder)} - watched
        if not unwatched:
            return False
        if check < _CHECKS - 1:
            time.sleep(_PAUSE_SECONDS)
    return True


def inotify_descriptors() -> list[int]:
    """Return this process's inotify file descriptors; none without ``/proc``."""
    descriptors: list[int] = []
    try:
        links = list(Path("/proc/self/fd").iterdir())
    except OSError:
        return descriptors
    for link in links:
        with suppress(OSError):  # it was closed meanwhile
            if "inotify" in str(link.readlink()):
                descriptors.append(int(link.name))
    return descriptors


def _watched() -> set[int]:
    inodes: set[int] = set()
    for descriptor in inotify_descriptors():
        with suppress(OSError):  # it was closed meanwhile
            data = Path(f"/proc/self/fdinfo/{descriptor}").read_bytes()
            inodes.update(int(inode, 16) for inode in _WATCH.findall(data))
    return inodes


def _root_inodes(roots: Iterable[Path]) -> set[int]:
    inodes = set()
    for root in roots:
        try:
            inodes.add(root.stat().st_ino)
        except OSError:
            continue
    return inodes


def _inodes(folder: str) -> Iterator[int]:
    """Yield the inodes of a folder and of all readable folders below it; none for a link."""
    if os.path.islink(folder):  # noqa: PTH114
        return
    for path, _, _ in os.walk(folder):
        try:
            if os.access(path, os.R_OK):
                yield os.stat(path).st_ino  # noqa: PTH116
        except OSError:
            continue
