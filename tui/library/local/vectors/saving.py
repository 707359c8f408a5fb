"""Saves the index files, so that searching processes start fast.

The caller holds the writer lock. A save never changes the files that other processes have mapped:
it writes the next generation, records it in the catalog, then removes the one before.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from tui.library.base.permissions import is_foreign
from tui.library.base.records import Generation
from tui.library.base.unit_vectors import are_unit_length
from tui.library.local.catalog.vector_rows import (
    count_between,
    last_seq,
    next_generation,
    read_embedded,
    read_misshapen,
)
from tui.library.local.catalog.writer import CatalogWriter
from tui.library.local.vectors.flat_file import DTYPE as VECTORS_DTYPE
from tui.library.local.vectors.flat_file import METRIC, write_vectors
from tui.library.local.vectors.generations import (
    GRAPH,
    VECTORS,
    is_usable,
    load_graph,
    newest,
    open_flat,
    view_graph,
)
from tui.library.local.vectors.hnsw_graph import DTYPE as GRAPH_DTYPE
from tui.library.local.vectors.hnsw_graph import HnswGraph
from tui.library.local.vectors.index_files import file_name, index_folder, publish, sweep
from tui.library.local.vectors.row_table import RowTable
from tui.library.local.vectors.searching import LIMITS, IndexLimits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tui.core.domain import Cancelled, Mask, Rows
    from tui.core.files import Draft
    from tui.library.local.catalog.reader import Catalog
    from tui.library.local.vectors.flat_file import Block, VectorFile

_FINISHED_SHARE = 0.01
_BLOCK = 8192


def write_generation(
    catalog: Catalog,
    model_id: str,
    *,
    finished: bool = False,
    cancelled: Cancelled = lambda: False,
    on_progress: Callable[[int, int], object] = lambda _done, _total: None,
    limits: IndexLimits = LIMITS,
) -> bool:
    """Save the index files of a model that are due; cheap if none is.

    A save is due when ``IndexLimits.delta`` vectors are not in the saved file. At the end of a run
    (``finished``) a file is also checked bit for bit, and written again if it is damaged, if it
    lacks more than 1 in 100 vectors, or if more than ``IndexLimits.obsolete`` of it is obsolete.
    The USearch index with its graph is slow to build, so a library that is small enough for exact
    search gets it only at the end of a run.

    Args:
        catalog: opened for writing, by the holder of the writer lock.
        model_id: the model.
        finished: the run ends here.
        cancelled: called between blocks of vectors, several times a second; True discards the
            unfinished file.
        on_progress: gets the graph's vectors done and their total.
        limits: when a save is due.

    Returns:
        Whether anything was saved.

    Raises:
        CatalogError: the disk is full or fails; the older files and the catalog remain valid.
    """
    dim = catalog.dim(model_id)
    if dim is None:
        return False
    saver = _Saver(catalog, model_id, dim, limits, cancelled)
    saved = False
    try:
        saved = saver.save_vectors(finished=finished)
        # In another user's library this user may index, but neither opens nor builds a graph.
        if (saved or finished) and not is_foreign(catalog.data_dir):
            saved |= saver.save_graph(on_progress, finished=finished)
    except _CancelledError:
        pass
    if saved or finished:
        sweep_orphans(catalog)
    return saved


class _CancelledError(Exception):
    """The caller asked to stop."""


def sweep_orphans(catalog: Catalog) -> None:
    """Remove index files that the catalog does not name."""
    sweep(index_folder(catalog.data_dir), (generation.file for generation in catalog.generations()))


class _Saver:
    """One save of one model's files."""

    def __init__(
        self, catalog: Catalog, model_id: str, dim: int, limits: IndexLimits, cancelled: Cancelled
    ) -> None:
        self._catalog = catalog
        self._model_id = model_id
        self._dim = dim
        self._limits = limits
        self._cancelled = cancelled

    def save_vectors(self, *, finished: bool) -> bool:
        """Write the flat file if that is due."""
        generation = newest(self._catalog, self._model_id, VECTORS)
        covered = generation.seq_covered if generation else 0
        with self._catalog.reading() as connection:
            last = last_seq(connection)
            count = count_between(connection, self._model_id, 0, covered) if finished else 0
            waiting = count_between(connection, self._model_id, covered, last)
        if waiting <= self._limits.delta and not (
            finished and self._is_stale(generation, count, waiting)
        ):
            return False
        self._write_flat(generation, last)
        return True

    def _write_flat(self, generation: Generation | None, last: int) -> None:
        """Write the vectors up to ``last``: those of the previous file, then later ones."""
        flat, current = self._current_rows(generation)
        covered = generation.seq_covered if generation and flat else 0
        self._drop_damaged(covered)
        with self._catalog.reading() as connection:
            n = len(current) + count_between(connection, self._model_id, covered, last)

        def write(draft: Draft) -> int:
            blocks = chain(_rows_of(flat, current), self._since(covered, last))
            return write_vectors(
                draft.file, self._model_id, n, self._dim, self._until_cancelled(blocks)
            )

        self._publish(VECTORS, last, n, VECTORS_DTYPE, write)

    def _current_rows(self, generation: Generation | None) -> tuple[VectorFile | None, Rows]:
        """Return the previous flat file and its current rows; None if the file is unusable."""
        flat = open_flat(self._catalog.data_dir, generation) if generation else None
        if generation is None or flat is None:
            return None, np.empty(0, np.int64)
        current, lacking = compare_flat(self._catalog, generation, flat)
        return (None, current[:0]) if lacking else (flat, current)

    def _drop_damaged(self, seq: int) -> None:
        """Remove invalid vectors committed after ``seq``; the next run computes them again."""
        with self._catalog.reading() as connection:
            damaged = read_misshapen(connection, self._model_id, seq)
        while len(delta := self._catalog.vectors_since(self._model_id, seq, _BLOCK)):
            self._check()
            damaged.extend(delta.seqs[~are_unit_length(delta.vectors)].tolist())
            seq = int(delta.seqs[-1])
        CatalogWriter(self._catalog).drop_vectors(damaged)

    def save_graph(self, on_progress: Callable[[int, int], object], *, finished: bool) -> bool:
        """Write the USearch index if that is due; the flat file must exist."""
        self._check()
        files = self._catalog.files(self._model_id)
        generation = newest(self._catalog, self._model_id, VECTORS)
        if generation is None or not len(files):
            return False
        if not finished and len(files) <= self._limits.exact:  # searches do not use it yet
            return False
        flat = open_flat(self._catalog.data_dir, generation)
        if flat is None:
            return False
        table = RowTable.start(self._dim, flat)
        grown = self._graph_to_grow(table, table.mask_of(files.content_ids), finished=finished)
        if grown is None:
            return False
        graph, rows = grown
        if not graph.grow(table, rows, self._cancelled, on_progress):
            return False
        self._publish(GRAPH, generation.seq_covered, len(graph), GRAPH_DTYPE, graph.save)
        return True

    def _check(self) -> None:
        if self._cancelled():
            raise _CancelledError

    def _until_cancelled(self, blocks: Iterable[Block]) -> Iterator[Block]:
        for block in blocks:
            self._check()
            yield block

    def _is_stale(self, generation: Generation | None, count: int, waiting: int) -> bool:
        if generation is None:
            return waiting > 0
        if (
            waiting > _FINISHED_SHARE * generation.n
            or generation.n - count > self._limits.obsolete * generation.n
        ):
            return True
        return not is_usable(self._catalog.data_dir, generation)

    def _since(self, seq: int, last: int) -> Iterator[Block]:
        """Yield the vectors committed after ``seq`` and up to ``last``."""
        while seq < last:
            delta = self._catalog.vectors_since(self._model_id, seq, _BLOCK)
            count = int(np.searchsorted(delta.seqs, last, side="right"))
            if not count:
                return
            yield delta.seqs[:count], delta.keys[:count], delta.vectors[:count]
            seq = int(delta.seqs[count - 1])

    def _graph_to_grow(
        self, table: RowTable, alive: Mask, *, finished: bool
    ) -> tuple[HnswGraph, Rows] | None:
        """Return a graph and the rows to add to it; None if no save is due."""
        generation = newest(self._catalog, self._model_id, GRAPH)
        saved = view_graph(self._catalog.data_dir, generation) if generation else None
        if generation is None or saved is None:
            return HnswGraph(self._dim), np.flatnonzero(alive)
        held = saved.held_by(table)
        if len(saved) - np.count_nonzero(alive & held) > self._limits.obsolete * len(saved):
            return HnswGraph(self._dim), np.flatnonzero(alive)
        missing = np.flatnonzero(alive & ~held)
        if len(missing) <= (_FINISHED_SHARE * len(saved) if finished else self._limits.delta):
            return None
        graph = load_graph(self._catalog.data_dir, generation)
        if graph is None:
            return None
        graph.drop_older(table)
        return graph, missing

    def _publish(
        self, kind: str, seq: int, n: int, dtype: str, write: Callable[[Draft], int]
    ) -> None:
        with self._catalog.reading() as connection:
            name = file_name(next_generation(connection), kind)
        size, checksum = publish(index_folder(self._catalog.data_dir) / name, write)
        CatalogWriter(self._catalog).replace_generation(
            Generation(
                0, self._model_id, kind, name, seq, n, self._dim, dtype, METRIC, size, checksum
            )
        )


def compare_flat(catalog: Catalog, generation: Generation, flat: VectorFile) -> tuple[Rows, int]:
    """Compare a flat file with the catalog by (seq, key).

    A content whose damaged vector was computed again has the same key and a higher seq, so the key
    alone does not show whether a row is current.

    Returns:
        The current rows, ascending, and how many vectors the file lacks.
    """
    with catalog.reading() as connection:
        seqs, keys = read_embedded(connection, generation.model_id, generation.seq_covered)
    top = max(int(keys.max(initial=0)), int(flat.keys.max(initial=0)))
    seq_of = np.zeros(top + 1, dtype=np.int64)
    seq_of[keys] = seqs
    current = np.flatnonzero(seq_of[flat.keys] == flat.seqs)
    return current, len(keys) - len(current)


def _rows_of(flat: VectorFile | None, rows: Rows) -> Iterator[Block]:
    """Yield rows of a flat file in blocks."""
    if flat is None:
        return
    for start in range(0, len(rows), _BLOCK):
        part = rows[start : start + _BLOCK]
        yield flat.seqs[part], flat.keys[part], flat.matrix[part]
