"""Copies the readable rows of a damaged catalog into a new one; the damaged one is kept.

A plain read ends at the first damaged page and loses all rows behind it, and Python's ``sqlite3``
lacks SQLite's recovery extension. So a range of rows that fails is halved until only the rows on
damaged pages are missing, which saves most embeddings. Computing them again may take hours.
"""

from __future__ import annotations

import glob
import os
import shutil
import sqlite3
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING

from tui.core.errors import CatalogError
from tui.core.files import is_draft, is_own_folder, open_draft, private_folder, set_mode
from tui.library.base.folder_notes import has_notes
from tui.library.base.permissions import file_mode
from tui.library.base.records import LARGEST_ID
from tui.library.local.catalog import schema
from tui.library.local.catalog.sentences import RAISED, catalog_errors
from tui.library.local.row_checks import UNSOUND

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CHUNK = 10_000
_PATIENCE = 20_000
"""The number of failed reads of one table after which its remaining rows are abandoned."""

_TABLES = {
    "roots": "id, path",
    "folders": "id, path, available",
    "contents": "id, hash, width, height, format, taken_ns, camera, latitude, longitude, error,"
    " decoder",
    "files": "id, folder_id, name, folded, size, mtime_ns, inode, content_id, error",
    "models": "id, name, dim",
    "embeddings": "seq, model_id, content_id, vector",
    "folder_notes": "id, kind, path, value",
}
"""The tables to copy; every row is copied after the rows that it refers to."""

_UNSOUND = "".join(
    f"DELETE FROM {table} WHERE {condition};\n"
    for table, condition in UNSOUND.items()
    if table in _TABLES
)
_MISFITS = """
DELETE FROM embeddings WHERE content_id NOT IN (SELECT id FROM contents)
    OR length(vector) IS NOT (SELECT 2 * dim FROM models WHERE id = model_id);
DELETE FROM files WHERE folder_id NOT IN (SELECT id FROM folders)
    OR content_id NOT IN (SELECT id FROM contents);
UPDATE counters SET value = 1;
"""


def recover_catalog(path: Path) -> tuple[Path, dict[str, int]]:
    """Replace a damaged catalog by a new one with all readable rows.

    The writer lock must be held. Embeddings and files whose content was lost are dropped; the next
    indexing run reads the files again.

    Returns:
        The path of the damaged catalog, and how many rows of each table were copied.

    Raises:
        CatalogError: the new catalog can't be written; the damaged one is unchanged.
    """
    _sweep(path)
    with _writing_errors(path), private_folder(path.parent, path.name) as folder:
        fresh = folder / path.name
        saved = _rebuild(path, fresh)
        return _install(path, fresh), saved


def _sweep(path: Path) -> None:
    """Remove the drafts of repairs and backups that were killed."""
    for folder in path.parent.glob(f"{glob.escape(path.name)}.*.tmp"):
        if is_draft(folder.name, path.name) and is_own_folder(folder):
            for name in ("", "-journal", "-wal", "-shm"):
                with suppress(OSError):
                    (folder / f"{path.name}{name}").unlink()
            with suppress(OSError):
                folder.rmdir()


def _rebuild(path: Path, fresh: Path) -> dict[str, int]:
    with catalog_errors(fresh), closing(sqlite3.connect(fresh, isolation_level=None)) as target:
        target.execute(f"PRAGMA page_size = {schema.PAGE_SIZE}")
        schema.create(target)
        target.execute("BEGIN")
        schema.add_notes(target)
        with suppress(*RAISED), closing(_open_damaged(path)) as source:
            for table, columns in _TABLES.items():
                if table == "folder_notes" and not has_notes(source):
                    continue
                with suppress(*RAISED):
                    _carry_over(source, target, table, columns)
        for statement in schema.statements(_UNSOUND + _MISFITS):
            target.execute(statement)
        saved = {
            table: int(target.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
            for table in _TABLES
        }
        target.execute("COMMIT")
    return saved


def _open_damaged(path: Path) -> sqlite3.Connection:
    """Open it with its log, or without if the log is also damaged."""
    for options in ("mode=ro", "mode=ro&immutable=1"):
        source = sqlite3.connect(
            f"{path.absolute().as_uri()}?{options}", uri=True, isolation_level=None
        )
        source.text_factory = _lenient
        try:
            # The tables whose definition can be read are then usable, despite the others.
            source.execute("PRAGMA writable_schema = ON")
            source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except RAISED:
            source.close()
        else:
            return source
    raise sqlite3.DatabaseError("not a database")


def _carry_over(
    source: sqlite3.Connection, target: sqlite3.Connection, table: str, columns: str
) -> None:
    marks = ",".join("?" * len(columns.split(",")))
    target.executemany(
        f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks})",
        _readable_rows(source, table, columns),
    )


def _readable_rows(
    source: sqlite3.Connection, table: str, columns: str
) -> Iterator[tuple[object, ...]]:
    """Yield all rows except those on damaged pages, by halving the ranges that fail."""
    key = columns.split(",", 1)[0]
    last = _last_id(source, table, key)
    pending = [(low, low + _CHUNK) for low in range(1, last + 1, _CHUNK)][::-1]
    failed = 0
    while pending and failed < _PATIENCE:
        low, high = pending.pop()
        try:
            rows = source.execute(
                f"SELECT {columns} FROM {table} NOT INDEXED WHERE {key} >= ? AND {key} < ?",
                (low, high),
            ).fetchall()
        except RAISED:
            failed += 1
            middle = (low + high) // 2
            if middle > low:
                pending += [(middle, high), (low, middle)]
        else:
            yield from (row for row in rows if isinstance(row[0], int))


def _last_id(source: sqlite3.Connection, table: str, key: str) -> int:
    questions = (
        f"SELECT max({key}) FROM {table}",
        f"SELECT seq FROM sqlite_sequence WHERE name = '{table}'",
    )
    for question in questions:
        with suppress(*RAISED):
            row = source.execute(question).fetchone() or (0,)
            if row[0] is None or isinstance(row[0], int):
                return min(row[0] or 0, LARGEST_ID)
    return _CHUNK


def _lenient(text: bytes) -> str:
    return text.decode("utf-8", "replace")  # a damaged row may contain anything


def _install(path: Path, fresh: Path) -> Path:
    """Keep the damaged catalog and its log under another name, then rename the new one.

    The log is renamed first: SQLite would otherwise replay it into the new catalog.
    """
    number = 1
    while any(os.path.lexists(f"{path}.damaged-{number}{end}") for end in ("", "-wal")):
        number += 1
    backup = path.with_name(f"{path.name}.damaged-{number}")
    try:
        os.link(path, backup)
    except OSError:  # a file system without hard links
        with open_draft(backup) as draft, path.open("rb") as damaged:
            shutil.copyfileobj(damaged, draft.file)
    with suppress(FileNotFoundError):
        path.with_name(f"{path.name}-wal").rename(backup.with_name(f"{backup.name}-wal"))
    path.with_name(f"{path.name}-shm").unlink(missing_ok=True)
    set_mode(fresh, file_mode(path.parent))
    with suppress(OSError):  # a disk whose owners can't be changed
        _give_to_owner(fresh, path)
    fresh.replace(path)
    return backup


def _give_to_owner(fresh: Path, path: Path) -> None:
    """Give the catalog that root rebuilt to the owner of the damaged one.

    It is opened through its private folder, and only if that folder is still private: the library's
    owner may have replaced both.
    """
    if os.name == "nt" or os.geteuid() != 0 or (before := path.lstat()).st_uid == 0:
        return
    folder = os.open(fresh.parent, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY)
    try:
        status = os.fstat(folder)
        if status.st_uid != 0 or status.st_mode & 0o077:
            return  # a disk without owners
        catalog = os.open(fresh.name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=folder)
        try:
            os.fchown(catalog, before.st_uid, before.st_gid)
        finally:
            os.close(catalog)
    finally:
        os.close(folder)


@contextmanager
def _writing_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CatalogError(
            f"Can't write the repaired catalog to {path.parent} ({error.strerror or error}); "
            "free some space or check the permissions, then repair again."
        ) from error
