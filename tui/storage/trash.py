"""The trash of freedesktop.org's specification 1.0, with every name created exclusively.

A file goes into the home trash if that is on its disk, else into a trash at the top of its disk,
else into the home trash by copying. Its record is created first and with ``O_EXCL``, as the
specification requires, so that two programs never use one name. A restored file never replaces
another, and must be the very file that was trashed: the trash may have been emptied meanwhile.

Other systems have their own trash, which ``send2trash`` supports.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from tui.storage.exclusive import FileIdentity, check_is_file, identity, move_file, new_file

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST_NAME = 255
_INFO = ".trashinfo"
_MOST_NUMBERS = 10_000
_TRASHES = re.compile(r"\.Trash(?:-[0-9]+|es)?|#recycle|@Recycle|\$R(?:ECYCLE\.BIN|ecycle\.Bin)")
"""Names of folders that contain only deleted files."""

_REPLACED = "it is no longer in the trash"


class TrashedFile(NamedTuple):
    """A file in the trash, with the facts that identify it.

    Attributes:
        path: its path in the trash.
        identity: its disk and inode.
        record: the bytes of its record.
    """

    path: Path
    identity: FileIdentity
    record: bytes


class _Trash(NamedTuple):
    """One trash; its records' paths are relative to the folder ``top``, or full if that is None."""

    folder: Path
    top: Path | None


def put_into_trash(path: Path) -> TrashedFile | None:
    """Move a file, or a symbolic link itself, to the trash.

    Returns:
        The file in the trash; None if this system does not report it.

    Raises:
        OSError: it is missing, is not a file, or can't be moved; it is unmoved.
    """
    check_is_file(path, links=True)  # a broken link exists, too
    if sys.platform in ("win32", "darwin"):
        from send2trash import send2trash

        send2trash(path)
        return None
    real = Path(os.path.realpath(path.parent), path.name)
    if not os.access(real.parent, os.W_OK | os.X_OK):
        raise OSError(_why_closed(real.parent), os.strerror(_why_closed(real.parent)))
    refused: OSError | None = None
    for trash in filter(_is_ours, _trashes(real, identity(real).device)):
        try:
            return _put(real, trash)
        except OSError as error:
            if error.errno not in (errno.EXDEV, errno.EACCES, errno.EPERM, errno.EROFS):
                raise
            refused = error
    raise refused or OSError(errno.ENOTSUP, "its disk has no trash folder")


def take_from_trash(trashed: TrashedFile, path: Path) -> None:
    """Move a file from the trash back to its path.

    Raises:
        FileExistsError: another file has its path.
        OSError: it is no longer in the trash, or can't be moved.
    """
    if not is_unchanged_in_trash(trashed):
        raise OSError(errno.ESTALE, _REPLACED)
    if os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, "another file has its name now")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        move_file(trashed.path, path)
    except FileExistsError:
        raise FileExistsError(errno.EEXIST, "another file has its name now") from None
    record = _record_of(trashed.path)
    with contextlib.suppress(OSError):
        if record.read_bytes() == trashed.record:
            record.unlink()


def is_in_trash(folder: Path) -> bool:
    """Whether a folder is a trash folder or inside one, of this system or of another."""
    for ancestor in (folder, *folder.parents):
        if _TRASHES.fullmatch(ancestor.name):
            return True
        if (ancestor.name, ancestor.parent.name) == ("files", "Trash"):
            return ancestor.with_name("info").is_dir()
    return False


def is_unchanged_in_trash(trashed: TrashedFile) -> bool:
    """Whether the trash still contains that file with the same record."""
    try:
        same = identity(trashed.path) == trashed.identity
        return same and _record_of(trashed.path).read_bytes() == trashed.record
    except OSError:
        return False


def _put(path: Path, trash: _Trash) -> TrashedFile:
    files, records = trash.folder / "files", trash.folder / "info"
    for folder in (trash.folder, files, records):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    record = _record(path, trash.top)
    for number in range(1, _MOST_NUMBERS):
        target = files / _name(path.name, number)
        note = _record_of(target)
        if os.path.lexists(target):
            continue
        try:
            with new_file(note) as out:
                out.write(record)
        except FileExistsError:
            continue
        try:
            move_file(path, target)
        except BaseException as error:
            note.unlink()
            if isinstance(error, FileExistsError):
                continue
            raise
        return TrashedFile(target, identity(target), record)
    raise FileExistsError(errno.EEXIST, "the trash has too many files of its name")


def _record(path: Path, top: Path | None) -> bytes:
    where = path if top is None else path.relative_to(top)
    date = datetime.now().strftime("%Y-%m-%dT%H:%M:%S")
    return f"[Trash Info]\nPath={quote(os.fsencode(where))}\nDeletionDate={date}\n".encode()


def _record_of(path: Path) -> Path:
    return path.parent.parent / "info" / f"{path.name}{_INFO}"


def _name(name: str, number: int) -> str:
    """Return ``name 2.jpg`` for 2, short enough for the name of its record."""
    stem, suffix = os.path.splitext(name)  # noqa: PTH122 - a name that is no path
    end = f"{f' {number}' if number > 1 else ''}{suffix}"
    room = _LONGEST_NAME - len(_INFO)
    while stem and len(os.fsencode(stem + end)) > room:
        stem = stem[:-1]
    return stem + end if stem else f"{number}"


def _trashes(path: Path, device: int) -> Iterator[_Trash]:
    """Return the trashes for a file, in the order of preference."""
    home = _Trash(_home_trash(), None)
    if _device_of(home.folder) == device:
        yield home
    top = path.parent
    while top != top.parent and _device_of(top.parent) == device and not os.path.ismount(top):
        top = top.parent
    user = os.getuid()
    shared = top / ".Trash"
    with contextlib.suppress(OSError):
        mode = os.lstat(shared).st_mode
        if stat.S_ISDIR(mode) and mode & stat.S_ISVTX:
            yield _Trash(shared / f"{user}", top)
    own = top / f".Trash-{user}"
    yield _Trash(own, top)
    yield home


def _is_ours(trash: _Trash) -> bool:
    """Whether this user's trash is not another user's; some disks give all files one owner."""
    if trash.top is None:
        return True
    try:
        status = os.lstat(trash.folder)
    except OSError:
        return True
    owners = (os.getuid(), os.stat(trash.top).st_uid)  # noqa: PTH116 - beside lstat
    return stat.S_ISDIR(status.st_mode) and status.st_uid in owners


def _home_trash() -> Path:
    data = Path(os.environ.get("XDG_DATA_HOME") or "~/.local/share").expanduser()
    return data.absolute() / "Trash"


def _device_of(path: Path) -> int:
    """Return the disk of a folder, or of the one in which it would be created."""
    for folder in (path, *path.parents):
        with contextlib.suppress(OSError):
            return os.stat(folder).st_dev  # noqa: PTH116 - beside lstat
    return -1


def _why_closed(folder: Path) -> int:
    read_only = os.statvfs(folder).f_flag & os.ST_RDONLY
    return errno.EROFS if read_only else errno.EACCES
