"""Notes on folders in a catalog: one JSON value for each kind and path.

The first catalogs lack the table, so the first note creates it. A catalog without it has no notes
and stays readable by every photoseek of its version.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tui.library.local.catalog import schema
from tui.storage.path_encoding import BELOW

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

OPTIONS = "options"
"""The scan options of folders (`tui.library.base.folder_options`)."""

MOUNT = "mount"
"""Folders on another disk than their parent (`tui.indexing.mounts`)."""


SCANNED = "scanned"
"""Folders that were indexed by a version that records mount points."""


def read_notes(connection: sqlite3.Connection, kind: str) -> dict[bytes, Any]:
    """Return the notes of a kind by path, without damaged values."""
    if not has_notes(connection):
        return {}
    rows = connection.execute("SELECT path, value FROM folder_notes WHERE kind = ?", (kind,))
    notes = {}
    for path, value in rows:
        try:
            notes[bytes(path)] = json.loads(bytes(value))
        except (TypeError, ValueError, RecursionError):
            continue
    return notes


def write_notes(connection: sqlite3.Connection, kind: str, notes: Mapping[bytes, Any]) -> None:
    """Write notes, which replace older ones, within the caller's transaction."""
    if not has_notes(connection):
        schema.add_notes(connection)
    connection.executemany(
        "INSERT INTO folder_notes (kind, path, value) VALUES (?, ?, ?)"
        " ON CONFLICT (kind, path) DO UPDATE SET value = excluded.value",
        [(kind, path, json.dumps(value).encode()) for path, value in notes.items()],
    )


def remove_notes(connection: sqlite3.Connection, kind: str, paths: Iterable[bytes]) -> None:
    """Remove notes, within the caller's transaction."""
    if has_notes(connection):
        connection.executemany(
            "DELETE FROM folder_notes WHERE kind = ? AND path = ?", [(kind, path) for path in paths]
        )


def forget_notes(connection: sqlite3.Connection, span: Mapping[str, bytes]) -> None:
    """Remove all notes on a folder and on those below it."""
    if has_notes(connection):
        connection.execute(f"DELETE FROM folder_notes AS d WHERE {BELOW}", span)


def has_notes(connection: sqlite3.Connection) -> bool:
    """Whether a catalog has the table."""
    question = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'folder_notes'"
    return bool(connection.execute(question).fetchone()[0])
