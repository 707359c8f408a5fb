"""Distinguishes photoseek's catalogs from other programs' databases and from hostile files.

SQLite files contain the id of their program (``PRAGMA application_id``,
https://www.sqlite.org/pragma.html#pragma_application_id). Catalogs from before photoseek had an id
are recognized by their tables, and get the id when they are opened for writing.

The catalog of another user is read as SQLite advises for files from untrusted sources
(https://www.sqlite.org/security.html): without views and virtual tables, with no triggers but
photoseek's own, and with a limit on the time that a statement may take.
"""

from __future__ import annotations

from contextlib import closing
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from tui.core.errors import CatalogError
from tui.library.base.folder_notes import has_notes
from tui.library.base.records import LARGEST_ID
from tui.library.local.catalog import schema
from tui.library.local.row_checks import UNSOUND

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

_TABLES = frozenset({"roots", "folders", "contents", "files", "models", "embeddings"})
"""The tables that every version of the catalog has."""

_MOST_LOST = 1
"""The most tables that a catalog without an id may have lost by damage; it can be repaired then."""

_LARGE = ("contents", "files")
"""Tables with a row for each picture; reading a million of them takes seconds."""


class CatalogIdentity(NamedTuple):
    """The application id and the version of a database."""

    application_id: int
    version: int


def identify(connection: sqlite3.Connection, path: Path) -> CatalogIdentity:
    """Return the identity of a database; version 0 means that it has no tables yet.

    Raises:
        CatalogError: it belongs to another program, or to a newer photoseek.
    """
    began = not connection.in_transaction
    if began:
        connection.execute("BEGIN")  # in one transaction: another process may be creating it
    try:
        application_id = int(connection.execute("PRAGMA application_id").fetchone()[0])
        version = schema.version_of(connection)
        rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        tables = {str(name) for (name,) in rows}
    finally:
        if began:
            connection.rollback()
    looks_ours = len(_TABLES - tables) <= _MOST_LOST if version else not tables
    if application_id != schema.APPLICATION_ID and (application_id or not looks_ours):
        raise CatalogError(
            f"{path} belongs to another program; choose another data folder with --data-dir."
        )
    schema.refuse_newer(version, path)
    return CatalogIdentity(application_id, version)


def refuse_strange_schema(connection: sqlite3.Connection, path: Path) -> None:
    """Raise CatalogError unless a catalog has photoseek's tables, indexes and triggers.

    Further tables are accepted, since a later photoseek may have created them; they are not read.
    """
    if not _is_usual(connection):
        raise CatalogError(
            f"{path} contains unknown tables and belongs to another user; ask its owner, or choose "
            "another library with --library FOLDER."
        )


def refuse_strange_rows(connection: sqlite3.Connection, path: Path) -> None:
    """Raise CatalogError for rows that photoseek never writes.

    It checks every row of the small tables, and the range of the ids of the large ones.
    """
    ids = f"EXISTS (SELECT id FROM {{0}} WHERE id < 1) OR max(id) > {LARGEST_ID}"
    questions = dict.fromkeys(_LARGE, f"SELECT {ids} FROM {{0}}")
    for table, condition in UNSOUND.items():
        if table not in _LARGE and (table != "folder_notes" or has_notes(connection)):
            wide = f" OR id NOT BETWEEN 1 AND {LARGEST_ID}" if table == "folders" else ""
            questions[table] = f"SELECT EXISTS (SELECT 1 FROM {{0}} WHERE {condition}{wide})"
    for table, question in questions.items():
        if connection.execute(question.format(table)).fetchone()[0]:
            raise CatalogError(
                f"{path} contains invalid rows and belongs to another user; ask its owner to run "
                "`photoseek doctor`."
            )


def _is_usual(connection: sqlite3.Connection) -> bool:
    expected = _expected()
    names = set()
    columns = "type, name, tbl_name, rootpage, sql"
    for kind, name, table, page, sql in connection.execute(f"SELECT {columns} FROM sqlite_master"):
        if (kind, name) in expected:
            names.add((kind, name))
            if kind != "table" and sql != expected[kind, name]:
                return False
        elif kind not in ("table", "index") or (
            kind == "index" and sql is not None and ("table", table) in expected
        ):
            return False
        if kind in ("table", "index") and not page:  # a virtual table
            return False
    return names == set(expected) and all(
        _columns(connection, name) >= columns for name, columns in _expected_columns().items()
    )


def _columns(connection: sqlite3.Connection, table: str) -> frozenset[str]:
    """Return the columns that hold values, without generated ones."""
    rows = connection.execute("SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0", (table,))
    return frozenset(str(name) for (name,) in rows)


@cache
def _expected() -> dict[tuple[str, str], str]:
    with closing(schema.create_in_memory()) as connection:
        rows = connection.execute(
            "SELECT type, name, sql FROM sqlite_master"
            " WHERE sql NOT NULL AND name NOT LIKE 'sqlite%'"
        )
        return {(kind, name): sql for kind, name, sql in rows}


@cache
def _expected_columns() -> dict[str, frozenset[str]]:
    tables = [name for kind, name in _expected() if kind == "table"]
    with closing(schema.create_in_memory()) as connection:
        return {name: _columns(connection, name) for name in tables}
