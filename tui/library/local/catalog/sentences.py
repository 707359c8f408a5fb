"""Describes SQLite's errors in one sentence for the user."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tui.core.errors import CatalogError
from tui.library.base.permissions import network_remark

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_SPARE = 1 << 16
"""Bytes: SQLite's log and its shared memory grow by 32 KiB."""

_DAMAGED = (
    "The catalog {path} is damaged ({reason}); run `photoseek doctor --repair` to recover its "
    "readable data."
)
_SENTENCES = {
    sqlite3.SQLITE_FULL: "The disk is full, so {path} can't grow; free some space and run again.",
    sqlite3.SQLITE_READONLY: "{path} is read-only; allow writing, or choose another data folder.",
    sqlite3.SQLITE_BUSY: "{path} is locked by another program; try again later.",
    sqlite3.SQLITE_LOCKED: "{path} is locked by another program; try again later.",
    sqlite3.SQLITE_CANTOPEN: "{path} can't be opened; check the permissions of its folder.",
    sqlite3.SQLITE_PERM: "{path} can't be opened; check the permissions of its folder.",
    sqlite3.SQLITE_IOERR: "{path} can't be read or written ({reason}); check the disk.",
    sqlite3.SQLITE_PROTOCOL: "{path} can't be locked ({reason}); check the disk.",
    sqlite3.SQLITE_INTERRUPT: (
        "Reading {path} takes too long; it may be damaged, so ask its owner to run `photoseek "
        "doctor`."
    ),
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
}


RAISED = (sqlite3.Error, UnicodeDecodeError)
"""The exceptions of Python's SQLite module: its own error, or none if SQLite's message quotes a
table definition that is no longer text.
"""

DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
"""The error codes for a file that is not a valid catalog."""


_OF_THE_DISK = frozenset(
    {
        *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN),
        *(sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PROTOCOL),
    }
)
"""The error codes that a network drive may cause."""


def is_damage(error: sqlite3.Error | UnicodeDecodeError) -> bool:
    """Whether an error means that the catalog is damaged."""
    return isinstance(error, UnicodeDecodeError) or _code(error) in DAMAGE


def _code(error: sqlite3.Error) -> int:
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF  # the low byte is the primary code


def _is_full(path: Path) -> bool:
    try:
        return shutil.disk_usage(path.parent).free < _SPARE
    except OSError:
        return False


def describe_error(
    error: sqlite3.Error | UnicodeDecodeError, path: Path, mounts: Iterable[str] | None = None
) -> str:
    """Return one sentence on an SQLite error for the user.

    If the disk may be the cause and is a network disk, a second sentence says so.

    Args:
        error: the exception that SQLite raised.
        path: the catalog.
        mounts: this machine's disks, as `tui.library.base.permissions.network_remark` takes
            them.
    """
    if isinstance(error, UnicodeDecodeError):
        return _DAMAGED.format(path=path, reason="its tables' definitions are not text")
    code = _code(error)
    if code == sqlite3.SQLITE_IOERR and _is_full(path):
        code = sqlite3.SQLITE_FULL  # SQLite reports this for the catalog only, not for its log
    pattern = _SENTENCES.get(code, "The catalog {path} failed: {reason}.")
    text = pattern.format(path=path, reason=str(error).rstrip("."))
    remark = network_remark(path.parent, mounts) if code in _OF_THE_DISK else None
    return text if remark is None else f"{text} {remark}"


@contextmanager
def catalog_errors(path: Path) -> Iterator[None]:
    """Convert errors of SQLite to CatalogError with a sentence."""
    try:
        yield
    except RAISED as error:
        raise CatalogError(describe_error(error, path)) from error
