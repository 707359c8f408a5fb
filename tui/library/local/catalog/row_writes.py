"""Statements that write single rows, within the caller's transaction."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tui.core.name_folding import fold_case
from tui.library.base.records import date64, int64
from tui.storage.path_encoding import encode

if TYPE_CHECKING:
    import sqlite3

    from tui.library.base.records import IndexedFile

_FACTS = ("width", "height", "format", "taken_ns", "camera", "latitude", "longitude", "error")


def put_content(connection: sqlite3.Connection, item: IndexedFile) -> tuple[int | None, bool]:
    """Return the content's id (None for unreadable bytes) and whether it existed before."""
    if item.digest is None:
        return None, False
    row = connection.execute(
        f"SELECT id, {', '.join(_FACTS)} FROM contents WHERE hash = ?", (item.digest,)
    ).fetchone()
    if row is None:
        cursor = connection.execute("INSERT INTO contents (hash) VALUES (?)", (item.digest,))
        content_id, exists = int(cursor.lastrowid or 0), False
    else:
        content_id, exists = int(row[0]), True
    if item.info is not None or item.error is not None:
        facts = _facts(item)
        _describe(connection, content_id, facts, item.decoder)
        if exists and facts != row[1:]:
            count_rewrite(connection)
    return content_id, exists


def _facts(item: IndexedFile) -> tuple[object, ...]:
    info = item.info
    if info is None:
        return (*(None,) * 7, item.error)
    size, position = (info.width, info.height), (info.latitude, info.longitude)
    return (*size, info.format, info.taken_ns, info.camera, *position, item.error)


def _describe(
    connection: sqlite3.Connection, content_id: int, facts: tuple[object, ...], decoder: str | None
) -> None:
    changes = ", ".join(f"{name} = ?" for name in (*_FACTS, "decoder"))
    connection.execute(f"UPDATE contents SET {changes} WHERE id = ?", (*facts, decoder, content_id))


def put_file(connection: sqlite3.Connection, item: IndexedFile, content_id: int | None) -> None:
    """Write a file's row, new or changed."""
    folder, name = item.file.path.parent, item.file.path.name
    folder_id = _folder_id(connection, encode(folder))
    encoded = os.fsencode(name)
    values = (
        int64(item.file.size),
        date64(item.file.mtime_ns),
        int64(item.file.inode),
        content_id,
        item.error if content_id is None else None,
    )
    row = connection.execute(
        "SELECT id, content_id, size, mtime_ns FROM files WHERE folder_id = ? AND name = ?",
        (folder_id, encoded),
    ).fetchone()
    if row is None:
        connection.execute(
            "INSERT INTO files (folder_id, name, folded, size, mtime_ns, inode, content_id, error)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (folder_id, encoded, fold_case(name), *values),
        )
        return
    connection.execute(
        "UPDATE files SET size = ?, mtime_ns = ?, inode = ?, content_id = ?, error = ?"
        " WHERE id = ?",
        (*values, row[0]),
    )
    if row[1] != content_id:
        count_rewrite(connection)
    elif row[2:] != values[:2]:
        count_touch(connection)


def _folder_id(connection: sqlite3.Connection, path: bytes) -> int:
    row = connection.execute("SELECT id, available FROM folders WHERE path = ?", (path,)).fetchone()
    if row is None:
        cursor = connection.execute("INSERT INTO folders (path) VALUES (?)", (path,))
        return int(cursor.lastrowid or 0)
    if not row[1]:  # its files were just read, so it exists
        connection.execute("UPDATE folders SET available = 1 WHERE id = ?", (row[0],))
        count_rewrite(connection)
    return int(row[0])


def put_vector(
    connection: sqlite3.Connection, model_id: str, content_id: int | None, blob: bytes
) -> bool:
    """Write a vector unless the content has one; return whether it was written."""
    cursor = connection.execute(
        "INSERT OR IGNORE INTO embeddings (model_id, content_id, vector)"
        " SELECT id, ?, ? FROM models WHERE name = ?",
        (content_id, blob, model_id),
    )
    return cursor.rowcount > 0


def prune(connection: sqlite3.Connection) -> tuple[int, int]:
    """Remove contents without a file, and their vectors; return how many of each."""
    orphans = (
        "SELECT c.id FROM contents c WHERE NOT EXISTS"
        " (SELECT 1 FROM files f WHERE f.content_id = c.id)"
    )
    embeddings = connection.execute(
        f"DELETE FROM embeddings WHERE content_id IN ({orphans})"
    ).rowcount
    contents = connection.execute(f"DELETE FROM contents WHERE id IN ({orphans})").rowcount
    return contents, embeddings


def count_rewrite(connection: sqlite3.Connection) -> None:
    """Count a change other than new rows, after which readers must read all rows again."""
    connection.execute("UPDATE counters SET value = value + 1 WHERE name = 'rewrites'")


def count_touch(connection: sqlite3.Connection) -> None:
    """Count a change of an existing file's size or date only."""
    connection.execute(
        "INSERT INTO counters VALUES ('touches', 1)"
        " ON CONFLICT (name) DO UPDATE SET value = value + 1"
    )


def mark_first_new(connection: sqlite3.Connection, content_id: int) -> None:
    """Save the first new content of this run; it and later ones count as new."""
    connection.execute(
        "INSERT INTO counters VALUES ('known_contents', :last)"
        " ON CONFLICT (name) DO UPDATE SET value = :last",
        {"last": content_id - 1},
    )
