"""Reads the vectors of the catalog and the index files that it names."""

from __future__ import annotations

import json
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from tui.core.errors import CatalogError
from tui.library.base.records import Delta, Generation
from tui.library.base.unit_vectors import to_float32

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from tui.core.domain import Keys, Vectors

_MODEL = "(SELECT id FROM models WHERE name = :model)"
SHAPED = (
    "typeof(e.vector) = 'blob'"
    " AND length(e.vector) = 2 * (SELECT dim FROM models WHERE name = :model)"
)
"""A condition that an embedding ``e`` of ``:model`` has a vector's bytes; a damaged row may not."""


def read_dim(connection: sqlite3.Connection, model_id: str) -> int | None:
    """Return the length of a model's vectors, None for a model that is not registered."""
    row = connection.execute("SELECT dim FROM models WHERE name = ?", (model_id,)).fetchone()
    return None if row is None else int(row[0])


def read_vectors(
    connection: sqlite3.Connection, model_id: str, content_ids: Iterable[int]
) -> Vectors:
    """Return the contents' unit vectors, float32 ``(n, dim)``, in the order of the ids.

    Raises:
        CatalogError: one of them has no vector of this model.
    """
    ids = [int(number) for number in content_ids]
    blobs = dict(
        connection.execute(
            "SELECT e.content_id, e.vector FROM json_each(:wanted) w"
            f" CROSS JOIN embeddings e ON e.content_id = w.value AND e.model_id = {_MODEL}"
            f" WHERE {SHAPED}",
            {"wanted": json.dumps(ids), "model": model_id},
        )
    )
    if any(number not in blobs for number in ids):
        raise CatalogError("That picture has no embedding of this model; index it first.")
    halves = np.frombuffer(b"".join(blobs[number] for number in ids), dtype="<f2")
    return to_float32(halves.reshape(len(ids), -1 if ids else 0))


def read_delta(connection: sqlite3.Connection, model_id: str, seq: int, limit: int) -> Delta:
    """Return at most ``limit`` vectors committed after ``seq``, oldest first; -1 means all.

    Rows that are not vectors of the model's length are skipped.
    """
    rows = connection.execute(
        f"SELECT e.seq, e.content_id, e.vector FROM embeddings e WHERE e.model_id = {_MODEL}"
        f" AND e.seq > :seq AND {SHAPED} ORDER BY e.seq LIMIT :limit",
        {"model": model_id, "seq": seq, "limit": limit},
    ).fetchall()
    dim = read_dim(connection, model_id) or 0
    halves = np.frombuffer(b"".join(row[2] for row in rows), dtype="<f2")
    return Delta(
        np.array([row[0] for row in rows], dtype=np.int64),
        np.array([row[1] for row in rows], dtype=np.int64),
        halves.reshape(len(rows), dim),
    )


def read_misshapen(connection: sqlite3.Connection, model_id: str, seq: int) -> list[int]:
    """Return the seqs after ``seq`` of rows that are not vectors of the model's length."""
    rows = connection.execute(
        f"SELECT e.seq FROM embeddings e WHERE e.model_id = {_MODEL}"
        f" AND e.seq > :seq AND NOT ({SHAPED})",
        {"model": model_id, "seq": seq},
    )
    return [int(number) for (number,) in rows]


def read_embedded(connection: sqlite3.Connection, model_id: str, last: int) -> tuple[Keys, Keys]:
    """Return the seqs and the contents of the model's vectors with ``seq <= last``."""
    numbers = connection.execute(
        f"SELECT seq, content_id FROM embeddings WHERE model_id = {_MODEL} AND seq <= :last",
        {"model": model_id, "last": last},
    )
    pairs = np.fromiter(chain.from_iterable(numbers), dtype=np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def count_between(connection: sqlite3.Connection, model_id: str, after: int, to: int) -> int:
    """Count the vectors of a model with ``after < seq <= to``."""
    row = connection.execute(
        f"SELECT count(*) FROM embeddings WHERE model_id = {_MODEL} AND seq > :after"
        " AND seq <= :to",
        {"model": model_id, "after": after, "to": to},
    ).fetchone()
    return int(row[0])


def last_seq(connection: sqlite3.Connection) -> int:
    """Return the ``seq`` of the newest vector of any model; 0 if there is none."""
    return int(connection.execute("SELECT coalesce(max(seq), 0) FROM embeddings").fetchone()[0])


def highest_seq(connection: sqlite3.Connection, table: str = "embeddings") -> int:
    """Return the highest ``seq`` that was ever used; 0 if there is none."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,))
    return int((row.fetchone() or (0,))[0])


def next_generation(connection: sqlite3.Connection) -> int:
    """Return an unused generation number."""
    return highest_seq(connection, "generations") + 1


def read_generations(connection: sqlite3.Connection, model_id: str | None) -> list[Generation]:
    """Return the saved index files, of one model or of all, newest first."""
    rows = connection.execute(
        "SELECT g.id, m.name, g.kind, g.file, g.seq_covered, g.n, g.dim, g.dtype, g.metric,"
        " g.bytes, g.crc32 FROM generations g JOIN models m ON m.id = g.model_id"
        " WHERE :model IS NULL OR m.name = :model ORDER BY g.id DESC",
        {"model": model_id},
    )
    return [Generation(*row) for row in rows]
