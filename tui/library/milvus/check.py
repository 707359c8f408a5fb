"""Checks a library on a server without changing it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from tui.core.errors import ServerError
from tui.library.base.records import Finding
from tui.library.base.unit_vectors import are_unit_length
from tui.library.milvus.rows.collections import NOTES, rows_name
from tui.library.milvus.rows.expressions import FOUND
from tui.library.milvus.rows.schema import unquote
from tui.library.milvus.store import open_milvus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.library.milvus.rows.collection import RowCollection
    from tui.library.milvus.store import MilvusStore

_SAMPLE = 1000
"""The number of vectors of a model that are checked."""


def check(address: str) -> list[Finding]:
    """Check the server, the collections, the notes and some vectors of each model.

    The folder of every row is read, which takes some seconds for a million.

    Raises:
        ConfigError: the address is invalid.
    """
    findings: list[Finding] = []
    try:
        with open_milvus(address) as store:
            findings.extend(findings_of(store))  # the findings before a failure stay
    except ServerError as error:
        findings.append(Finding("server", False, str(error)))
    return findings


def findings_of(store: MilvusStore) -> Iterator[Finding]:
    """Check an open library."""
    version = store.client.call("get_server_version")
    yield Finding(
        "server", True, f"The server {store.client.address.host_and_port} runs Milvus {version}."
    )
    models = store.models()
    for model_id, dim in models.items():
        rows = store.rows(model_id)
        if rows is None:
            message = f"The collection of {model_id} is missing; index your folders again."
            yield Finding("catalog", False, message)
        elif rows.dim != dim:
            message = f"Vectors of {model_id} have length {rows.dim}, but the notes say {dim}."
            yield Finding("catalog", False, message)
        else:
            yield _check_counts(store, model_id, rows)
            yield _check_vectors(model_id, rows)
    yield _check_orphans(store, {NOTES, *map(rows_name, models)})


def _check_counts(store: MilvusStore, model_id: str, rows: RowCollection) -> Finding:
    pages = rows.pages(FOUND, ["folder"])
    counts = Counter(unquote(row["folder"]) for page in pages for row in page)
    metadata = store.model_metadata(model_id)
    noted = {path: count for path, count in metadata.folders().items() if count}
    wrong = sum(counts[path] != noted.get(path, 0) for path in counts.keys() | noted.keys())
    if wrong:
        return Finding(
            "counts",
            False,
            f"{wrong:,} folders have a wrong picture count for {model_id}; index them again.",
        )
    total = counts.total()
    return Finding("counts", True, f"Folder counts are correct: {total:,} pictures of {model_id}.")


def _check_vectors(model_id: str, rows: RowCollection) -> Finding:
    sample = rows.query(FOUND, ["vector"], _SAMPLE)
    vectors = np.array([row["vector"] for row in sample], dtype=np.float32)
    is_sound = are_unit_length(vectors.reshape(len(sample), rows.dim))
    bad = int(np.count_nonzero(~is_sound))
    if bad:
        return Finding(
            "vectors", False, f"{bad} of {len(sample)} vectors of {model_id} are damaged."
        )
    return Finding("vectors", True, f"{len(sample):,} vectors of {model_id} are sound.")


def _check_orphans(store: MilvusStore, expected: set[str]) -> Finding:
    existing = store.client.call("list_collections")
    leftovers = sorted(name for name in existing if name.startswith(NOTES) and name not in expected)
    if leftovers:
        names = ", ".join(leftovers)
        return Finding("orphans", False, f"Unused collections: {names}.")
    return Finding("orphans", True, "No unused collections.")
