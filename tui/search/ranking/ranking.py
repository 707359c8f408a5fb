"""The result of a query: files in order, their strengths, and how they are folded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tui.core.domain import NOISE_THRESHOLD
from tui.search.ranking.relevance import never_rising, noise_start

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.core.domain import Keys, Scores, Vectors
    from tui.search.query.terms import Query
    from tui.search.ranking.folding import HitGroups
    from tui.search.ranking.relevance import ScoreScale
    from tui.search.ranking.sorted_walk import SortedWalk


@dataclass(frozen=True, slots=True, eq=False)
class QueryVector:
    """The vector of a query: a unit vector of a model, float32, shape ``(dim,)``."""

    model_id: str
    vector: Vectors


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """The result of one query: ids only, so that a million hits stay small.

    Attributes:
        generation: the caller's number for this query, which identifies stale results.
        query: the query, with hints about terms that have no vector.
        file_ids: the ranked hits, best first, int64, shape ``(n,)``.
        scores: their cosines, float32, shape ``(n,)``; None if the order is by name or date. A
            hit whose name matches may precede one with a higher score.
        semantic: a model decides the order.
        total: the number of files, including those that are folded or not ranked yet; without
            those below a walk.
        unranked_count: the number of hits below the ranked ones; `SearchEngine.extend` ranks
            them.
        strengths: 0 to 1, float32, shape ``(n,)``; None without a scale. They never rise in a
            ranking that is best first.
        copies: the number of files of each hit, int32, shape ``(n,)``; None if all have one.
        noise_start: the position from which hits are no better than chance; None for none.
        good_count: the number of ranked hits that are better than chance; None without a scale.
        no_match: the sentence that no hit is a good match; empty if one is, or that is unknown.
        groups: the files of the hits; None if every hit is one file.
        scale: the scale of the strengths.
        folded: files that show the same are one hit.
        query_vector: the vector of the query, so that the hits below can be ranked even after a
            picture in the query was deleted; None if the order is by name or date.
        walk: lists the hits below, whose number is not known yet; None if all are listed or the
            number is ``unranked_count``.
    """

    generation: int
    query: Query
    file_ids: Keys
    scores: Scores | None
    semantic: bool
    total: int
    unranked_count: int = 0
    strengths: Scores | None = None
    copies: NDArray[np.int32] | None = None
    noise_start: int | None = None
    good_count: int | None = None
    no_match: str = ""
    groups: HitGroups | None = None
    scale: ScoreScale | None = None
    folded: bool = False
    query_vector: QueryVector | None = None
    walk: SortedWalk | None = None

    def __len__(self) -> int:
        """The number of ranked hits."""
        return len(self.file_ids)

    @property
    def count(self) -> int:
        """The number of hits, ranked or not; at least that many if a walk lists more."""
        return len(self.file_ids) + self.unranked_count

    @property
    def has_more_good(self) -> bool:
        """Hits that are not ranked yet may be good matches."""
        return self.walk is not None or (self.unranked_count > 0 and self.noise_start is None)

    @property
    def is_complete(self) -> bool:
        """All hits are ranked."""
        return not self.unranked_count and self.walk is None

    @property
    def is_best_first(self) -> bool:
        """A model decides the order, and the strongest hits come first."""
        sort = self.query.sort
        return self.semantic and (sort is None or (sort.key == "score" and not sort.reverse))

    def position_of(self, file_id: int) -> int | None:
        """Return the position of the hit that includes a file; None for no hit."""
        positions = np.flatnonzero(self.file_ids == file_id)
        if not len(positions) and self.groups is not None:
            rows = np.flatnonzero(self.groups.file_ids == file_id)
            if len(rows):
                first = self.groups.starts[self.groups.group_at(int(rows[0]))]
                positions = np.flatnonzero(self.file_ids == self.groups.file_ids[first])
        return int(positions[0]) if len(positions) else None

    def is_folded(self, position: int) -> bool:
        """Whether a hit includes several files, or was unfolded from such a hit."""
        if self.groups is None:
            return False
        group = self.groups.group_at(int(self.groups.visible_rows()[0][position]))
        return bool(self.groups.starts[group + 1] - self.groups.starts[group] > 1)

    def toggle_fold(self, position: int) -> Ranking:
        """Unfold the files of a hit into separate hits, or fold them again."""
        if self.groups is None:
            return self
        group = self.groups.group_at(int(self.groups.visible_rows()[0][position]))
        return self.with_groups(self.groups.toggle(group))

    def with_groups(self, groups: HitGroups, unranked_count: int | None = None) -> Ranking:
        """Return this ranking with other groups, and another number of hits below them."""
        rows, copies = groups.visible_rows()
        scores = None if groups.scores is None else groups.scores[rows]
        strengths = None if groups.strengths is None else groups.strengths[rows]
        first_weak = good_count = None
        if strengths is not None:
            first_weak = noise_start(strengths)
            strengths = never_rising(strengths) if self.is_best_first else strengths
            good_count = int(np.count_nonzero(strengths >= NOISE_THRESHOLD))
        return replace(
            self,
            file_ids=groups.file_ids[rows],
            scores=scores,
            unranked_count=self.unranked_count if unranked_count is None else unranked_count,
            strengths=strengths,
            copies=copies,
            noise_start=first_weak,
            good_count=good_count,
            groups=groups,
        )
