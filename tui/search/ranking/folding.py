"""Hits that show the same: identical contents and near-identical pictures become one.

Copies of a file are one content, so they fold wherever they stand. Near-identical pictures (a
burst, a picture saved again) are found among the first ``DEPTH`` hits by the cosine of their
vectors. Nothing is chained: from the best hit on, each takes those after it that are like it and
not taken yet, so that all that is folded is like what is shown.

How like is enough depends on the model; a mistake costs a key, since every hit can be unfolded.
The built-in model tells kinds apart, not pictures: where it is sure of a kind, two different
photographs of it have nearly the same vector. `tests.bench.ranking_quality` measures that on left
and right parts of one photograph: at 0.95 half of the pairs would fold, at 0.999 a fifth, and of
true variants (cropped, brightened, turned by two degrees, scaled) still half. No two of the 300
sample photographs reach 0.98. CLIP's vectors tell pictures apart, but its weights were not at
hand to measure it; 0.95 is what `tui.search.duplicates.find` begins to look from.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.core.domain import Keys, Vectors
    from tui.search.ranking.content_groups import Scores

DEPTH = 128
"""Hits among which near-identical ones are looked for; 0.3 ms for vectors of 512 numbers."""

_THRESHOLDS = {"starter": 0.999}
_THRESHOLD = 0.95


def default_fold_threshold(model_id: str) -> float:
    """Return the cosine from which two pictures are near-identical to a model."""
    return _THRESHOLDS.get(model_id.partition("-")[0], _THRESHOLD)


def assign_leaders(vectors: Vectors, threshold: float) -> Keys:
    """Find what each picture is folded into.

    Args:
        vectors: unit vectors, float32, shape ``(n, dim)``, best hit first.
        threshold: the least cosine.

    Returns:
        For each the place of the one that stands for it, its own where it stands for itself;
        int64, shape ``(n,)``.
    """
    found = np.arange(len(vectors), dtype=np.int64)
    alike = np.triu(vectors @ vectors.T >= threshold, 1)
    for place in np.flatnonzero(alike.any(axis=1)).tolist():
        if found[place] == place:
            others = np.flatnonzero(alike[place])
            found[others[found[others] == others]] = place
    return found


@dataclass(frozen=True, slots=True, eq=False)
class HitGroups:
    """Ranked files, those of one hit beside each other.

    Attributes:
        file_ids: all files, best hit first, int64, shape ``(m,)``; the first of a group stands
            for it.
        scores: their cosines, float32, shape ``(m,)``, or None.
        strengths: 0 to 1, float32, shape ``(m,)``, or None.
        starts: where each group begins, and the end of the last; int64, shape ``(g + 1,)``.
        opened: the groups whose files are shown one by one.
    """

    file_ids: Keys
    scores: Scores | None
    strengths: Scores | None
    starts: Keys
    expanded: frozenset[int] = field(default_factory=frozenset)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def visible_rows(self) -> tuple[Keys, NDArray[np.int32]]:
        """Return the rows of the files that are shown, and how many files each stands for."""
        sizes = np.diff(self.starts).astype(np.int32)
        if not self.expanded:
            return self.starts[:-1], sizes
        times = np.ones(len(self), dtype=np.int64)
        opened = np.array(sorted(self.expanded))
        times[opened] = sizes[opened]
        sizes[opened] = 1
        ends = np.cumsum(times)
        within = np.arange(int(ends[-1])) - np.repeat(ends - times, times)
        return np.repeat(self.starts[:-1], times) + within, np.repeat(sizes, times)

    def group_at(self, row: int) -> int:
        """Return the group that a row belongs to."""
        return int(np.searchsorted(self.starts, row, side="right")) - 1

    def toggle(self, group: int) -> HitGroups:
        """Show the files of a group one by one, or fold them again."""
        return replace(self, expanded=self.expanded ^ {group})

    def take(self, order: Keys) -> HitGroups:
        """Return some of the groups in another order, none of them opened."""
        sizes = np.diff(self.starts)[order]
        ends = np.cumsum(sizes)
        rows = np.repeat(self.starts[order] - ends + sizes, sizes) + np.arange(sizes.sum())
        starts = np.concatenate([[0], ends]).astype(np.int64)
        return self._of(rows, starts)

    def append(self, others: HitGroups) -> HitGroups:
        """Return these groups and then others, which have scores where these have."""
        return HitGroups(
            np.concatenate([self.file_ids, others.file_ids]),
            _joined(self.scores, others.scores),
            _joined(self.strengths, others.strengths),
            np.concatenate([self.starts, others.starts[1:] + self.starts[-1]]),
            self.expanded,
        )

    def _of(self, rows: Keys, starts: Keys) -> HitGroups:
        scores = None if self.scores is None else self.scores[rows]
        strengths = None if self.strengths is None else self.strengths[rows]
        return HitGroups(self.file_ids[rows], scores, strengths, starts)


def _joined(one: Scores | None, other: Scores | None) -> Scores | None:
    return None if one is None or other is None else np.concatenate([one, other])
