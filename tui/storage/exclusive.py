"""Moves a file to an unused name without ever replacing another file.

Linux renames without replacing (``renameat2`` with ``RENAME_NOREPLACE``, renameat2(2)). On other
file systems a hard link is created instead, and on another disk a copy. Imports only the standard
library, and ``ctypes`` when a file is moved.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_AT_FDCWD = -100
_RENAME_NOREPLACE = 1
_UNSUPPORTED = frozenset(
    {errno.ENOSYS, errno.EINVAL, errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK}
)
_BLOCK = 1 << 20

NO_FILE = "it is no longer a file"


def check_is_file(path: Path, *, links: bool) -> None:
    """Check that a path is a regular file, since something else may have replaced it.

    Args:
        path: the path.
        links: accept a symbolic link itself; otherwise follow it.

    Raises:
        OSError: it is missing, or is a folder, a pipe or a device.
    """
    mode = (os.lstat if links else os.stat)(path).st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
        raise OSError(errno.EINVAL, NO_FILE)


class FileIdentity(NamedTuple):
    """One physical file under any of its names: the disk's number and the inode on it."""

    device: int
    inode: int


def identity(path: Path) -> FileIdentity:
    """Return the identity of a file; of a symbolic link, the link's own.

    Raises:
        OSError: there is no such file.
    """
    status = os.lstat(path)
    return FileIdentity(status.st_dev, status.st_ino)


def move_file(source: Path, target: Path) -> None:
    """Move a file or a symbolic link; a failure leaves it unmoved.

    Raises:
        FileExistsError: the target exists.
        OSError: it can't be moved.
    """
    try:
        _rename(source, target)
    except OSError as error:
        if error.errno == errno.EXDEV:
            _copy_over(source, target)
        elif error.errno in _UNSUPPORTED:
            _rename_by_link(source, target)
        else:
            raise


@contextlib.contextmanager
def new_file(target: Path) -> Iterator[BinaryIO]:
    """Create a file for writing; remove it if it can't be written completely.

    Raises:
        FileExistsError: it exists.
        OSError: the disk is full or fails, which some disks report when the file is closed.
    """
    out = target.open("xb")
    try:
        with out:
            yield out
    except BaseException:
        with contextlib.suppress(OSError):
            target.unlink()
        raise


def _rename(source: Path, target: Path) -> None:
    import ctypes

    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    names = os.fsencode(source), os.fsencode(target)
    if rename(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_NOREPLACE):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), os.fspath(source), None, os.fspath(target))


def _rename_by_link(source: Path, target: Path) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError:
        _copy_over(source, target)
        return
    _remove(source, target)


def _copy_over(source: Path, target: Path) -> None:
    before = os.lstat(source)
    if stat.S_ISLNK(before.st_mode):
        target.symlink_to(source.readlink())
    elif stat.S_ISREG(before.st_mode):
        with source.open("rb") as opened, new_file(target) as out:
            shutil.copyfileobj(opened, out, _BLOCK)
            out.flush()
            os.fsync(out.fileno())
    else:
        raise OSError(errno.EXDEV, "only a file can be moved to another disk")
    with contextlib.suppress(OSError):  # a disk that stores no times or permissions
        shutil.copystat(source, target, follow_symlinks=False)
    after = os.lstat(source)
    if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
        target.unlink()
        raise OSError(errno.EBUSY, "another program is writing it")
    _remove(source, target)


def _remove(source: Path, target: Path) -> None:
    try:
        source.unlink()
    except OSError:
        target.unlink()
        raise
