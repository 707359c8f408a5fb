"""What is done with picture files on request: copied, linked, put into the trash, listed.

Nothing here overwrites a file: where a name is taken, the next free number is added. Every file is
handled on its own, so that one that can't be handled does not stop the others. Imports the
standard library; ``send2trash`` when the trash is used.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

from tui.domain import Failure, FolderError
from tui.library.remote import READ_ONLY, RemotePath
from tui.library.spool import local_copy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from tui.domain import Cancelled

Way = Literal["copy", "hard link", "symbolic link"]

_LONGEST_NAME = 255
_MOST_NUMBERS = 10_000


@dataclass(frozen=True, slots=True)
class Moved:
    """A file and where it, its copy or its link is now; ``now`` is None where nobody knows."""

    path: Path
    now: Path | None


@dataclass(frozen=True, slots=True)
class Handled:
    """What became of a request.

    Attributes:
        done: one a file that was handled.
        failed: the others, and why.
    """

    done: tuple[Moved, ...] = ()
    failed: tuple[Failure, ...] = ()


def put_into(
    paths: Iterable[Path], folder: Path, way: Way, cancelled: Cancelled = lambda: False
) -> Handled:
    """Copy or link files into a folder, which is made where it is missing.

    A copy keeps the times. A symbolic link names the file by its full path.

    Raises:
        FolderError: the folder can't be made.
    """
    _refuse_remote(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise FolderError(f"{folder} is a file; name a folder.") from None
    except OSError as error:
        raise FolderError(f"{folder} can't be made: {_reason(error)}.") from error
    make = {"copy": _copy, "hard link": _hard_link, "symbolic link": _symbolic_link}[way]
    return _each(paths, lambda path: _under_free_name(path, folder, make), cancelled)


def write_list(paths: Iterable[Path], file: Path, end: bytes = b"\n") -> Path:
    r"""Write the paths to a new file, one a line, as the bytes that they are on disk.

    Args:
        paths: of any kind.
        file: where; the next free number is added to a name that is taken.
        end: what ends each path: ``b"\0"`` keeps names with line breaks apart.

    Returns:
        The file that was written.

    Raises:
        FolderError: it can't be written.
    """
    _refuse_remote(file)
    text = b"".join(os.fsencode(path) + end for path in paths)

    def write(_: Path, target: Path) -> None:
        with _new_file(target) as out:
            out.write(text)

    try:
        return _under_free_name(file, file.parent, write)
    except OSError as error:
        raise FolderError(f"{file} can't be written: {_reason(error)}.") from error


# --- the trash ------------------------------------------------------------------------------------


def move_to_trash(
    paths: Iterable[Path],
    send: Callable[[Path], object] | None = None,
    cancelled: Cancelled = lambda: False,
) -> Handled:
    """Put files into the system's trash; ``now`` says where they lie, where that can be found.

    Args:
        paths: files.
        send: puts one file into the trash; by default ``send2trash``.
        cancelled: asked between files.
    """
    put = send or _send_to_trash

    def trash(path: Path) -> Path | None:
        if isinstance(path, RemotePath):
            raise OSError(errno.ENOTSUP, "object storage has no trash; use its own tools")
        if not os.path.lexists(path):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        usual = [trash / "files" / path.name for trash in _trashes(path)]
        if not any(map(os.path.lexists, usual)):
            put(path)
            return next(filter(os.path.lexists, usual), None)
        known = set(_in_trash(path))
        put(path)
        return next((place for place in _in_trash(path) if place not in known), None)

    return _each(paths, trash, cancelled)


def put_back(files: Sequence[Moved]) -> Handled:
    """Move files from the trash back to where they were (freedesktop.org's trash, 1.0)."""
    places = {file.path: file.now for file in files}

    def restore(path: Path) -> Path:
        place = places[path]
        if place is None:
            raise OSError(errno.ENOTSUP, "this system's trash does not say where it is")
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, "another file has its name now")
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(place, path)
        with contextlib.suppress(OSError):
            _info_of(place).unlink()
        return path

    return _each(places, restore, lambda: False)


def _send_to_trash(path: Path) -> None:
    from send2trash import send2trash

    send2trash(path)


def _in_trash(path: Path) -> list[Path]:
    """Return what lies in the trash under a file's name, or with a number after it."""
    found = []
    for trash in _trashes(path):
        with contextlib.suppress(OSError), os.scandir(trash / "files") as entries:
            found += [
                Path(entry.path)
                for entry in entries
                if entry.name.startswith(path.stem) and entry.name.endswith(path.suffix)
            ]
    return found


def _trashes(path: Path) -> list[Path]:
    """Return where freedesktop.org's specification has a file's trash, home's first."""
    data = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    trashes = [Path(data).expanduser() / "Trash"]
    if hasattr(os, "getuid"):
        top = path.parent
        while not top.is_mount() and top != top.parent:
            top = top.parent
        trashes += [top / ".Trash" / f"{os.getuid()}", top / f".Trash-{os.getuid()}"]
    return trashes


def _info_of(place: Path) -> Path:
    return place.parent.parent / "info" / f"{place.name}.trashinfo"


# --- names and copies ---------------------------------------------------------------------------


def numbered(name: str, number: int) -> str:
    """Return ``name (2).jpg`` for 2, the name itself for 1; short enough for a file system."""
    if number == 1:
        return name
    stem, suffix = os.path.splitext(name)  # noqa: PTH122 - a name that is no path
    end = f" ({number}){suffix}"
    while stem and len(os.fsencode(stem + end)) > _LONGEST_NAME:
        stem = stem[:-1]
    return stem + end


def _under_free_name(path: Path, folder: Path, make: Callable[[Path, Path], None]) -> Path:
    for number in range(1, _MOST_NUMBERS):
        target = folder / numbered(path.name, number)
        try:
            make(path, target)
        except FileExistsError:
            continue
        return target
    raise FileExistsError(errno.EEXIST, "too many files have its name")


def _copy(path: Path, target: Path) -> None:
    with local_copy(path) as local, local.open("rb") as source, _new_file(target) as out:
        shutil.copyfileobj(source, out, 1 << 20)
    with contextlib.suppress(OSError):  # a disk that keeps no times
        if isinstance(path, RemotePath):
            changed = path.stat().st_mtime_ns
            os.utime(target, ns=(changed, changed))
        else:
            shutil.copystat(path, target)


def _hard_link(path: Path, target: Path) -> None:
    _refuse_link(path)
    os.link(path, target)


def _symbolic_link(path: Path, target: Path) -> None:
    _refuse_link(path)
    if not path.exists():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    target.symlink_to(path.absolute())


def _refuse_link(path: Path) -> None:
    if isinstance(path, RemotePath):
        raise OSError(errno.ENOTSUP, "no link can lead into object storage; copy it")


def _refuse_remote(target: Path) -> None:
    if isinstance(target, RemotePath):
        raise FolderError(f"{READ_ONLY}.".capitalize())


@contextlib.contextmanager
def _new_file(target: Path) -> Iterator[BinaryIO]:
    """Open a file that must not exist; what was begun and failed is removed."""
    with target.open("xb") as out:
        try:
            yield out
        except BaseException:
            with contextlib.suppress(OSError):
                target.unlink()
            raise


def _each(
    paths: Iterable[Path], handle: Callable[[Path], Path | None], cancelled: Cancelled
) -> Handled:
    done: list[Moved] = []
    failed: list[Failure] = []
    for path in paths:
        if cancelled():
            break
        try:
            done.append(Moved(path, handle(path)))
        except (OSError, shutil.Error) as error:
            failed.append(Failure(path, _reason(error)))
        except FolderError as error:  # its storage can't be reached, so that of no other either
            failed.append(Failure(path, str(error).rstrip(".")))
            break
    return Handled(tuple(done), tuple(failed))


_REASONS = {
    errno.ENOENT: "it is not there any more",
    errno.EACCES: "you have no permission",
    errno.EPERM: "it is not allowed there",
    errno.EXDEV: "a hard link can't lead to another disk; copy it or link it symbolically",
    errno.ENOSPC: "the disk is full",
    errno.EROFS: "the disk is read-only",
}


def _reason(error: OSError) -> str:
    text = str(error.strerror or error).strip().rstrip(".")
    return _REASONS.get(error.errno or 0, text[:1].lower() + text[1:])
