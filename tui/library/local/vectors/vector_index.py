"""The vector index of one model: saved files, searched together with later commits.

Up to ``IndexLimits.exact`` vectors, of the library or of a folder in it, all are compared in the
flat file of float16 vectors, so no match is missed. Above, USearch finds candidates in its graph,
and the flat file gives their exact cosines. Vectors that USearch lacks, and rankings deeper than
``IndexLimits.depth``, are compared exactly as well. ``saving`` writes both files.

In another user's library (`tui.library.base.permissions.is_foreign`) all vectors are compared. A
file that fails its check is not used: the vectors come from the catalog until an indexing run or
``photoseek doctor`` has written a new file.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import xxhash

from tui.core.dot_products import LOW_SCALE, SplitVector
from tui.core.errors import ModelError
from tui.library.base.permissions import is_foreign
from tui.library.base.unit_vectors import are_unit_length
from tui.library.local.vectors.generations import GRAPH, VECTORS, newest, open_flat, view_graph
from tui.library.local.vectors.row_table import RowTable
from tui.library.local.vectors.searching import (
    LIMITS,
    IndexLimits,
    Snapshot,
    restricted_to,
    search_matrix,
    search_snapshot,
    snapshot,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tui.core.domain import Half, Keys, Rows, Vectors
    from tui.library.base.records import Delta, FileTable, Generation
    from tui.library.local.catalog.reader import Catalog

T = TypeVar("T")

_BLOCK = 20_000
"""Vectors that are read from the catalog at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class _LoadedState:
    """The state that was read from the catalog, up to ``version`` and ``seq``.

    ``tried`` is the newest generation of each kind that was opened or rejected.
    """

    version: int
    seq: int
    files: FileTable | None
    snapshot: Snapshot
    tried: dict[str, Generation] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class _Scope:
    """One folder scope, prepared once for later searches.

    Its ``rows`` of ``snapshot`` are compared in ``matrix``, or if they are too many, in
    ``within``, a snapshot in which only they are alive.
    """

    snapshot: Snapshot
    digest: str
    rows: Rows
    matrix: Half | None = None
    within: Snapshot | None = None


class VectorIndex:
    """The vectors of one model in a catalog, nearest first; safe to use from several threads.

    Attributes:
        model_id: the model of the vectors.
        refused: by kind, the name of a saved file that failed its check.
    """

    def __init__(self, catalog: Catalog, model_id: str, limits: IndexLimits = LIMITS) -> None:
        self.model_id = model_id
        self.refused: dict[str, str] = {}
        self._catalog = catalog
        self._limits = limits
        self._lock = threading.Lock()
        self._state = self._empty_state(-1)
        self._scope: _Scope | None = None
        self.refresh()

    def __len__(self) -> int:
        return self._state.snapshot.count

    def refresh(self) -> bool:
        """Read new commits of any process; True if search results may change.

        Raises:
            CatalogError: the catalog can't be read.
        """
        with self._lock:
            version = self._catalog.data_version()
            before = self._state
            if version == before.version:
                return False
            base = before
            if version >> 32 != before.version >> 32:  # another catalog: other ids
                base = self._empty_state(version)
            self._state = self._apply_updates(base, version)
            return self._state.snapshot is not before.snapshot

    def search(self, vector: Vectors, k: int, scope: Keys | None = None) -> tuple[Keys, Vectors]:
        """Return at most ``k`` keys with their cosines, best first.

        Args:
            vector: one unit vector, shape ``(dim,)``.
            k: the number of keys; fewer are returned if there are fewer.
            scope: the only keys to return; unknown ones are ignored. None means all.

        Raises:
            ModelError: the vector is not of the index's length, or not finite.
        """
        now = self._state.snapshot
        query = SplitVector(self._checked(vector, now.table.dim))
        if k <= 0 or not now.count:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        if scope is None:
            rows, scores = search_snapshot(now, query, k, self._limits)
        else:
            rows, scores = self._search_scope(now, query, k, scope)
        return now.table.keys[rows], scores

    def vectors(self, keys: Keys) -> tuple[Keys, Half]:
        """Return the keys that are indexed and their vectors, in the order of the index.

        All keys cost no copy: the vectors are then the mapped file itself.
        """
        table = self._state.snapshot.table
        rows = np.sort(table.rows_of(keys))
        return table.keys[rows], table.vectors_at(rows)

    def cosines(self, vector: Vectors, keys: Keys) -> tuple[Keys, Vectors]:
        """Return the keys that are indexed and their cosines with a unit vector.

        They come in the order of the index, and are as exact as those of `search`.
        """
        table = self._state.snapshot.table
        rows = np.sort(table.rows_of(keys))
        query = SplitVector(vector)
        parts = np.concatenate([query.high, query.low])
        high, low = table.matmul_at(parts, rows)
        return table.keys[rows], high + low / LOW_SCALE

    def _checked(self, vector: Vectors, dim: int) -> Vectors:
        vector = np.ascontiguousarray(vector, dtype=np.float32)
        if vector.ndim != 1 or (dim and len(vector) != dim):
            raise ModelError(
                f"The library's vectors of the model {self.model_id} have length {dim}, the "
                f"query's has shape {vector.shape}: index again under another model name."
            )
        if not np.isfinite(vector).all():
            raise ModelError(f"The model {self.model_id} gave a vector that is not finite.")
        return vector

    def _search_scope(
        self, now: Snapshot, query: SplitVector, k: int, scope: Keys
    ) -> tuple[Rows, Vectors]:
        scope = np.ascontiguousarray(scope, dtype=np.int64)
        digest = xxhash.xxh3_128_hexdigest(scope.data)
        selection = self._scope
        if selection is None or selection.snapshot is not now or selection.digest != digest:
            selection = self._scope = self._prepare_scope(now, digest, scope)
        if selection.matrix is not None:
            return search_matrix(query, k, selection.rows, selection.matrix)
        return search_snapshot(selection.within or now, query, k, self._limits)

    def _prepare_scope(self, now: Snapshot, digest: str, scope: Keys) -> _Scope:
        now.table.release_pages()  # what the scope before left
        rows = np.flatnonzero(now.table.mask_of(scope) & now.alive)
        if len(rows) == now.count:
            return _Scope(now, digest, rows, within=now)
        if len(rows) > self._limits.exact:
            return _Scope(now, digest, rows, within=restricted_to(now, rows))
        return _Scope(now, digest, rows, now.table.vectors_at(rows))

    # --- reading commits ----------------------------------------------------------------------

    def _empty_state(self, version: int) -> _LoadedState:
        table = RowTable.start(0, None)
        return _LoadedState(version, 0, None, snapshot(table, table.keys, None))

    def _apply_updates(self, base: _LoadedState, version: int) -> _LoadedState:
        table, graph, seq = base.snapshot.table, base.snapshot.graph, base.seq
        tried = dict(base.tried)
        if not table.dim and (dim := self._catalog.dim(self.model_id)):
            table = RowTable.start(dim, None)
        if flat := self._newest(VECTORS, tried, open_flat):
            generation, file = flat
            sparing = generation.n > self._limits.exact
            table, seq = (
                RowTable.start(generation.dim, file, sparing=sparing),
                generation.seq_covered,
            )
        deltas, seq = self._deltas_after(seq)
        if deltas:
            table = table.with_deltas(deltas)
        is_large = len(table) > self._limits.exact and not is_foreign(self._catalog.data_dir)
        if is_large and (saved := self._newest(GRAPH, tried, view_graph)):
            graph = saved[1]
        files = self._catalog.files(self.model_id)
        now = base.snapshot
        if table is not now.table or graph is not now.graph or files is not base.files:
            now = snapshot(table, files.content_ids, graph, self._limits)
        return _LoadedState(version, seq, files, now, tried)

    def _deltas_after(self, seq: int) -> tuple[list[Delta], int]:
        """Return the valid vectors committed after ``seq``, and the newest seq that was read."""
        deltas: list[Delta] = []
        while len(delta := self._catalog.vectors_since(self.model_id, seq, _BLOCK)):
            seq = int(delta.seqs[-1])
            sound = delta.select(are_unit_length(delta.vectors))
            if len(sound):
                deltas.append(sound)
        return deltas, seq

    def _newest(
        self,
        kind: str,
        tried: dict[str, Generation],
        opener: Callable[[Path, Generation], T | None],
    ) -> tuple[Generation, T] | None:
        """Open the newest file of a kind, unless it was tried before.

        If a file disappears while it is checked, it was replaced: then the next one is tried.
        """
        while True:
            generation = newest(self._catalog, self.model_id, kind)
            if generation is None or generation == tried.get(kind):
                return None
            tried[kind] = generation
            opened = opener(self._catalog.data_dir, generation)
            if opened is not None:
                self.refused.pop(kind, None)
                return generation, opened
            self.refused[kind] = generation.file
