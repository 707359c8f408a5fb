"""Limits the object storage that photoseek reads while a library is open.

The paths in a catalog may be addresses in object storage. If photoseek fetched from every address
in a catalog, its owner could make each reader's machine fetch anything, with the reader's own keys.
So while a library that other users write is open, photoseek fetches from a bucket only if this user
typed its address, now or earlier, or has folders of it in the library in the data folder. The
user's own library permits every address: the user named each one when indexing.

The typed buckets are saved in ``storage.json`` in the data folder. Imports the standard library
only.
"""

from __future__ import annotations

import json
from contextlib import closing, suppress
from functools import cache, partial
from typing import TYPE_CHECKING

from tui.core.errors import PhotoseekError
from tui.storage.objects.access import access

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from pathlib import Path

NAMES = "storage.json"
_MOST_BYTES = 1 << 20


def limit_storage(data_dir: Path, *, is_foreign: bool) -> None:
    """Apply the rule of the open library, and save the buckets typed so far.

    Args:
        data_dir: the user's own data folder.
        is_foreign: other users write the library.
    """
    access.restrict(cache(partial(_permitted_buckets, data_dir)) if is_foreign else None)
    if typed := access.typed():
        _save_buckets(data_dir, typed)


def _permitted_buckets(data_dir: Path) -> frozenset[str]:
    return frozenset(_saved_buckets(data_dir) | _indexed_buckets(data_dir))


def _saved_buckets(data_dir: Path) -> set[str]:
    try:
        with (data_dir / NAMES).open("rb") as file:
            names = json.loads(file.read(_MOST_BYTES))
        return {name for name in names if isinstance(name, str)}
    except (OSError, ValueError, TypeError, RecursionError):
        return set()


def _save_buckets(data_dir: Path, typed: AbstractSet[str]) -> None:
    from tui.core.files import replace_file

    earlier = _saved_buckets(data_dir)
    if typed <= earlier:
        return
    with suppress(OSError), replace_file(data_dir / NAMES) as draft:
        draft.file.write(json.dumps(sorted(earlier | typed), indent=1).encode())


def _indexed_buckets(data_dir: Path) -> set[str]:
    """Return the buckets of the folders in this user's own library."""
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
    return {root.address.root for root in roots if isinstance(root, RemotePath)}
