"""Records of files and contents, which an indexing run compares with the disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.core.gc_pause import gc_paused
from tui.library.base.records import ContentRecord, FileRecord
from tui.storage.path_encoding import BELOW, join, span

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from pathlib import Path

_EMBEDDING = (
    "embeddings e ON e.content_id = c.id"
    " AND e.model_id = (SELECT id FROM models WHERE name = :model)"
)
_VALUES_AT_ONCE = 500


def read_file_records(
    connection: sqlite3.Connection, scope: Path, model_id: str, *, deep: bool = True
) -> dict[bytes, FileRecord]:
    """Return every file of the library below a folder, or directly in it, by its path."""
    with gc_paused():
        rows = connection.execute(
            "SELECT d.path, f.name, f.id, f.size, f.mtime_ns, f.inode, f.content_id,"
            " e.seq IS NOT NULL, coalesce(f.error, c.error), c.decoder"
            " FROM folders d CROSS JOIN files f ON f.folder_id = d.id"
            f" LEFT JOIN contents c ON c.id = f.content_id LEFT JOIN {_EMBEDDING}"
            f" WHERE {BELOW if deep else 'd.path = :exact'}",
            {"model": model_id, **span(scope)._asdict()},
        )
        return {
            join(row[0], row[1]): FileRecord._make((*row[2:7], bool(row[7]), *row[8:]))
            for row in rows
        }


def read_content_records(
    connection: sqlite3.Connection, digests: Sequence[bytes], model_id: str
) -> dict[bytes, ContentRecord]:
    """Return the contents with these hashes, by hash."""
    contents: dict[bytes, ContentRecord] = {}
    for start in range(0, len(digests), _VALUES_AT_ONCE):
        part = digests[start : start + _VALUES_AT_ONCE]
        values = {f"digest{number}": value for number, value in enumerate(part)}
        marks = ", ".join(f":{name}" for name in values)
        rows = connection.execute(
            "SELECT c.hash, c.id, e.seq IS NOT NULL, c.error, c.decoder FROM contents c"
            f" LEFT JOIN {_EMBEDDING} WHERE c.hash IN ({marks})",
            {"model": model_id, **values},
        )
        contents.update({row[0]: ContentRecord(row[1], bool(row[2]), *row[3:]) for row in rows})
    return contents
