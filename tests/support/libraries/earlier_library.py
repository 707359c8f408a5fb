"""Libraries as commit 9232279 wrote them, one in a folder and one on a server.

An indexing run of that commit indexed the five files of ``files.json`` into each, with the vectors
of `tests.support.embedders.ColourEmbedder`. ``catalog.sql`` dumps the catalog, ``files.json`` has
its index files, and ``milvus.json`` has the collections of the server with all their rows. Only the
path of the indexed folder is replaced here, without the program's own code, so that only that
commit decides how paths, ids and notes are stored.
"""

from __future__ import annotations

import json
import os
import sqlite3
import zlib
from base64 import b64decode
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote_to_bytes

import xxhash

from tests.support.servers.milvus_server import connect

FOLDER = Path(__file__).parents[2] / "unit" / "library" / "made_by_9232279"
_FILES: dict[str, Any] = json.loads((FOLDER / "files.json").read_text("utf-8"))
_ROOT: str = _FILES["root"]


def write_pictures(root: Path) -> None:
    """Write the indexed files below a folder, with their bytes and dates; their inodes differ."""
    for name, file in _FILES["pictures"].items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b64decode(file["bytes"]))
        os.utime(path, ns=(file["mtime_ns"], file["mtime_ns"]))


def write_local_library(data_dir: Path, root: Path) -> None:
    """Write the catalog and its index files, with the pictures in ``root``."""
    data_dir.mkdir(mode=0o700)
    script = (FOLDER / "catalog.sql").read_text("utf-8")
    script = script.replace(_ROOT.encode().hex().upper(), os.fsencode(root).hex().upper())
    with closing(sqlite3.connect(data_dir / "catalog.sqlite")) as connection:
        connection.executescript(script)
        connection.execute("PRAGMA journal_mode = WAL")
    (data_dir / "index").mkdir(mode=0o700)
    for name, content in _FILES["index"].items():
        (data_dir / "index" / name).write_bytes(zlib.decompress(b64decode(content)))


def write_milvus_library(port: int, name: str, root: Path) -> None:
    """Write the collections into a new database, with the pictures in ``root``."""
    with closing(connect(port)) as server:
        server.create_database(name)
    with closing(connect(port, db_name=name)) as database:
        collections = json.loads((FOLDER / "milvus.json").read_text("utf-8"))
        for collection, content in collections.items():
            _create(database, collection, content)
            rows = [_moved(row, root) for row in content["rows"]]
            database.upsert(collection, rows)
            database.load_collection(collection)


def _create(database: Any, name: str, content: dict[str, Any]) -> None:
    from pymilvus import DataType, MilvusClient

    schema = MilvusClient.create_schema(
        auto_id=False, enable_dynamic_field=False, description=content["description"]
    )
    for field, parameters in content["fields"].items():
        types = {
            key: DataType[value]
            for key, value in parameters.items()
            if key in ("datatype", "element_type")
        }
        schema.add_field(field, **{**parameters, **types})
    database.create_collection(name, schema=schema, consistency_level="Bounded")
    indexes = MilvusClient.prepare_index_params()
    for field, parameters in content["indexes"].items():
        indexes.add_index(field, **parameters)
    database.create_index(name, indexes)


def _moved(row: dict[str, Any], root: Path) -> dict[str, Any]:
    """Return a row with the path of the indexed folder, and the id for that path."""
    moved = {
        key: value.replace(_ROOT, quote(os.fsencode(root), safe="/"))
        if key in ("key", "path", "folder")
        else value
        for key, value in row.items()
    }
    if "path" in row:
        assert row["id"] == _id(row["path"])
        moved["id"] = _id(moved["path"])
    return moved


def _id(path: str) -> int:
    return xxhash.xxh3_64_intdigest(unquote_to_bytes(path)) >> 1
