"""Folders and pictures in object storage, as paths: ``s3://bucket/prefix/x.jpg``.

A ``RemotePath`` is a ``Path``, so that parents, joins, names and the catalog's ranges of bytes work
as for files. Internally the path is ``/s3:/bucket/prefix/x.jpg``; its text, and so ``os.fspath``,
is the address. Methods that would read the disk read the storage instead, through fsspec
(``client``), which supports many protocols.

The bucket is its own parent. A key without a valid path (an empty part, ``.`` or ``..``) can't be
reached. Imports only the standard library.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from tui.core.errors import FolderError
from tui.storage.objects.access import access
from tui.storage.objects.address import ObjectAddress

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import BinaryIO, Self

    from tui.storage.objects.address import ObjectStatus

# Not compiled here: every start of the program imports this module.
_ADDRESS = r"(?s)([a-zA-Z][a-zA-Z0-9+.-]*)://(.*)"
_PASSWORD = r"(?!arn:)[^@/]*:(?!\d+/)[^@]*@"
_TOP = 3
"""The parts of a bucket's path: the root, the protocol, the bucket."""

READ_ONLY = "object storage is read-only; choose a local folder"


class RemotePath(type(Path())):  # type: ignore[misc]
    """A path in object storage; make one with ``from_address``, joins and parents."""

    def __str__(self) -> str:
        text: str = super().__str__()
        return text[1:].replace(":/", "://", 1) if text[0] == "/" else text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RemotePath) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    def as_posix(self) -> str:
        """Return the address."""
        return str(self)

    as_uri = as_posix

    @property
    def address(self) -> ObjectAddress:
        """The address as a plain value."""
        return ObjectAddress.parse(str(self))

    @property
    def parent(self) -> Self:
        """The folder that contains it."""
        return self if len(self.parts) == _TOP and self.is_absolute() else super().parent

    @property
    def parents(self) -> Sequence[Self]:
        """All folders that contain it, the bucket last."""
        folders, path = [], self
        while (parent := path.parent) != path:
            folders.append(parent)
            path = parent
        return folders

    def relative_to(self, *other: Any, **options: Any) -> Self:
        """Return the rest of the path below another one in object storage."""
        if not isinstance(other[0], RemotePath):
            raise ValueError(f"{self} is not below {other[0]}")  # noqa: TRY004 - as pathlib does
        return super().relative_to(*other, **options)  # type: ignore[no-any-return]

    # --- reading the storage ------------------------------------------------------------------

    def stat(self, *, follow_symlinks: bool = True) -> ObjectStatus:  # noqa: ARG002 - pathlib's signature
        """Return the size, time and version of the object.

        Raises:
            OSError: it is missing, or access is refused.
            FolderError: the storage is unreachable.
        """
        from tui.storage.objects.client import status

        return status(self.address)

    def exists(self, *, follow_symlinks: bool = True) -> bool:  # noqa: ARG002
        """Whether there is such an object or any below it; False if storage does not respond."""
        return self.is_file() or self.is_dir()

    def is_file(self, *, follow_symlinks: bool = True) -> bool:  # noqa: ARG002
        """Whether there is such an object; False if the storage does not respond."""
        try:
            self.stat()
        except (OSError, FolderError):
            return False
        return True

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:  # noqa: ARG002
        """Whether there is any object below it; False if the storage does not respond."""
        from tui.storage.objects.client import is_empty

        try:
            return not is_empty(self.address)
        except (OSError, FolderError):
            return False

    def iterdir(self) -> Iterator[Self]:
        """Yield the paths directly in it."""
        from tui.storage.objects.client import pages

        for page in pages(self.address):
            for entry in page:
                yield self / entry.name

    def open(self, mode: str = "r", *_: Any, **__: Any) -> BinaryIO:
        """Open the object to read parts of it, as bytes.

        To read all of it, ``download_cache.local_copy`` is cheaper.
        """
        from tui.storage.objects.client import open_object

        return open_object(self.address) if mode == "rb" else _refuse()

    def read_bytes(self) -> bytes:
        """Return the bytes of a small object."""
        from tui.storage.objects.client import read_object

        return read_object(self.address)

    def mkdir(self, *_: Any, **__: Any) -> NoReturn:
        """Raise OSError: object storage is read-only."""
        _refuse()

    unlink = rename = replace = touch = symlink_to = hardlink_to = mkdir


def is_address(text: str | os.PathLike[str]) -> bool:
    """Whether a text is an address: it begins with a protocol and ``://``."""
    text = str(text)
    return "://" in text and re.match(_ADDRESS, text) is not None


def to_path(text: str) -> Path:
    """Return the path of an absolute file name or of an address, in the form of the catalog."""
    return _path_of(text) if is_address(text) else Path(text)


def from_address(text: str) -> RemotePath:
    """Return the path of an address that the user typed.

    Its bucket is permitted for the rest of the process, whatever library is open.

    Raises:
        FolderError: it names no bucket, or it contains a password (which is not repeated).
    """
    match = re.match(_ADDRESS, text)
    protocol, path_text = match.groups() if match else ("", "")
    if re.match(_PASSWORD, path_text):
        raise FolderError(
            f"An address must not contain a password or a key; {protocol} reads them from the "
            "environment or its configuration files."
        )
    parts: list[str] = []
    for part in path_text.split("/"):
        if part == "..":
            del parts[max(1, len(parts) - 1) :]
        elif part not in ("", "."):
            parts.append(part)
    if os.name == "nt":
        raise FolderError("Object storage is not supported on Windows.")
    if not parts:
        raise FolderError(f"{text} names no bucket; write {protocol or 's3'}://BUCKET/PREFIX.")
    path = _path_of(f"{protocol.lower()}://{'/'.join(parts)}")
    access.add_typed(path.address)
    return path


def check_prefix(folder: RemotePath) -> None:
    """Reject an empty folder.

    Raises:
        FolderError: it is empty, or can't be read.
    """
    from tui.storage.objects.client import is_empty

    try:
        if not is_empty(folder.address):
            return
    except OSError as error:
        raise FolderError(f"{folder} can't be read: {error.strerror}.") from error
    raise FolderError(f"{folder} is empty; check the names of the bucket and the folder.")


def _path_of(address: str) -> RemotePath:
    return RemotePath("/" + address.replace("://", ":/", 1))


def _refuse() -> NoReturn:
    import errno

    raise OSError(errno.EROFS, READ_ONLY)
