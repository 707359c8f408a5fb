"""Writes files so that they are complete or absent, and never writes through a link.

If several users can write a folder (mode 2770), any of them can create a symbolic link with the
name that the next writer will use. So a draft has a random name, is created exclusively (``O_CREAT
| O_EXCL``, which never follows a link), is written and given its modes through its descriptor, and
is renamed only while its name is still its own.
"""

from __future__ import annotations

import json
import os
import re
import stat
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCK_SECONDS = 2.0
"""Seconds that a change of a small file waits for the lock."""

_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_BINARY = getattr(os, "O_BINARY", 0)
_DESCRIPTORS = ("/proc/self/fd", "/dev/fd")
"""Folders that list the open files of a process; Windows has none."""

_DRAFT = re.compile(r"\.[0-9a-f]{16}\.tmp")
"""The suffix that ``draft_name`` adds to a name."""


class Draft:
    """A new file that is written before it gets its name.

    Attributes:
        path: its temporary name.
        file: the file itself, open for reading and writing.
    """

    def __init__(self, path: Path, mode: int) -> None:
        self.path = path
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | _NOFOLLOW | _BINARY
        self.file: BinaryIO = os.fdopen(os.open(path, flags, mode), "w+b")

    @property
    def address(self) -> str:
        """A name of the open file, for a library that opens files itself."""
        names = (f"{folder}/{self.file.fileno()}" for folder in _DESCRIPTORS)
        return next(filter(os.path.exists, names), str(self.path))

    def is_at_its_path(self) -> bool:
        """Whether the path still names the file that was created.

        Some file systems (FUSE, SMB) give one file two inode numbers: then its kind, its owner and
        its size decide, which another user can't forge.
        """
        try:
            named, opened = self.path.lstat(), os.fstat(self.file.fileno())
        except (OSError, ValueError):
            return False
        alike = (named.st_uid, named.st_size) == (opened.st_uid, opened.st_size)
        return os.path.samestat(named, opened) or (stat.S_ISREG(named.st_mode) and alike)

    def rename_to(self, path: Path) -> None:
        """Close the file and rename it.

        Raises:
            OSError: it can't be written completely, or another process replaced it.
        """
        self.file.flush()
        if not self.is_at_its_path():
            raise OSError(f"another process replaced the draft {self.path}")
        self.file.close()
        self.path.replace(path)

    def discard(self) -> None:
        """Close the file and remove it; another user's file under that name stays."""
        with suppress(OSError):
            if self.file.closed or self.is_at_its_path():
                if os.name == "nt":  # which removes no open file
                    self.file.close()
                self.path.unlink()
        with suppress(OSError):
            self.file.close()


def draft_name(name: str) -> str:
    """Return an unpredictable name for a draft of a file."""
    return f"{name}.{os.urandom(8).hex()}.tmp"


def is_draft(name: str, of: str) -> bool:
    """Whether a name belongs to a draft of a file, or of its older versions."""
    ending = name.removeprefix(of)
    return ending != name and (ending == ".tmp" or _DRAFT.fullmatch(ending) is not None)


@contextmanager
def open_draft(path: Path, *, mode: int = 0o600) -> Iterator[Draft]:
    """Yield a draft, which is renamed to ``path`` at the end.

    After an exception ``path`` is unchanged and the draft is removed.

    Args:
        path: in a folder that exists; a link of that name is replaced, not followed.
        mode: of the new file, less the process's umask.

    Raises:
        OSError: the draft can't be written, or another process replaced it.
    """
    draft = Draft(path.with_name(draft_name(path.name)), mode)
    try:
        yield draft
        draft.rename_to(path)
    except BaseException:
        draft.discard()
        raise


@contextmanager
def replace_file(path: Path) -> Iterator[Draft]:
    """Yield a draft, which then replaces ``path``; create the folder if it is missing.

    Only the owner may read it. The file is not synced, so it must be possible to create it again.

    Raises:
        OSError: it can't be written.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open_draft(path) as draft:
        yield draft


@contextmanager
def lock_for_change(path: Path) -> Iterator[None]:
    """Lock a small file while one process or thread reads, changes and replaces it.

    If the lock is unavailable, as in a read-only folder or while another process holds it for
    `LOCK_SECONDS`, the change proceeds without it, so it must be possible to create the file again.
    """
    from filelock import FileLock, Timeout  # slow to import, and only a change needs it

    with ExitStack() as stack:
        with suppress(OSError, NotImplementedError, Timeout):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = FileLock(path.with_name(f"{path.name}.lock"), timeout=LOCK_SECONDS, mode=0o600)
            stack.enter_context(lock)
        yield


@contextmanager
def private_folder(parent: Path, name: str) -> Iterator[Path]:
    """Yield a new folder that only this user may enter; remove it with its files at the end.

    For libraries that write several files, or that rename what they write.

    Args:
        parent: the folder to create it in.
        name: the beginning of its name, for ``is_draft``.

    Raises:
        OSError: it can't be created.
    """
    folder = parent / draft_name(name)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        remove_flat(folder)


def remove_flat(folder: Path) -> None:
    """Remove a folder of the program's own with the files in it, but no folder below it."""
    with suppress(OSError):
        for path in list(folder.iterdir()):
            if not stat.S_ISDIR(path.lstat().st_mode):
                path.unlink()
        folder.rmdir()


def is_plain_file(path: Path) -> bool:
    """Whether a path is a regular file, and neither a link nor a folder."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def is_own_folder(path: Path) -> bool:
    """Whether a path is a folder of this user, and not a link to one."""
    try:
        status = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and (
        not hasattr(os, "geteuid") or status.st_uid == os.geteuid()
    )


def set_mode(path: Path, mode: int) -> None:
    """Change the modes of a file or a folder without following links.

    Raises:
        OSError: it is a link, or the modes can't be changed.
    """
    if os.name == "nt":  # which has no modes, and no O_NONBLOCK
        path.chmod(mode)
        return
    descriptor = os.open(path, os.O_RDONLY | _NOFOLLOW | os.O_NONBLOCK)
    try:
        os.fchmod(descriptor, mode)
    finally:
        os.close(descriptor)


def read_json_object(file: Path) -> dict[str, Any]:
    """Return the contents of ``file``; empty if it is missing or damaged."""
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}


def save_json_value(file: Path, key: str, value: Any) -> None:
    """Set one key in ``file`` atomically; a read-only folder is not an error."""
    with lock_for_change(file):
        values = read_json_object(file) | {key: value}
        with suppress(OSError), replace_file(file) as draft:
            draft.file.write(json.dumps(values, indent=1).encode())
