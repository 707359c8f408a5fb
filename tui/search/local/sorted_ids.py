"""Looks ids up in an ascending array."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tui.core.domain import Keys, Mask


def locate(ids: Keys, ascending: Keys) -> tuple[Keys, Mask]:
    """Return the position of each id in an ascending array, and whether the array has the id.

    The position of a missing id means nothing. Both results have the shape of ``ids``.
    """
    if not len(ascending):
        return np.zeros(ids.shape, dtype=np.int64), np.zeros(ids.shape, dtype=np.bool_)
    positions = np.minimum(np.searchsorted(ascending, ids), len(ascending) - 1)
    return positions, ascending[positions] == ids
