"""Checks the values in the rows of a catalog, which SQLite itself does not check.

A flipped bit may turn a number into a text, or a table's definition into another one. SQLite
accepts both, and the code that reads them would fail far from the cause.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from tui.library.base.folder_notes import has_notes
from tui.library.base.records import LARGEST_ID
from tui.library.local.catalog import schema

if TYPE_CHECKING:
    import sqlite3

UNSOUND = {
    "roots": "typeof(path) <> 'blob'",
    "folders": (
        "typeof(path) <> 'blob' OR typeof(pictures) <> 'integer' OR available NOT IN (0, 1)"
    ),
    "contents": (
        "typeof(hash) <> 'blob' OR typeof(width) NOT IN ('integer', 'null')"
        " OR typeof(height) NOT IN ('integer', 'null') OR typeof(format) NOT IN ('text', 'null')"
        " OR typeof(taken_ns) NOT IN ('integer', 'null')"
        " OR typeof(camera) NOT IN ('text', 'null')"
        " OR typeof(latitude) NOT IN ('real', 'integer', 'null')"
        " OR typeof(longitude) NOT IN ('real', 'integer', 'null')"
        " OR typeof(error) NOT IN ('text', 'null') OR typeof(decoder) NOT IN ('text', 'null')"
        " OR (format IS NULL AND error IS NULL)"
    ),
    "files": (
        "typeof(name) <> 'blob' OR typeof(folded) <> 'text' OR typeof(size) <> 'integer'"
        " OR typeof(mtime_ns) <> 'integer' OR typeof(inode) <> 'integer'"
        " OR typeof(content_id) NOT IN ('integer', 'null')"
        " OR typeof(error) NOT IN ('text', 'null') OR (content_id IS NULL) = (error IS NULL)"
    ),
    "models": "typeof(name) <> 'text' OR typeof(dim) <> 'integer' OR dim NOT BETWEEN 1 AND 65536",
    "generations": (
        "typeof(kind) <> 'text' OR typeof(file) <> 'text' OR typeof(dtype) <> 'text'"
        " OR typeof(metric) <> 'text' OR typeof(seq_covered) <> 'integer' OR typeof(n) <> 'integer'"
        " OR typeof(dim) <> 'integer' OR typeof(bytes) <> 'integer' OR typeof(crc32) <> 'integer'"
        " OR typeof(created_ns) <> 'integer'"
    ),
    "counters": "typeof(value) <> 'integer'",
    "folder_notes": "typeof(kind) <> 'text' OR typeof(path) <> 'blob' OR typeof(value) <> 'blob'",
    "sqlite_sequence": f"typeof(seq) <> 'integer' OR seq NOT BETWEEN 0 AND {LARGEST_ID}",
}
"""By table, a condition for rows that no version of the program has written."""

_TEXTS = {
    "contents": "format, camera, error, decoder",
    "files": "folded, error",
    "models": "name",
    "generations": "kind, file, dtype, metric",
    "counters": "name",
}
_COUNTERS = {"rewrites", "touches", "known_contents"}


def count_unsound(connection: sqlite3.Connection) -> int:
    """Return the number of rows that no version of the program has written.

    Raises:
        sqlite3.Error: a table can't be read.
    """
    total = 0
    for table, condition in UNSOUND.items():
        if table == "folder_notes" and not has_notes(connection):
            continue
        (count,) = connection.execute(f"SELECT count(*) FROM {table} WHERE {condition}").fetchone()
        total += count
    before, connection.text_factory = connection.text_factory, bytes
    try:
        for table, columns in _TEXTS.items():
            rows = connection.execute(f"SELECT {columns} FROM {table}")
            total += sum(not all(map(_is_text, row)) for row in rows)
    finally:
        connection.text_factory = before
    names = {name for (name,) in connection.execute("SELECT name FROM counters")}
    return total + ("rewrites" not in names) + len(names - _COUNTERS)


def has_own_schema(connection: sqlite3.Connection) -> bool:
    """Whether the tables, indexes and triggers are exactly those of this version.

    The table of notes may be missing.
    """
    with closing(schema.create_in_memory()) as own:
        required = _definitions(own)
        schema.add_notes(own)
        return required <= _definitions(connection) <= _definitions(own)


def _definitions(connection: sqlite3.Connection) -> set[tuple[bytes, ...]]:
    before, connection.text_factory = connection.text_factory, bytes
    try:
        rows = connection.execute(
            "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_stat%'"
        )
        return set(rows.fetchall())
    finally:
        connection.text_factory = before


def _is_text(value: bytes | None) -> bool:
    if value is None:
        return True
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True
