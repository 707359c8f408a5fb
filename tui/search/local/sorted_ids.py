"""Looks up ids and rows in ascending arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tui.core.domain import Keys, Mask, Rows

_FEW = 16
"""If the other rows are this many times as many, each row is looked up by bisection."""


def locate(ids: Keys, ascending: Keys) -> tuple[Keys, Mask]:
    """Return the position of each id in an ascending array, and whether the array contains it.

    The position of a missing id is meaningless. Both results have the shape of ``ids``.
    """
    if not len(ascending):
        return np.zeros(ids.shape, dtype=np.int64), np.zeros(ids.shape, dtype=np.bool_)
    positions = np.minimum(np.searchsorted(ascending, ids), len(ascending) - 1)
    return positions, ascending[positions] == ids


def are_in(rows: Rows, others: Rows) -> Mask:
    """Return a mask of the rows that are among others; both ascend, without repeats.

    The result has the shape of ``rows``.
    """
    if not len(rows) or not len(others) or _FEW * len(rows) < len(others):
        return locate(rows, others)[1]
    mask = np.zeros(int(max(rows[-1], others[-1])) + 1, dtype=np.bool_)
    mask[others] = True
    result: Mask = mask[rows]
    return result
