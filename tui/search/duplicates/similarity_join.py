"""Finds all pairs of similar vectors, exactly, without comparing every number of every pair.

A vector is split into its part in the space of the ``_AXES`` strongest axes and the remainder. By
Cauchy-Schwarz the product of two vectors is at most that of their parts plus that of the lengths of
their remainders, which is one product of ``_AXES + 1`` numbers. Only pairs whose bound reaches the
threshold are compared in full: a few in a million.

Positions are in order of preference: position 0 is the most preferred one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tui.library.base.unit_vectors import to_float32

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from tui.core.domain import Cancelled, Half, Mask, Vectors

    Positions = NDArray[np.int64]

    AreCopies = Callable[[int, Positions, Vectors], Mask]
    """Takes a first position, others, and their cosines with it; returns a mask of its copies."""

    OnProgress = Callable[[int, int], None]

_AXES = 64
_SAMPLE = 4096
_ROWS, _COLUMNS = 256, 4096
"""Pairs whose bounds are computed together; 4 MiB stay in a processor's cache."""

_PAIRS = 8192
"""Pairs compared in full at a time, 32 MiB for 512 numbers a vector."""

_SLACK = 1e-4
"""Exceeds the rounding error of float32 in a bound."""


class SimilarityJoin:
    """Compares unit vectors with each other.

    Args:
        matrix: the vectors, float16, shape ``(m, dim)``; may be mapped from a file.
        rows: the rows to compare, in order of preference, shape ``(n,)``.
    """

    def __init__(self, matrix: Half, rows: Positions) -> None:
        self._matrix = matrix
        self._rows = rows
        self._bounds = self._bound_vectors()

    def __len__(self) -> int:
        return len(self._rows)

    def take(self, positions: Positions) -> SimilarityJoin:
        """Return some of the positions, ascending, and reuse their bounds."""
        join = object.__new__(SimilarityJoin)
        join._matrix = self._matrix
        join._rows = self._rows[positions]
        join._bounds = self._bounds[positions]
        return join

    def positions_with_match(
        self, threshold: float, cancelled: Cancelled, on_progress: OnProgress
    ) -> Positions:
        """Return the positions whose cosine with another one is ``threshold`` or more."""
        has_match = np.zeros(len(self), dtype=np.bool_)
        for start in range(0, len(self), _ROWS):
            if cancelled():
                break
            rows = np.arange(start, min(start + _ROWS, len(self)))
            for column in range(start, len(self), _COLUMNS):
                left, right = self._candidate_pairs(rows, column, threshold)
                undecided = ~(has_match[left] & has_match[right])
                left, right = left[undecided], right[undecided]
                similar = self._cosines(left, right) >= threshold
                has_match[left[similar]] = has_match[right[similar]] = True
            on_progress(int(rows[-1]) + 1, len(self))
        return np.flatnonzero(has_match)

    def cluster(
        self, threshold: float, are_copies: AreCopies, cancelled: Cancelled
    ) -> tuple[Positions, Vectors]:
        """Assign each position to the best leader that it resembles.

        In order of preference, each position without a leader leads the later ones without a leader
        whose cosine with it is ``threshold`` or more and that are its copies.

        Returns:
            The leader of each position, its own without one, and the cosine with the leader; both
            of shape ``(n,)``. After a cancellation, the assignments so far.
        """
        leaders = np.arange(len(self), dtype=np.int64)
        cosines = np.ones(len(self), dtype=np.float32)
        is_free = np.ones(len(self), dtype=np.bool_)
        for start in range(0, len(self), _ROWS):
            if cancelled():
                break
            rows = start + np.flatnonzero(is_free[start : start + _ROWS])
            for column in range(start, len(self), _COLUMNS):
                left, right = self._candidate_pairs(rows, column, threshold)
                for row in np.unique(left[is_free[right]]) if len(left) else ():
                    if not is_free[row]:
                        continue
                    followers = right[(left == row) & is_free[right]]
                    scores = self._cosines(np.full(len(followers), row), followers)
                    accepted = scores >= threshold
                    if accepted.any():
                        accepted[accepted] = are_copies(
                            int(row), followers[accepted], scores[accepted]
                        )
                    followers = followers[accepted]
                    leaders[followers], cosines[followers] = row, scores[accepted]
                    is_free[followers] = False
                if column == start:  # these columns include the rows: drop those with a leader
                    rows = rows[is_free[rows]]
        return leaders, cosines

    def _candidate_pairs(
        self, rows: Positions, column: int, threshold: float
    ) -> tuple[Positions, Positions]:
        """Return the pairs of a row and a later column that may be similar, row by row."""
        bounds = self._bounds[rows] @ self._bounds[column : column + _COLUMNS].T
        flat_indices = np.flatnonzero(bounds >= threshold - _SLACK)
        row_indices, column_indices = np.divmod(flat_indices, bounds.shape[1])
        left, right = rows[row_indices], column_indices + column
        is_later = right > left
        return left[is_later], right[is_later]

    def _cosines(self, left: Positions, right: Positions) -> Vectors:
        cosines = np.empty(len(left), dtype=np.float32)
        for start in range(0, len(left), _PAIRS):
            part = slice(start, start + _PAIRS)
            cosines[part] = np.einsum(
                "ij,ij->i", self._vectors(left[part]), self._vectors(right[part])
            )
        return cosines

    def _vectors(self, positions: Positions) -> Vectors:
        return to_float32(self._matrix[self._rows[positions]])

    def _bound_vectors(self) -> Vectors:
        """Return each vector's part along the strongest axes and the length of its remainder."""
        step = max(1, len(self) // _SAMPLE)
        sample = self._vectors(np.arange(0, len(self), step))
        _, axes = np.linalg.eigh(sample.T @ sample)
        axes = axes[:, -_AXES:]
        bounds = np.empty((len(self), axes.shape[1] + 1), dtype=np.float32)
        for start in range(0, len(self), _COLUMNS):
            part = slice(start, min(start + _COLUMNS, len(self)))
            coordinates = self._vectors(np.arange(part.start, part.stop)) @ axes
            bounds[part, :-1] = coordinates
            remainder = 1.0 - np.einsum("ij,ij->i", coordinates, coordinates)
            bounds[part, -1] = np.sqrt(np.maximum(remainder, 0.0))
        return bounds
