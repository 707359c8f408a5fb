"""Dot products of float16 rows with a query vector, and the best of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numkong
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.core.domain import Half, Rows, Vectors

LOW_SCALE = np.float32(2048)


_BLOCK = 1 << 16
"""Number of rows that a thread compares at a time."""


_SERIAL_BLOCKS = 2
"""The most blocks for which a second thread does not pay off on a busy processor."""


class SplitVector:
    """A unit vector split into two float16 parts, ``vector = high + low / 2048``.

    The kernels multiply float16 by float16 (summing in float32), so that the matrix is never
    converted. ``high`` alone is off by at most ``error`` for any unit row (Cauchy-Schwarz), which
    identifies the rows to score again; with ``low`` the sum is as exact as float32.
    """

    def __init__(self, vector: Vectors) -> None:
        self.vector = vector
        high = vector.astype(np.float16)
        remainder = vector - high.astype(np.float32)
        self.high: Half = high[np.newaxis]
        self.low: Half = (remainder * LOW_SCALE).astype(np.float16)[np.newaxis]
        self.error = float(np.linalg.norm(remainder)) * 1.001 + 1e-6


def _ignore(_start: int, _stop: int) -> None:
    pass


def dot_products(part: Half, matrix: Half) -> Vectors:
    """Multiply the rows of a float16 matrix by a float16 vector ``(1, dim)``; float32, ``(n,)``."""
    scores: Vectors = matmul(part, matrix)[0]
    return scores


def matmul(parts: Half, matrix: Half, done: Callable[[int, int], object] = _ignore) -> Vectors:
    """Multiply the rows of a float16 matrix by float16 vectors ``(m, dim)``; float32, ``(m, n)``.

    NumKong's kernel (the one inside USearch) reads the matrix once for each vector, at the speed of
    the memory. It releases the GIL, and one core does not use the whole bandwidth of the memory, so
    two threads share a large matrix. ``done`` is called after each block with its first row and the
    one after its last.
    """
    scores = np.empty((len(parts), len(matrix)), dtype=np.float32)

    def fill(start: int) -> None:
        stop = min(start + _BLOCK, len(matrix))
        scores[:, start:stop] = np.asarray(
            numkong.cdist(parts, matrix[start:stop], "dot", threads=1)
        )
        done(start, stop)

    starts = range(0, len(matrix), _BLOCK)
    if len(starts) <= _SERIAL_BLOCKS:
        for start in starts:
            fill(start)
    else:
        from concurrent.futures import ThreadPoolExecutor  # not needed for small libraries

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(fill, starts))
    return scores


def top_k(scores: Vectors, k: int) -> Rows:
    """Return the positions of the ``k`` highest scores, best first, earlier ones before equals."""
    n = len(scores)
    if k >= n:
        return _descending(scores)
    top = np.sort(np.argpartition(scores, n - k)[n - k :])
    return top[_descending(scores[top])]


def _descending(scores: Vectors) -> Rows:
    """Return the stable descending order.

    The bits of a float order like an integer once the bits below a set sign are flipped (IEEE 754).
    With the position in the low half, one sort of int64 is faster than a stable ``argsort``.
    """
    bits = (scores + np.float32(0)).view(np.int32)  # -0.0 + 0.0 is 0.0
    ascending = bits ^ ((bits >> 31) & np.int32(0x7FFFFFFF))
    packed = (~ascending).astype(np.int64) << 32
    packed |= np.arange(len(scores))
    packed.sort()
    return packed & 0xFFFFFFFF


def rerank_exact(
    query: SplitVector, k: int, scores: Vectors, take: Callable[[Rows], Half]
) -> tuple[Rows, Vectors]:
    """Turn scores of ``query.high`` into the exact best ``k``: their positions and cosines.

    All candidates within the error bound of ``high`` are scored again with
    ``low``; ``take`` returns the vectors of some positions, given in ascending order.
    """
    k = min(k, len(scores))
    candidates = np.arange(len(scores))
    if 0 < k < len(scores):
        last = np.partition(scores, len(scores) - k)[len(scores) - k]
        candidates = np.flatnonzero(scores >= last - 2 * query.error)
    exact = scores[candidates] + dot_products(query.low, take(candidates)) / LOW_SCALE
    order = top_k(exact, k)
    return candidates[order], exact[order]
