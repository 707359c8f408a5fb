"""Damage by other programs: to rows, to index files, to any byte of the catalog."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from tests.oracles.invariants import connect
from tui.library.base.permissions import CATALOG_NAME
from tui.library.local.vectors.index_files import index_folder

if TYPE_CHECKING:
    import random
    import sqlite3
    from pathlib import Path

_REWRITTEN = "UPDATE counters SET value = value + 1 WHERE name = 'rewrites'"


def change_row(
    data_dir: Path, table: str, change: str, seed: int, values: tuple[object, ...] = ()
) -> bool:
    """Change one row of a table; return whether there was one."""
    key = "seq" if table == "embeddings" else "id"
    with connect(data_dir) as connection:
        number = _random_row(connection, table, key, seed)
        if number is None:
            return False
        connection.execute(f"UPDATE {table} SET {change} WHERE {key} = ?", (*values, number))
        connection.execute(_REWRITTEN)
    return True


def change_hash(data_dir: Path, seed: int) -> None:
    """Change a content's hash, and its files' sizes, so that a run checks them."""
    with connect(data_dir) as connection:
        number = _random_row(connection, "contents", "id", seed)
        if number is not None:
            of_it = (number,)
            connection.execute("UPDATE contents SET hash = randomblob(16) WHERE id = ?", of_it)
            connection.execute("UPDATE files SET size = size + 1 WHERE content_id = ?", of_it)
            connection.execute(_REWRITTEN)


def change_index_file(data_dir: Path, seed: int, how: str) -> None:
    """Flip a bit of a saved file, truncate it, extend it, remove it, or plant another one."""
    folder = index_folder(data_dir)
    files = sorted(folder.glob("gen-*")) if folder.exists() else []
    if not files:
        return
    path = files[seed % len(files)]
    content = bytearray(path.read_bytes())
    path.unlink()  # a reader that has mapped it keeps its contents
    if how == "flip" and content:
        content[seed % len(content)] ^= 1 << seed % 8
    elif how == "cut":
        del content[seed % (len(content) + 1) :]
    elif how == "grow":
        content += b"\0"
    elif how == "plant":
        (folder / "gen-999.vectors").write_bytes(content)
    if how != "remove":
        path.write_bytes(content)


def copy_damaged(data_dir: Path, copy: Path, dice: random.Random) -> None:
    """Copy a library and flip some bits of the copy's catalog.

    Another process copies: if this one closed the file, SQLite would lose all its locks on it.
    """
    copy.parent.mkdir()
    subprocess.run(["cp", "-r", data_dir, copy], check=True)
    with connect(copy) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path = copy / CATALOG_NAME
    content = bytearray(path.read_bytes())
    for _ in range(dice.choice([1, 1, 1, 3, 50])):
        content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
    path.write_bytes(content)


def _random_row(connection: sqlite3.Connection, table: str, key: str, seed: int) -> int | None:
    numbers = [row[0] for row in connection.execute(f"SELECT {key} FROM {table}")]
    return numbers[seed % len(numbers)] if numbers else None
