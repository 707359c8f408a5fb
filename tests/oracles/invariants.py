"""Invariants of a library at any moment, after any history.

Invariants of the rows (`check_rows`), after every step, also right after a kill:

- SQLite finds the file sound, and no row refers to a missing one;
- a file has a content or a reason why it can't be read, never both, never neither;
- no two files have one path, no two contents the same bytes, no content two vectors of a model;
- an embedding belongs to a content that is a picture, and to a model that is registered;
- a folder counts its files whose content is a picture (unless a test has damaged the number);
- a vector has its model's length and is a unit vector (unless a test has damaged one).

Invariants of the index (`check_index`):

- a saved flat file contains every sound vector up to the ``seq`` that it covers, by (seq, key);
- other vectors in it and in the graph are never returned;
- a search returns the best available pictures with their cosines, as a comparison with the
  catalog's vectors does: in a library that was just opened and in one that was opened before,
  through the flat file and through the graph;
- updated tables equal tables that are read again.

Invariants of a completed run (`check_catalog_against_disk`):

- each picture on disk that the options include has its row with its size, date, inode and the hash
  of its bytes, and a vector of the run's model for its subject;
- each broken one has a row with a reason;
- there is no other row below the folder, and the report's figures add up to the files.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np

from tests.oracles.actions import MODELS, SMALL_LIMITS
from tui.library.base.permissions import CATALOG_NAME
from tui.library.local.catalog.reader import Catalog
from tui.library.local.vectors.generations import VECTORS, open_flat
from tui.library.local.vectors.vector_index import VectorIndex
from tui.search.local.picture_table import PictureTable
from tui.storage.hashing import digest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tui.core.domain import Vectors

FORBIDDEN_ROWS = {
    "a file without content and reason, or with both": (
        "SELECT 1 FROM files WHERE (content_id IS NULL) = (error IS NULL)"
    ),
    "a vector of a broken file": (
        "SELECT 1 FROM embeddings JOIN contents ON id = content_id WHERE error IS NOT NULL"
    ),
    "a content that was neither described nor refused": (
        "SELECT 1 FROM contents WHERE format IS NULL AND error IS NULL"
    ),
}
_COUNTS = (
    "SELECT 1 FROM folders WHERE pictures <> (SELECT count(*) FROM files"
    " JOIN contents ON contents.id = content_id"
    " WHERE folder_id = folders.id AND contents.error IS NULL)"
)


def connect(data_dir: Path) -> closing[sqlite3.Connection]:
    """Open the file of the catalog without photoseek."""
    return closing(sqlite3.connect(data_dir / CATALOG_NAME, isolation_level=None))


def sound_vectors(connection: sqlite3.Connection, model_id: str) -> dict[int, tuple[int, Vectors]]:
    """Return by content the seq and the vector of each embedding that is a unit vector."""
    sound = {}
    for seq, key, blob, dim in connection.execute(
        "SELECT seq, content_id, vector, dim FROM embeddings e JOIN models m ON m.id = e.model_id"
        " WHERE m.name = ?",
        (model_id,),
    ):
        if isinstance(blob, bytes) and len(blob) == 2 * dim:
            vector = np.frombuffer(blob, "<f2").astype(np.float32)
            if abs(float(np.linalg.norm(vector)) - 1) < 0.01:
                sound[key] = (seq, vector)
    return sound


def check_rows(data_dir: Path, *, damaged_counts: bool, damaged_vectors: bool) -> None:
    with connect(data_dir) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        for what, statement in FORBIDDEN_ROWS.items():
            assert connection.execute(statement).fetchone() is None, what
        if not damaged_counts:
            assert connection.execute(_COUNTS).fetchone() is None
        if not damaged_vectors:
            (total,) = connection.execute("SELECT count(*) FROM embeddings").fetchone()
            assert total == sum(len(sound_vectors(connection, model)) for model in MODELS)


def available_contents(connection: sqlite3.Connection, model_id: str) -> set[int]:
    """Return the contents that have an available file and a vector."""
    rows = connection.execute(
        "SELECT f.content_id FROM files f JOIN folders d ON d.id = f.folder_id"
        " JOIN embeddings e ON e.content_id = f.content_id JOIN models m ON m.id = e.model_id"
        " WHERE d.available AND m.name = ?",
        (model_id,),
    )
    return {key for (key,) in rows}


def check_index(data_dir: Path, opened: VectorIndex, *, damaged_vectors: bool) -> None:
    """Search an index that was opened before and two that are opened now."""
    model_id = opened.model_id
    with connect(data_dir) as connection:
        alive = available_contents(connection, model_id)
        vectors = sound_vectors(connection, model_id)
    opened.refresh()
    with Catalog.open(data_dir, read_only=True) as catalog:
        _check_flat_file(catalog, model_id, {seq: key for key, (seq, _) in vectors.items()})
        fresh = VectorIndex(catalog, model_id, SMALL_LIMITS)
        for number, index in enumerate((opened, fresh, VectorIndex(catalog, model_id))):
            description = (
                f"index {number} of {model_id}: {index._state}, {sorted(alive)}, {vectors}"
            )
            for vector in MODELS[model_id]().embed_text(["red", "blue", "red green"]):
                for k in (2, 50):
                    keys, scores = index.search(vector, k)
                    assert np.isfinite(scores).all()
                    assert len(set(keys.tolist())) == len(keys)
                    if damaged_vectors:  # a saved file may still contain valid ones
                        assert set(keys.tolist()) <= alive
                        continue
                    expected = {key: float(vectors[key][1] @ vector) for key in alive}
                    best = sorted(expected.values(), reverse=True)[:k]
                    assert scores.tolist() == [expected[key] for key in keys.tolist()] or (
                        np.allclose(scores, [expected[key] for key in keys.tolist()], atol=1e-5)
                    )
                    assert len(scores) == len(best), description
                    assert np.allclose(scores, best, atol=1e-5)


def _check_flat_file(catalog: Catalog, model_id: str, sound: Mapping[int, int]) -> None:
    for generation in catalog.generations(model_id):
        flat = open_flat(catalog.data_dir, generation) if generation.kind == VECTORS else None
        if flat is not None:
            held = set(zip(flat.seqs.tolist(), flat.keys.tolist(), strict=True))
            due = {pair for pair in sound.items() if pair[0] <= generation.seq_covered}
            assert due <= held


def check_tables(opened: Catalog, columns: PictureTable, model_id: str) -> None:
    """Compare updated tables with those that are read again."""
    columns.refresh()
    with Catalog.open(opened.data_dir, read_only=True) as catalog:
        fresh = PictureTable(catalog)
        for name in ("file_ids", "content_ids", "folders", "dates", "sizes", "widths"):
            assert getattr(columns, name).tolist() == getattr(fresh, name).tolist(), name
        for name in ("file_ids", "content_ids"):
            before, now = (getattr(one.files(model_id), name) for one in (opened, catalog))
            assert before.tolist() == now.tolist(), name


def check_catalog_against_disk(
    data_dir: Path,
    folder: Path,
    model_id: str,
    shown: Mapping[bytes, Vectors | None],
    excluded: str | None,
    *,
    with_vectors: bool,
) -> int:
    """Compare rows with files; return how many files there are.

    Args:
        data_dir: the library.
        folder: the indexed folder.
        model_id: the run's model.
        shown: by a file's bytes, the vector of its subject; None for a broken picture.
        excluded: the name of folders that the options exclude.
        with_vectors: a vector of each picture is expected.
    """
    with connect(data_dir) as connection:
        rows = {
            os.fsdecode(path + b"/" + name): facts
            for path, name, *facts in connection.execute(
                "SELECT d.path, f.name, f.size, f.mtime_ns, f.inode, c.hash,"
                " coalesce(f.error, c.error), f.content_id FROM files f"
                " JOIN folders d ON d.id = f.folder_id LEFT JOIN contents c ON c.id = f.content_id"
                " WHERE d.available"
            )
        }
        vectors = sound_vectors(connection, model_id)
    files = [
        path
        for path in folder.rglob("*")
        if path.is_file() and excluded not in path.relative_to(folder).parts
    ]
    assert set(rows) == {str(path) for path in files}
    for path in files:
        size, mtime_ns, inode, digest_stored, error, content = rows[str(path)]
        status = path.stat()
        assert (size, mtime_ns, inode) == (status.st_size, status.st_mtime_ns, status.st_ino)
        assert digest_stored == digest(path)
        expected = shown[path.read_bytes()]
        assert (error is None) == (expected is not None)
        if with_vectors and expected is not None:
            assert float(vectors[content][1] @ expected) > 0.999
    return len(files)
