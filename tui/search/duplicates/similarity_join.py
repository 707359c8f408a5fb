"""All pairs of like vectors, exactly, without looking at every number of every pair.

A vector is split into its part in the space of the ``_AXES`` strongest axes and the rest. By
Cauchy-Schwarz two vectors' product is at most that of their parts plus that of the rests' lengths,
which is one product of ``_AXES + 1`` numbers; only pairs that this bound lets pass are compared in
full. With 100,000 vectors that leaves a few in a million of the five thousand million pairs.

Positions are in order of preference: position 0 is what one would rather keep.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from tui.core.domain import Cancelled, Vectors

    Places = NDArray[np.int64]
    Mask = NDArray[np.bool_]
    Half = NDArray[np.float16]

    Alike = Callable[[int, Places, Vectors], Mask]
    """Whether what stands at some positions looks like what stands at another one, whose cosines
    with it are these."""

    OnProgress = Callable[[int, int], None]

_AXES = 64
_SAMPLE = 4096
_ROWS, _COLUMNS = 256, 4096
"""Pairs that are looked at together; 4 MiB of bounds stay in a processor's cache."""

_PAIRS = 8192
"""Pairs compared in full at a time, 32 MiB for 512 numbers a vector."""

_SLACK = 1e-4
"""What float32 may be off by in a bound, and more than that."""


class SimilarityJoin:
    """Unit vectors to compare with each other.

    Args:
        matrix: the vectors, float16, shape ``(m, dim)``; may be mapped from a file.
        rows: which of them, in order of preference, shape ``(n,)``.
    """

    def __init__(self, matrix: Half, rows: Places) -> None:
        self._matrix = matrix
        self._rows = rows
        self._short = self._shortened()

    def __len__(self) -> int:
        return len(self._rows)

    def take(self, places: Places) -> SimilarityJoin:
        """Return some of the positions, ascending, without working anything out again."""
        part = object.__new__(SimilarityJoin)
        part._matrix, part._rows, part._short = (
            self._matrix,
            self._rows[places],
            self._short[places],
        )
        return part

    def positions_with_match(
        self, threshold: float, cancelled: Cancelled, on_progress: OnProgress
    ) -> Places:
        """Return the positions that have another one whose cosine is ``threshold`` or more."""
        found = np.zeros(len(self), dtype=np.bool_)
        for start in range(0, len(self), _ROWS):
            if cancelled():
                break
            rows = np.arange(start, min(start + _ROWS, len(self)))
            for first in range(start, len(self), _COLUMNS):
                one, other = self._candidates(rows, first, threshold)
                unknown = ~(found[one] & found[other])
                one, other = one[unknown], other[unknown]
                like = self._cosines(one, other) >= threshold
                found[one[like]] = found[other[like]] = True
            on_progress(int(rows[-1]) + 1, len(self))
        return np.flatnonzero(found)

    def cluster(
        self,
        threshold: float,
        alike: Alike,
        cancelled: Cancelled,
    ) -> tuple[Places, Vectors]:
        """Give every position the best one that it can go with.

        From the first position on, each that has not been taken takes those after it that are
        ``threshold`` like it, and ``alike``, and not taken yet.

        Returns:
            The position that took it, its own where none did, and the cosine with that one; both
            of shape ``(n,)``. When cancelled, what was found so far.
        """
        taker = np.arange(len(self), dtype=np.int64)
        cosines = np.ones(len(self), dtype=np.float32)
        free = np.ones(len(self), dtype=np.bool_)
        for start in range(0, len(self), _ROWS):
            if cancelled():
                break
            rows = start + np.flatnonzero(free[start : start + _ROWS])
            for first in range(start, len(self), _COLUMNS):
                one, other = self._candidates(rows, first, threshold)
                for row in np.unique(one[free[other]]) if len(one) else ():
                    if not free[row]:
                        continue
                    wanted = other[(one == row) & free[other]]
                    scores = self._cosines(np.full(len(wanted), row), wanted)
                    like = scores >= threshold
                    if like.any():
                        like[like] = alike(int(row), wanted[like], scores[like])
                    taken = wanted[like]
                    taker[taken], cosines[taken], free[taken] = row, scores[like], False
                if first == start:  # The columns hold the rows themselves: now we know who is left.
                    rows = rows[free[rows]]
        return taker, cosines

    def _candidates(self, rows: Places, first: int, threshold: float) -> tuple[Places, Places]:
        """Return the pairs of a row and a later column that may be like enough, row by row."""
        bounds = self._short[rows] @ self._short[first : first + _COLUMNS].T
        places = np.flatnonzero(bounds >= threshold - _SLACK)
        one, other = np.divmod(places, bounds.shape[1])
        one, other = rows[one], other + first
        later = other > one
        return one[later], other[later]

    def _cosines(self, one: Places, other: Places) -> Vectors:
        cosines = np.empty(len(one), dtype=np.float32)
        for start in range(0, len(one), _PAIRS):
            part = slice(start, start + _PAIRS)
            left, right = self._vectors(one[part]), self._vectors(other[part])
            cosines[part] = np.einsum("ij,ij->i", left, right)
        return cosines

    def _vectors(self, places: Places) -> Vectors:
        vectors = self._matrix[self._rows[places]].astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors

    def _shortened(self) -> Vectors:
        """Return each vector's part along the strongest axes and the length of the rest."""
        step = max(1, len(self) // _SAMPLE)
        sample = self._vectors(np.arange(0, len(self), step))
        _, axes = np.linalg.eigh(sample.T @ sample)
        axes = axes[:, -_AXES:]
        short = np.empty((len(self), axes.shape[1] + 1), dtype=np.float32)
        for start in range(0, len(self), _COLUMNS):
            part = slice(start, min(start + _COLUMNS, len(self)))
            inside = self._vectors(np.arange(part.start, part.stop)) @ axes
            short[part, :-1] = inside
            rest = 1.0 - np.einsum("ij,ij->i", inside, inside)
            short[part, -1] = np.sqrt(np.maximum(rest, 0.0))
        return short
