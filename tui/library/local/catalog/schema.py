"""The tables of the catalog, its version, and the migrations from older versions.

Ids are never used twice (AUTOINCREMENT): the key of a vector in an index is its content's id, so a
reused id would find another picture. Vectors have a table of their own, so that a scan of the files
never touches their pages. Paths and names are BLOBs of ``os.fsencode``: names that are not UTF-8
survive, and a folder with its subfolders is one range of the index on ``path``.
"""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

from tui.core.errors import CatalogError
from tui.core.files import private_folder, set_mode
from tui.library.base.permissions import file_mode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

APPLICATION_ID = 0x50534B31
"""Marks a catalog as photoseek's (``PSK1``), whatever its version."""

VERSION = 1
PAGE_SIZE = 8192
"""Bytes; seven float16 vectors of 512 numbers fit a page (three fit the usual 4096)."""

TABLES = """
CREATE TABLE roots (
    id INTEGER PRIMARY KEY,
    path BLOB NOT NULL UNIQUE
);
CREATE TABLE folders (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    path BLOB NOT NULL UNIQUE,
    available INTEGER NOT NULL DEFAULT 1,
    pictures INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE contents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hash BLOB NOT NULL UNIQUE,
    width INTEGER,
    height INTEGER,
    format TEXT,
    taken_ns INTEGER,
    camera TEXT,
    latitude REAL,
    longitude REAL,
    error TEXT,
    decoder TEXT
);
CREATE TABLE files (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    folder_id INTEGER NOT NULL REFERENCES folders (id),
    name BLOB NOT NULL,
    folded TEXT NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    content_id INTEGER REFERENCES contents (id),
    error TEXT,
    UNIQUE (folder_id, name)
);
CREATE INDEX files_content ON files (content_id);
CREATE TABLE models (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    dim INTEGER NOT NULL
);
CREATE TABLE embeddings (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    model_id INTEGER NOT NULL REFERENCES models (id),
    content_id INTEGER NOT NULL REFERENCES contents (id),
    vector BLOB NOT NULL,
    UNIQUE (content_id, model_id)
);
CREATE INDEX embeddings_model ON embeddings (model_id);
CREATE TABLE generations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    model_id INTEGER NOT NULL REFERENCES models (id),
    kind TEXT NOT NULL,
    file TEXT NOT NULL UNIQUE,
    seq_covered INTEGER NOT NULL,
    n INTEGER NOT NULL,
    dim INTEGER NOT NULL,
    dtype TEXT NOT NULL,
    metric TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    crc32 INTEGER NOT NULL,
    created_ns INTEGER NOT NULL
);
CREATE TABLE counters (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
);
INSERT INTO counters VALUES ('rewrites', 0);
"""

NOTES = """
CREATE TABLE folder_notes (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    path BLOB NOT NULL,
    value BLOB NOT NULL,
    UNIQUE (kind, path)
);
"""
"""A table that a catalog of this version may have; the first note creates it."""

# folders.pictures is how many of a folder's own files are pictures: a tree of folders is then
# counted without reading a single file's row.
TRIGGERS = """
CREATE TRIGGER files_inserted AFTER INSERT ON files WHEN new.content_id IS NOT NULL BEGIN
    UPDATE folders SET pictures = pictures + 1 WHERE id = new.folder_id
        AND (SELECT error IS NULL FROM contents WHERE id = new.content_id);
END;
CREATE TRIGGER files_deleted AFTER DELETE ON files WHEN old.content_id IS NOT NULL BEGIN
    UPDATE folders SET pictures = pictures - 1 WHERE id = old.folder_id
        AND (SELECT error IS NULL FROM contents WHERE id = old.content_id);
END;
CREATE TRIGGER files_changed AFTER UPDATE OF content_id ON files
WHEN old.content_id IS NOT new.content_id BEGIN
    UPDATE folders SET pictures = pictures
        + coalesce((SELECT error IS NULL FROM contents WHERE id = new.content_id), 0)
        - coalesce((SELECT error IS NULL FROM contents WHERE id = old.content_id), 0)
        WHERE id = new.folder_id;
END;
CREATE TRIGGER contents_judged AFTER UPDATE OF error ON contents
WHEN (old.error IS NULL) <> (new.error IS NULL) BEGIN
    UPDATE folders SET pictures = (
        SELECT count(*) FROM files JOIN contents ON contents.id = files.content_id
        WHERE files.folder_id = folders.id AND contents.error IS NULL
    ) WHERE id IN (SELECT folder_id FROM files WHERE content_id = new.id);
END;
"""

MIGRATIONS: Mapping[int, Callable[[sqlite3.Connection], None]] = {}
"""Each step migrates a catalog from the version that is its key to the next one."""


def version_of(connection: sqlite3.Connection) -> int:
    """Return the schema's version; 0 means that there are no tables yet."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def create(connection: sqlite3.Connection) -> None:
    """Create all tables in one transaction, unless another process was first."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        if version_of(connection) == 0:
            for statement in statements(TABLES + TRIGGERS):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {VERSION}")
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise


def create_in_memory() -> sqlite3.Connection:
    """Return an empty catalog in memory, to compare others with."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    create(connection)
    return connection


def add_notes(connection: sqlite3.Connection) -> None:
    """Create the table of notes, within the caller's transaction."""
    for statement in statements(NOTES):
        connection.execute(statement)


def statements(script: str) -> list[str]:
    """Split a script into statements (``executescript`` would commit the open transaction)."""
    complete: list[str] = []
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            complete.append(pending)
            pending = ""
    return complete


def refuse_newer(version: int, path: Path, supported: int = VERSION) -> None:
    """Raise CatalogError for a catalog that a newer photoseek wrote."""
    if version > supported:
        raise CatalogError(
            f"{path} was written by a newer photoseek (catalog version {version}; this one "
            f"supports {supported}); update photoseek, or choose another data folder."
        )


def migrate(
    connection: sqlite3.Connection,
    path: Path,
    *,
    target: int = VERSION,
    steps: Mapping[int, Callable[[sqlite3.Connection], None]] = MIGRATIONS,
) -> Path | None:
    """Migrate an older catalog to ``target`` in one transaction, after a backup.

    The caller holds the writer lock. Returns the backup's path, None if there was nothing to do.
    """
    version = version_of(connection)
    if version >= target:
        return None
    backup = _back_up(connection, path, version)
    connection.execute("BEGIN IMMEDIATE")
    try:
        for number in range(version, target):
            steps[number](connection)
        connection.execute(f"PRAGMA user_version = {target}")
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise
    return backup


def _back_up(connection: sqlite3.Connection, path: Path, version: int) -> Path:
    stamp = time.strftime("%Y%m%d-%H%M%S")
    backup = path.with_name(f"{path.name}.v{version}-{stamp}-{os.urandom(4).hex()}.backup")
    try:
        with private_folder(path.parent, path.name) as folder:
            with closing(sqlite3.connect(folder / path.name)) as copy:
                connection.backup(copy)
            set_mode(folder / path.name, file_mode(path.parent))
            (folder / path.name).rename(backup)
    except OSError as error:
        raise CatalogError(
            f"{path} can't be backed up before its update ({error.strerror or error}); free some "
            "space or check the permissions of its folder."
        ) from error
    return backup
