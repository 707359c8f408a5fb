"""Which object storage photoseek asks: in another user's library, only what this user named.

A catalog is full of paths, and a path may be an address. If photoseek asked every address that a
catalog holds, its owner could have each reader's machine fetch what the owner likes, with the
reader's own keys. So with a library of another user (`tui.library.base.permissions.is_foreign`), or
one on a server, an address is asked only where its protocol and bucket were typed by this user, now
or earlier, or are those of a folder in this user's own library. In one's own library every address
is asked: an indexing run that named it put it there.

What was typed is kept in ``storage.json`` in the data folder. Imports the standard library only.
"""

from __future__ import annotations

import json
from contextlib import closing, suppress
from threading import Lock
from typing import TYPE_CHECKING

from tui.core.errors import FolderError, PhotoseekError

if TYPE_CHECKING:
    from pathlib import Path

    from tui.storage.objects.path import RemotePath

NAMES = "storage.json"
_MOST_BYTES = 1 << 20


class _Access:
    """What this process may ask.

    Attributes:
        named: protocols and buckets, such as ``s3://photos``, that were typed in this process.
        limit: the data folder whose earlier names count too; None while all may be asked.
        earlier: the names of that folder, once they were read.
    """

    def __init__(self) -> None:
        self.lock = Lock()
        self.named: set[str] = set()
        self.limit: Path | None = None
        self.earlier: frozenset[str] | None = None


_access = _Access()


def name_storage(path: RemotePath) -> None:
    """Note that the user typed an address."""
    with _access.lock:
        _access.named.add(str(path.top))


def limit_storage(data_dir: Path, *, is_foreign: bool) -> None:
    """Apply the rule of the library that is open now, and save the addresses typed so far.

    Args:
        data_dir: the user's own data folder.
        is_foreign: other users write the library.
    """
    with _access.lock:
        _access.limit = data_dir if is_foreign else None
        _access.earlier = None
        named = set(_access.named)
    if named:
        _keep(data_dir, named)


def refuse_unnamed(path: RemotePath) -> None:
    """Raise FolderError for an address that must not be asked."""
    top = str(path.top)
    with _access.lock:
        limit, earlier = _access.limit, _access.earlier
        if limit is None or top in _access.named:
            return
    if earlier is None:
        earlier = frozenset(_read(limit) | _roots(limit))
        with _access.lock:
            _access.earlier = earlier
    if top not in earlier:
        raise FolderError(
            f"{top} comes from a library that others write: run `photoseek {top}` once to let "
            "photoseek fetch from it."
        )


def _read(data_dir: Path) -> set[str]:
    try:
        with (data_dir / NAMES).open("rb") as file:
            names = json.loads(file.read(_MOST_BYTES))
        return {name for name in names if isinstance(name, str)}
    except (OSError, ValueError, TypeError, RecursionError):
        return set()


def _keep(data_dir: Path, named: set[str]) -> None:
    from tui.core.files import replacing

    earlier = _read(data_dir)
    if named <= earlier:
        return
    with suppress(OSError), replacing(data_dir / NAMES) as draft:
        draft.file.write(json.dumps(sorted(earlier | named), indent=1).encode())


def _roots(data_dir: Path) -> set[str]:
    """Return the storage that this user's own library has folders in."""
    import sqlite3

    from tui.library.base.permissions import CATALOG_NAME, is_foreign
    from tui.library.local.catalog.connect import open_for_reading
    from tui.storage.objects.path import RemotePath
    from tui.storage.path_encoding import decode

    path = data_dir / CATALOG_NAME
    if is_foreign(data_dir) or not path.exists():
        return set()
    try:
        with closing(open_for_reading(path)) as connection:
            roots = [decode(bytes(row[0])) for row in connection.execute("SELECT path FROM roots")]
    except (sqlite3.Error, PhotoseekError, TypeError, ValueError):
        return set()
    return {str(root.top) for root in roots if isinstance(root, RemotePath)}
