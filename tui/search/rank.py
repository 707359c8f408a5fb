"""From found contents to an order of files: pure functions over arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.domain import Keys

    Scores = NDArray[np.float32]
    """Cosines, shape ``(n,)``, float32."""


@dataclass(frozen=True, slots=True, eq=False)
class Copies:
    """The files of a scope, grouped by content; within a group the catalog's order is kept.

    Attributes:
        contents: the content of each row, ascending, int64, shape ``(n,)``.
        file_ids: the file of each row, int64, shape ``(n,)``.
        places: where the catalog listed that file, int64, shape ``(n,)``; breaks ties.
    """

    contents: Keys
    file_ids: Keys
    places: Keys


def group_copies(file_ids: Keys, content_ids: Keys) -> Copies:
    """Group files by their content; both arrays have shape ``(n,)`` and the catalog's order."""
    places = np.argsort(content_ids, kind="stable").astype(np.int64)
    return Copies(content_ids[places], file_ids[places], places)


def rank_files(keys: Keys, scores: Scores, copies: Copies) -> tuple[Keys, Scores]:
    """Order the files of the found contents by score; copies stand beside each other.

    Equal scores keep the catalog's order, so that the same search gives the same list. Contents
    without a file in ``copies`` fall out.

    Args:
        keys: different content ids, shape ``(k,)``.
        scores: their cosines, shape ``(k,)``.
        copies: the files that may be shown.

    Returns:
        File ids and their scores, both of shape ``(m,)``, best first.
    """
    starts = np.searchsorted(copies.contents, keys, side="left")
    counts = np.searchsorted(copies.contents, keys, side="right") - starts
    here = counts > 0
    starts, counts, scores = starts[here], counts[here], scores[here]
    order = np.lexsort((copies.places[starts], -scores))
    starts, counts, scores = starts[order], counts[order], scores[order]
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    rows = np.repeat(starts, counts) + within
    return copies.file_ids[rows], np.repeat(scores, counts)
