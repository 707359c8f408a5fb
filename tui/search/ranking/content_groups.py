"""From found contents to an order of files: pure functions over arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.core.domain import Keys

    Scores = NDArray[np.float32]
    """Cosines, shape ``(n,)``, float32."""


@dataclass(frozen=True, slots=True, eq=False)
class ContentGroups:
    """The files of a scope, grouped by content; within a group the catalog's order is kept.

    Attributes:
        file_ids: the files, int64, shape ``(n,)``.
        places: where the catalog listed each file, int64, shape ``(n,)``; breaks ties.
        starts: by content id, the row of its first file, int32, shape ``(largest id + 2,)``.
        counts: by content id, how many files it has; the last one is 0.
    """

    file_ids: Keys
    catalog_positions: Keys
    starts: NDArray[np.int32]
    counts: NDArray[np.int32]

    def contents(self) -> Keys:
        """Return the ids of the contents that have a file here, ascending."""
        return np.flatnonzero(self.counts).astype(np.int64)


def group_contents(file_ids: Keys, content_ids: Keys) -> ContentGroups:
    """Group files by their content; both arrays have shape ``(n,)`` and the catalog's order.

    Content ids are small and not negative, so that they can be places in an array.
    """
    places = np.argsort(content_ids, kind="stable").astype(np.int64)
    counts = np.append(np.bincount(content_ids), 0).astype(np.int32)
    starts = np.cumsum(counts, dtype=np.int32) - counts
    return ContentGroups(file_ids[places], places, starts, counts)


def rank_contents(keys: Keys, scores: Scores, copies: ContentGroups) -> Keys:
    """Put the found contents that have a file here in order.

    Equal scores keep the catalog's order, so that the same search gives the same list.

    Args:
        keys: different content ids, shape ``(k,)``.
        scores: what to order by, shape ``(k,)``, best first.
        copies: the files that may be shown.

    Returns:
        Places in ``keys``, best first, shape ``(m,)``.
    """
    here = np.flatnonzero(copies.counts[np.minimum(keys, len(copies.counts) - 1)])
    keys, scores = keys[here], scores[here]
    return here[_untied(scores, copies.catalog_positions[copies.starts[keys]])]


def expand_files(keys: Keys, copies: ContentGroups) -> tuple[Keys, Keys]:
    """Return the files of some contents, copies beside each other.

    Args:
        keys: content ids that have a file in ``copies``, shape ``(k,)``.
        copies: the files that may be shown.

    Returns:
        File ids, shape ``(m,)``, and where the files of each content begin with the end of the
        last, shape ``(k + 1,)``.
    """
    starts, counts = copies.starts[keys], copies.counts[keys].astype(np.int64)
    begins = np.concatenate([[0], np.cumsum(counts)])
    if begins[-1] == len(keys):
        return copies.file_ids[starts], begins
    within = np.arange(begins[-1]) - np.repeat(begins[:-1], counts)
    return copies.file_ids[np.repeat(starts, counts) + within], begins


def _untied(scores: Scores, places: Keys) -> Keys:
    """Return the order in which equal scores stand by place; ``scores`` descend."""
    order = np.arange(len(scores))
    same = scores[1:] == scores[:-1]
    tied = np.flatnonzero(np.append(same, False) | np.insert(same, 0, False))
    order[tied] = tied[np.lexsort((places[tied], -scores[tied]))]
    return order
