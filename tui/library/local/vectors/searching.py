"""Searches a snapshot of the index: exactly, or through the graph."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tui.core.dot_products import LOW_SCALE, dot_products, rerank_exact, top_k

if TYPE_CHECKING:
    from tui.core.domain import Half, Keys, Mask, Rows, Vectors
    from tui.core.dot_products import SplitVector
    from tui.library.local.vectors.hnsw_graph import HnswGraph
    from tui.library.local.vectors.row_table import RowTable


@dataclass(frozen=True, slots=True)
class IndexLimits:
    """Thresholds that decide how the index is searched and when it is saved.

    Attributes:
        exact: the most vectors, of a library or of a folder in it, that are all compared;
            above, USearch searches its graph.
        delta: the most vectors that a saved file may lack before the next save is due.
        obsolete: share of a file's vectors that may lack a picture before it is written again.
        small: the most results that are all ranked at once, and the most files whose names a
            search itself reads; those of a larger library are read in the background.
        depth: how many results are ranked at first, and how many candidates the graph returns;
            to rank more, all vectors are compared.
        reach: the most candidates that USearch returns to make up for obsolete ones and for
            those outside the folder.
    """

    exact: int = 200_000
    delta: int = 20_000
    obsolete: float = 0.15
    small: int = 20_000
    depth: int = 240
    reach: int = 5_000

    def at_first(self, count: int) -> int:
        """Return how many of ``count`` results are ranked before the user scrolls further."""
        return count if count <= self.small else self.depth


LIMITS = IndexLimits()


def describe_strategy(
    vectors: int, *, has_graph: bool, is_foreign: bool = False, limits: IndexLimits = LIMITS
) -> tuple[str, str]:
    """Describe how a library with this many vectors is searched, and why."""
    if vectors <= limits.exact:
        return "exact", f"up to {limits.exact:,} vectors all are compared"
    if is_foreign:
        return "exact", "in another user's library all vectors are compared"
    if has_graph:
        why = f"above {limits.exact:,} vectors USearch's graph finds the candidates"
        return "graph + exact re-rank", why
    return "exact", "the next indexing run builds the graph that makes it fast"


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """The vectors, graph and available files of one moment.

    ``alive`` marks the rows that have an available file, and ``count`` is their number. ``tail``
    are living rows that the graph lacks, ``tail_vectors`` their vectors; ``in_graph`` are those in
    the graph.
    """

    table: RowTable
    alive: Mask
    in_graph: Mask
    count: int
    graph: HnswGraph | None
    tail: Rows
    tail_vectors: Half


def snapshot(
    table: RowTable, living: Keys, graph: HnswGraph | None, limits: IndexLimits = LIMITS
) -> Snapshot:
    """Return a snapshot; ``living`` are the keys that have an available file.

    A graph that lacks more vectors than exact search compares is not used.
    """
    alive = in_graph = table.mask_of(living)
    tail = np.empty(0, dtype=np.int64)
    if graph is not None:
        in_graph = alive & graph.held_by(table)
        tail = np.flatnonzero(alive & ~in_graph)
        if len(tail) > limits.exact:
            graph, tail = None, tail[:0]
    count = int(np.count_nonzero(alive))
    return Snapshot(table, alive, in_graph, count, graph, tail, table.vectors_at(tail))


def restricted_to(now: Snapshot, rows: Rows) -> Snapshot:
    """Return a snapshot in which only these rows, all of them living, are alive."""
    mask = np.zeros_like(now.alive)
    mask[rows] = True
    tail = mask[now.tail]
    return replace(
        now,
        alive=mask,
        in_graph=mask & now.in_graph,
        count=len(rows),
        tail=now.tail[tail],
        tail_vectors=now.tail_vectors[tail],
    )


def search_snapshot(
    now: Snapshot, query: SplitVector, k: int, limits: IndexLimits
) -> tuple[Rows, Vectors]:
    """Return the best ``k`` living rows with their cosines."""
    near = None
    if now.graph is not None and k <= limits.depth:
        near = _search_graph(now, now.graph, query, k, limits)
    if near is None:
        return _search_flat(now, query, k)
    rows, scores = search_matrix(query, k, near, now.table.vectors_at(near))
    if not len(now.tail):
        return rows, scores
    waiting, more = search_matrix(query, k, now.tail, now.tail_vectors)
    rows, scores = np.concatenate([rows, waiting]), np.concatenate([scores, more])
    order = top_k(scores, k)
    return rows[order], scores[order]


def search_matrix(query: SplitVector, k: int, rows: Rows, matrix: Half) -> tuple[Rows, Vectors]:
    """Return the best ``k`` rows, with their cosines, of rows whose vectors are in memory."""

    def take(positions: Rows) -> Half:
        return matrix if len(positions) == len(matrix) else matrix[positions]

    order, scores = rerank_exact(query, k, dot_products(query.high, matrix), take)
    return rows[order], scores


def _search_graph(
    now: Snapshot, graph: HnswGraph, query: SplitVector, k: int, limits: IndexLimits
) -> Rows | None:
    """Search the graph until it returns ``k`` living rows; None if that takes too many.

    Some of its vectors are obsolete or outside the folder: with a share ``s`` of the graph alive,
    the first search returns ``k / s`` rows, and later ones return more.
    """
    reachable = now.count - len(now.tail)
    count = min(k, reachable)
    if not count:
        return np.empty(0, dtype=np.int64)
    depth = min(int(1.05 * count * len(graph) / reachable) + 16, len(graph))
    while depth <= limits.reach:
        rows = now.table.rows_of(graph.search(query.vector, min(depth, len(graph))))
        rows = rows[now.in_graph[rows]]
        if len(rows) >= count:
            return rows
        depth *= 4
    return None


def _search_flat(now: Snapshot, query: SplitVector, k: int) -> tuple[Rows, Vectors]:
    table = now.table
    deep = 10 * k >= now.count  # comparing this many rows costs as much as comparing all
    if deep:
        high, low = table.matmul(np.concatenate([query.high, query.low]))
        scores = high + low / LOW_SCALE
    else:
        [scores] = table.matmul(query.high)
    rows = np.arange(len(table))
    if now.count < len(table):
        rows = np.flatnonzero(now.alive)
        scores = scores[rows]
    if deep:
        best = top_k(scores, k)
        return rows[best], scores[best]
    order, exact = rerank_exact(
        query, k, scores, lambda positions: table.vectors_at(rows[positions])
    )
    return rows[order], exact
