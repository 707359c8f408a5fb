"""Copies, links, trashes and lists picture files for the user.

Nothing here overwrites a file: an existing name gets the next free number. Each file is processed
on its own, so that one failure does not stop the others.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tui.core.domain import Failure
from tui.core.errors import FolderError
from tui.storage.exclusive import check_is_file, new_file
from tui.storage.objects.download_cache import local_copy
from tui.storage.objects.path import READ_ONLY, RemotePath
from tui.storage.trash import TrashedFile, put_into_trash, take_from_trash

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from tui.core.domain import Cancelled

TransferMode = Literal["copy", "hard link", "symbolic link"]

_LONGEST_NAME = 255
_LONGEST_SUFFIX = 32
"""In characters; a longer suffix is part of the name."""

_MOST_NUMBERS = 10_000


@dataclass(frozen=True, slots=True)
class MovedFile:
    """A file that was moved, copied or linked.

    Attributes:
        path: the file.
        new_path: the path of the moved file, the copy or the link; None if unknown.
        trashed: the file in the trash, to restore it.
    """

    path: Path
    new_path: Path | None
    trashed: TrashedFile | None = None


@dataclass(frozen=True, slots=True)
class OperationResult:
    """The result of an operation on several files.

    Attributes:
        done: the files for which it succeeded.
        failed: the other files, each with a reason.
    """

    done: tuple[MovedFile, ...] = ()
    failed: tuple[Failure, ...] = ()


def transfer_files(
    paths: Iterable[Path], folder: Path, way: TransferMode, cancelled: Cancelled = lambda: False
) -> OperationResult:
    """Copy or link files into a folder, which is created if it is missing.

    A copy keeps the file's times. A symbolic link names the file by its full path.

    Raises:
        FolderError: the folder can't be created.
    """
    _refuse_remote(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise FolderError(f"{folder} is a file; choose a folder.") from None
    except OSError as error:
        raise FolderError(f"{folder} can't be created: {_reason(error)}.") from error
    make = {"copy": _copy, "hard link": _hard_link, "symbolic link": _symbolic_link}[way]

    def put(path: Path) -> MovedFile:
        if not isinstance(path, RemotePath):
            check_is_file(path, links=False)
        return MovedFile(path, _under_free_name(path, folder, make))

    return _apply_to_each(paths, put, cancelled)


def write_list(paths: Iterable[Path], file: Path, end: bytes = b"\n") -> Path:
    r"""Write the paths to a new file, one per line, with their bytes on disk.

    Args:
        paths: of any kind.
        file: the file; an existing name gets the next free number.
        end: the end of each path: ``b"\0"`` keeps names with line breaks apart.

    Returns:
        The file that was written.

    Raises:
        FolderError: it can't be written.
    """
    _refuse_remote(file)
    if file.is_dir():
        raise FolderError(f"{file} is a folder; choose a file name in it.")
    text = b"".join(os.fsencode(path) + end for path in paths)

    def write(_: Path, target: Path) -> None:
        with new_file(target) as out:
            out.write(text)

    try:
        return _under_free_name(file, file.parent, write)
    except OSError as error:
        raise FolderError(f"{file} can't be written: {_reason(error)}.") from error


# --- the trash ------------------------------------------------------------------------------------


def move_to_trash(
    paths: Iterable[Path],
    send: Callable[[Path], TrashedFile | None] = put_into_trash,
    cancelled: Cancelled = lambda: False,
) -> OperationResult:
    """Move files to the system's trash, links as links; ``trashed`` identifies them there.

    Args:
        paths: files.
        send: moves one file to the trash.
        cancelled: called between files.
    """

    def trash(path: Path) -> MovedFile:
        if isinstance(path, RemotePath):
            raise OSError(errno.ENOTSUP, "object storage has no trash; use its own tools")
        trashed = send(path)
        return MovedFile(path, None if trashed is None else trashed.path, trashed)

    return _apply_to_each(paths, trash, cancelled)


def put_back(files: Sequence[MovedFile]) -> OperationResult:
    """Restore files from the trash, unless another file has taken their path."""
    by_path = {file.path: file for file in files}

    def restore(path: Path) -> MovedFile:
        trashed = by_path[path].trashed
        if trashed is None:
            raise OSError(errno.ENOTSUP, "its place in this system's trash is unknown")
        take_from_trash(trashed, path)
        return MovedFile(path, path)

    return _apply_to_each(by_path, restore, lambda: False)


# --- names and copies -----------------------------------------------------------------------------


def number_name(name: str, number: int) -> str:
    """Return ``name (2).jpg`` for 2, the name itself for 1; short enough for a file system."""
    if number == 1:
        return name
    stem, dot, suffix = name.rpartition(".")  # splitext sees no suffix in "..jpg"
    if not stem or len(suffix) > _LONGEST_SUFFIX:
        stem, dot, suffix = name, "", ""
    end = f" ({number}){dot}{suffix}"
    while stem and len(os.fsencode(stem + end)) > _LONGEST_NAME:
        stem = stem[:-1]
    return stem + end


def _under_free_name(path: Path, folder: Path, make: Callable[[Path, Path], None]) -> Path:
    for number in range(1, _MOST_NUMBERS):
        target = folder / number_name(path.name, number)
        try:
            make(path, target)
        except FileExistsError:
            continue
        return target
    raise FileExistsError(errno.EEXIST, "too many files have its name")


def _copy(path: Path, target: Path) -> None:
    with local_copy(path) as local, local.open("rb") as source, new_file(target) as out:
        shutil.copyfileobj(source, out, 1 << 20)
    with contextlib.suppress(OSError):  # a disk that stores no times
        if isinstance(path, RemotePath):
            changed = path.stat().st_mtime_ns
            os.utime(target, ns=(changed, changed))
        else:
            shutil.copystat(path, target)


def _hard_link(path: Path, target: Path) -> None:
    _refuse_link(path)
    # link(2) would link to the symbolic link itself, whose target is relative to its folder.
    os.link(path.resolve(strict=True), target)


def _symbolic_link(path: Path, target: Path) -> None:
    _refuse_link(path)
    target.symlink_to(path.absolute())


def _refuse_link(path: Path) -> None:
    if isinstance(path, RemotePath):
        raise OSError(errno.ENOTSUP, "links to object storage are impossible; copy it")


def _refuse_remote(target: Path) -> None:
    if isinstance(target, RemotePath):
        raise FolderError(f"{READ_ONLY}.".capitalize())


def _apply_to_each(
    paths: Iterable[Path], handle: Callable[[Path], MovedFile], cancelled: Cancelled
) -> OperationResult:
    done: list[MovedFile] = []
    failed: list[Failure] = []
    for path in paths:
        if cancelled():
            break
        try:
            done.append(handle(path))
        except (OSError, shutil.Error) as error:
            failed.append(Failure(path, _reason(error)))
        except FolderError as error:  # the storage is also unreachable for the other files
            failed.append(Failure(path, str(error).rstrip(".")))
            break
    return OperationResult(tuple(done), tuple(failed))


_REASONS = {
    errno.ENOENT: "it no longer exists",
    errno.EACCES: "permission denied",
    errno.EPERM: "operation not permitted",
    errno.EXDEV: "hard links can't cross disks; copy it or create a symbolic link",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your disk quota is used up",
    errno.EROFS: "the disk is read-only",
}


def _reason(error: OSError) -> str:
    text = str(error.strerror or error).strip().rstrip(".")
    return _REASONS.get(error.errno or 0, text[:1].lower() + text[1:])
