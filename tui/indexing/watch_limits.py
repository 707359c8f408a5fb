"""Which folders the kernel watches for this process: inotify drops what is beyond a limit silently.

``/proc/self/fdinfo/FD`` of an inotify descriptor has a line for each watch, with the inode in
hexadecimal (https://docs.kernel.org/filesystems/proc.html, section 3.8). The inode alone is
compared: the number of a device is written in another form there.
"""

from __future__ import annotations

import os
import re
import time
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
_LOOKS = 5
_PAUSE_SECONDS = 0.1
"""A new folder is reported a moment before it is watched."""


class WatchLimitError(OSError):
    """The system watches no more folders."""


def notice(error: OSError | RuntimeError, seconds: float) -> str:
    """Say why all files are compared: both limits of inotify have one cure."""
    text = str(error)
    is_limit = (
        isinstance(error, WatchLimitError) or "limit" in text or "Too many open files" in text
    )
    pattern = WATCH_LIMIT if is_limit else NO_WATCH
    return pattern.format(seconds=seconds, reason=reason(error))


def reason(error: OSError | RuntimeError) -> str:
    """Return what the system or watchfiles reported, without a full stop."""
    return (getattr(error, "strerror", None) or str(error)).rstrip(".")


def has_unwatched(folders: Iterable[str], roots: Sequence[Path]) -> bool:
    """Whether a folder, or one below it, exists, can be read and is not watched.

    False where this system does not tell: without ``/proc``, or where the kernel's inodes are not
    those that a program sees (some overlays), which the inodes of the ``roots`` show.
    """
    left = {inode for folder in folders for inode in _inodes(folder)}
    for look in range(_LOOKS):
        watched = _watched()
        if not watched or not watched.issuperset(_root_inodes(roots)):
            return False
        left &= {inode for folder in folders for inode in _inodes(folder)} - watched
        if not left:
            return False
        if look < _LOOKS - 1:
            time.sleep(_PAUSE_SECONDS)
    return True


def _watched() -> set[int]:
    found: set[int] = set()
    try:
        descriptors = list(Path("/proc/self/fd").iterdir())
    except OSError:
        return found
    for descriptor in descriptors:
        try:
            if "inotify" in str(descriptor.readlink()):
                data = Path(f"/proc/self/fdinfo/{descriptor.name}").read_bytes()
                found.update(int(inode, 16) for inode in _WATCH.findall(data))
        except OSError:  # it was closed meanwhile
            continue
    return found


def _root_inodes(roots: Iterable[Path]) -> set[int]:
    found = set()
    for root in roots:
        try:
            found.add(root.stat().st_ino)
        except OSError:
            continue
    return found


def _inodes(folder: str) -> Iterator[int]:
    """Yield the inodes of a real folder and of all below that can be read."""
    if os.path.islink(folder):  # noqa: PTH114
        return
    for path, _, _ in os.walk(folder):
        try:
            if os.access(path, os.R_OK):
                yield os.stat(path).st_ino  # noqa: PTH116
        except OSError:
            continue
