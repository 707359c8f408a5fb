"""Folds hits that show the same: identical contents and near-identical pictures become one.

Copies of a file are one content, so they fold at any rank. Near-identical pictures (a burst, a
picture saved again) are found among the first ``DEPTH`` hits by the cosine of their vectors. Groups
are not chained: in the order of the ranking, each hit leads the later ones that resemble it and
have no leader yet, so that every folded picture resembles the displayed one.

The threshold depends on the model; a mistake costs one key, since every hit can be unfolded. The
built-in model distinguishes kinds, not pictures: two different photographs of a kind may have
nearly the same vector. `tests.bench.ranking_quality` measures that on left and right parts of one
photograph: at 0.95 half of the pairs would fold, at 0.999 a fifth, and of true variants (cropped,
brightened, rotated by two degrees, scaled) still half. No two of the 300 sample photographs reach
0.98. CLIP's vectors distinguish pictures, but its threshold was not measured; 0.95 is the default
of `tui.search.duplicates.find`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.core.domain import Keys, Scores, Vectors

DEPTH = 128
"""The number of hits among which near-identical ones are found."""

_THRESHOLDS = {"starter": 0.999}
_THRESHOLD = 0.95


def default_fold_threshold(model_id: str) -> float:
    """Return the cosine from which two pictures are near-identical for a model."""
    return _THRESHOLDS.get(model_id.partition("-")[0], _THRESHOLD)


def assign_leaders(vectors: Vectors, threshold: float) -> Keys:
    """Assign each picture to the leader that it is folded into (leader clustering).

    Args:
        vectors: unit vectors, float32, shape ``(n, dim)``, best hit first.
        threshold: the lowest cosine of a picture with its leader.

    Returns:
        The index of each picture's leader, its own without one; int64, shape ``(n,)``.
    """
    leaders = np.arange(len(vectors), dtype=np.int64)
    similar = np.triu(vectors @ vectors.T >= threshold, 1)
    for index in np.flatnonzero(similar.any(axis=1)).tolist():
        if leaders[index] == index:
            followers = np.flatnonzero(similar[index])
            leaders[followers[leaders[followers] == followers]] = index
    return leaders


@dataclass(frozen=True, slots=True, eq=False)
class HitGroups:
    """Ranked files, those of one hit beside each other.

    Attributes:
        file_ids: all files, best hit first, int64, shape ``(m,)``; the first of a group represents
            it.
        scores: their cosines, float32, shape ``(m,)``, or None.
        strengths: 0 to 1, float32, shape ``(m,)``, or None.
        starts: where each group begins, and the end of the last; int64, shape ``(g + 1,)``.
        expanded: the groups whose files are hits of their own.
    """

    file_ids: Keys
    scores: Scores | None
    strengths: Scores | None
    starts: Keys
    expanded: frozenset[int] = field(default_factory=frozenset)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def visible_rows(self) -> tuple[Keys, NDArray[np.int32]]:
        """Return the rows of the visible files, and the number of files that each represents."""
        sizes = np.diff(self.starts).astype(np.int32)
        if not self.expanded:
            return self.starts[:-1], sizes
        times = np.ones(len(self), dtype=np.int64)
        expanded = np.array(sorted(self.expanded))
        times[expanded] = sizes[expanded]
        sizes[expanded] = 1
        ends = np.cumsum(times)
        within = np.arange(int(ends[-1])) - np.repeat(ends - times, times)
        return np.repeat(self.starts[:-1], times) + within, np.repeat(sizes, times)

    def group_at(self, row: int) -> int:
        """Return the group of a row."""
        return int(np.searchsorted(self.starts, row, side="right")) - 1

    def toggle(self, group: int) -> HitGroups:
        """Make the files of a group hits of their own, or fold them again."""
        return replace(self, expanded=self.expanded ^ {group})

    def take(self, order: Keys) -> HitGroups:
        """Return a selection of the groups in another order, all of them folded."""
        sizes = np.diff(self.starts)[order]
        ends = np.cumsum(sizes)
        rows = np.repeat(self.starts[order] - ends + sizes, sizes) + np.arange(sizes.sum())
        starts = np.concatenate([[0], ends]).astype(np.int64)
        return self._of(rows, starts)

    @classmethod
    def empty(cls, *, has_strengths: bool) -> HitGroups:
        """Return no hits, to append hits with scores to."""
        nothing = np.empty(0, dtype=np.float32)
        strengths = nothing if has_strengths else None
        ids = np.empty(0, dtype=np.int64)
        return cls(ids, nothing, strengths, np.zeros(1, dtype=np.int64))

    def append(self, more: HitGroups) -> HitGroups:
        """Return these groups followed by more, which have scores if these have."""
        return HitGroups(
            np.concatenate([self.file_ids, more.file_ids]),
            _concatenate(self.scores, more.scores),
            _concatenate(self.strengths, more.strengths),
            np.concatenate([self.starts, more.starts[1:] + self.starts[-1]]),
            self.expanded,
        )

    def _of(self, rows: Keys, starts: Keys) -> HitGroups:
        scores = None if self.scores is None else self.scores[rows]
        strengths = None if self.strengths is None else self.strengths[rows]
        return HitGroups(self.file_ids[rows], scores, strengths, starts)


def _concatenate(first: Scores | None, second: Scores | None) -> Scores | None:
    return None if first is None or second is None else np.concatenate([first, second])
