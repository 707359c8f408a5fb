"""Orders copies: every file has the rank that its own name gives it.

First come the files whose whole name was typed, then the pictures of the folders that are named
like the query, then the copies of both in other folders, each best match first. Below these, copies
are adjacent, the best-named first. If copies are one hit, the best-named represents it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.core.domain import Keys, Scores

    ValuesOf = Callable[[Keys], Scores]
    """Returns the name scores of files (`tui.search.ranking.name_fusion`), 0 without a match."""


def name_order(values: Scores, starts: Keys, scores: Scores, *, fold: bool) -> Keys:
    """Return the order of the files of ranked contents.

    Args:
        values: the name score of each file, shape ``(m,)``.
        starts: where the files of each content begin, and the end of the last, shape ``(n + 1,)``.
        scores: the cosine of each file, shape ``(m,)``.
        fold: copies are one hit and stay beside each other.
    """
    from tui.search.ranking.name_fusion import FOLDER

    rows = np.arange(len(values))
    if not len(rows):
        return rows
    counts = np.diff(starts)
    best = np.maximum.reduceat(values, starts[:-1])
    several = np.flatnonzero(np.repeat((best > 0) & (counts > 1), counts))
    if not len(several):
        return rows
    contents = np.repeat(np.arange(len(counts)), counts)[several]
    rows[several] = several[np.lexsort((-values[several], contents))]
    if fold:
        return rows
    leading = rows[np.repeat(best >= FOLDER, counts)]
    named = np.where(values[leading] >= FOLDER, values[leading], 0)
    rows[np.repeat(best >= FOLDER, counts)] = leading[np.lexsort((-scores[leading], -named))]
    return rows
