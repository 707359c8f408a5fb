"""Groups files by content, and orders contents: pure functions over arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.core.domain import Keys, Scores


@dataclass(frozen=True, slots=True, eq=False)
class ContentGroups:
    """The files of a scope, grouped by content; within a group the catalog's order is kept.

    Attributes:
        file_ids: the files, int64, shape ``(n,)``.
        catalog_positions: the position of each file in the catalog's order, int64, shape ``(n,)``;
            breaks ties.
        starts: by content id, the row of its first file, int32, shape ``(largest id + 2,)``.
        counts: by content id, its number of files; the last one is 0.
    """

    file_ids: Keys
    catalog_positions: Keys
    starts: NDArray[np.int32]
    counts: NDArray[np.int32]

    def contents(self) -> Keys:
        """Return the ids of the contents that have a file, ascending."""
        return np.flatnonzero(self.counts).astype(np.int64)


def group_contents(file_ids: Keys, content_ids: Keys) -> ContentGroups:
    """Group files by their content; both arrays have shape ``(n,)`` and the catalog's order.

    Content ids index an array, so they must be small and not negative.
    """
    positions = np.argsort(content_ids, kind="stable").astype(np.int64)
    counts = np.append(np.bincount(content_ids), 0).astype(np.int32)
    starts = np.cumsum(counts, dtype=np.int32) - counts
    return ContentGroups(file_ids[positions], positions, starts, counts)


def without_repeats(ids: Keys) -> Keys:
    """Return ids ascending, each once; ``np.unique`` hashes them, which takes longer."""
    ids = np.sort(ids)
    is_first = np.ones(len(ids), dtype=np.bool_)
    is_first[1:] = ids[1:] != ids[:-1]
    return ids[is_first]


def rank_contents(keys: Keys, scores: Scores, files: ContentGroups) -> Keys:
    """Order contents that have a file.

    Equal scores keep the catalog's order, so that the same search gives the same list.

    Args:
        keys: different content ids, shape ``(k,)``.
        scores: their scores, shape ``(k,)``, descending.
        files: the files that may be shown.

    Returns:
        Positions in ``keys``, best first, shape ``(m,)``.
    """
    positions = np.flatnonzero(files.counts[np.minimum(keys, len(files.counts) - 1)])
    keys, scores = keys[positions], scores[positions]
    return positions[_break_ties(scores, files.catalog_positions[files.starts[keys]])]


def expand_files(keys: Keys, files: ContentGroups) -> tuple[Keys, Keys]:
    """Return the files of contents, copies beside each other.

    Args:
        keys: content ids that have a file in ``files``, shape ``(k,)``.
        files: the files that may be shown.

    Returns:
        File ids, shape ``(m,)``, and where the files of each content begin with the end of the
            last, shape ``(k + 1,)``.
    """
    starts, counts = files.starts[keys], files.counts[keys].astype(np.int64)
    begins = np.concatenate([[0], np.cumsum(counts)])
    if begins[-1] == len(keys):
        return files.file_ids[starts], begins
    within = np.arange(begins[-1]) - np.repeat(begins[:-1], counts)
    return files.file_ids[np.repeat(starts, counts) + within], begins


def _break_ties(scores: Scores, catalog_positions: Keys) -> Keys:
    """Return the order of descending scores in which equal ones come by catalog position."""
    order = np.arange(len(scores))
    same = scores[1:] == scores[:-1]
    tied = np.flatnonzero(np.append(same, False) | np.insert(same, 0, False))
    order[tied] = tied[np.lexsort((catalog_positions[tied], -scores[tied]))]
    return order
