"""The answer to a query: which files, in which order, how strong, and what is folded into what."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tui.core.domain import Hit
from tui.search.ranking.relevance import noise_start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from tui.core.domain import FileDetails, Keys, Vectors
    from tui.search.query.parse import Query
    from tui.search.ranking.content_groups import Scores
    from tui.search.ranking.folding import HitGroups
    from tui.search.ranking.relevance import ScoreScale


@dataclass(frozen=True, slots=True, eq=False)
class QueryVector:
    """What a query was ranked by: a unit vector, float32, shape ``(dim,)``, of a model."""

    model_id: str
    vector: Vectors


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """The answer to one query: ids only, so that a million hits stay small.

    Attributes:
        generation: the caller's number for this query, to drop stale answers by.
        query: what was asked; its hints say what could not be searched with, too.
        file_ids: the hits that are ranked here, best first, int64, shape ``(n,)``.
        scores: their cosines, float32, shape ``(n,)``; None where the order is by name or date.
            One that is named well may stand before one with a higher score.
        semantic: the order comes from a model.
        total: how many files the query has, those that are folded into others and those that
            are not ranked yet included.
        rest: how many hits there are below those that are ranked here; `SearchEngine.extend` ranks
            them.
        strengths: 0 to 1, float32, shape ``(n,)``; None where there is nothing to measure by.
        copies: how many files each hit stands for, int32, shape ``(n,)``; None where that is one.
        noise_from: the place from which hits are no better than chance; None where there is no
            such place.
        groups: the files of the hits; None where every hit is one file.
        scale: what the strengths were measured with.
        folded: files that show the same are one hit.
        query_vector: what it was ranked by, so that the hits below can be ranked even when the
            picture that the query names has gone; None where the order is by name or date.
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
    groups: HitGroups | None = None
    scale: ScoreScale | None = None
    folded: bool = False
    query_vector: QueryVector | None = None

    def __len__(self) -> int:
        """How many hits are ranked here."""
        return len(self.file_ids)

    @property
    def count(self) -> int:
        """How many hits there are, ranked yet or not."""
        return len(self.file_ids) + self.unranked_count

    @property
    def best_score(self) -> float | None:
        """The highest score; None without scores."""
        return float(self.scores.max()) if self.scores is not None and len(self) else None

    def position_of(self, file_id: int) -> int | None:
        """Return the place of the hit that a file is, or is folded into; None for no hit."""
        places = np.flatnonzero(self.file_ids == file_id)
        if not len(places) and self.groups is not None:
            rows = np.flatnonzero(self.groups.file_ids == file_id)
            if len(rows):
                first = self.groups.starts[self.groups.group_at(int(rows[0]))]
                places = np.flatnonzero(self.file_ids == self.groups.file_ids[first])
        return int(places[0]) if len(places) else None

    def files_at(self, place: int) -> list[int]:
        """Return the files that a hit stands for, itself first."""
        if self.groups is None or self.copies is None:
            return [int(self.file_ids[place])]
        row = int(self.groups.visible_rows()[0][place])
        stop = row + int(self.copies[place])
        return [int(file_id) for file_id in self.groups.file_ids[row:stop]]

    def is_folded(self, place: int) -> bool:
        """Whether a hit stands for several files, or is one of several that were folded."""
        if self.groups is None:
            return False
        group = self.groups.group_at(int(self.groups.visible_rows()[0][place]))
        return bool(self.groups.starts[group + 1] - self.groups.starts[group] > 1)

    def toggle_fold(self, place: int) -> Ranking:
        """Show the files that a hit stands for as hits of their own, or fold them again."""
        if self.groups is None:
            return self
        group = self.groups.group_at(int(self.groups.visible_rows()[0][place]))
        return self.with_groups(self.groups.toggle(group))

    def with_groups(self, groups: HitGroups, rest: int | None = None) -> Ranking:
        """Return this answer with other groups, and another number of hits below them."""
        rows, copies = groups.visible_rows()
        scores = None if groups.scores is None else groups.scores[rows]
        strengths = None if groups.strengths is None else groups.strengths[rows]
        return replace(
            self,
            file_ids=groups.file_ids[rows],
            scores=scores,
            unranked_count=self.unranked_count if rest is None else rest,
            strengths=strengths,
            copies=copies,
            noise_start=None if strengths is None else noise_start(strengths),
            groups=groups,
        )


def load_hits(
    ranking: Ranking,
    start: int,
    stop: int,
    details: Callable[[Sequence[int]], Iterable[FileDetails]],
    has_raw: Callable[[int], bool],
) -> list[Hit]:
    """Return some hits of a ranking; files gone meanwhile are left out.

    Args:
        ranking: has them.
        start: the place of the first.
        stop: the place after the last.
        details: looks files up by their ids.
        has_raw: whether a file stands for a raw file too.
    """
    start = max(start, 0)
    file_ids = ranking.file_ids[start:stop].tolist()
    found = {file.file_id: file for file in details(file_ids)}
    scores, strengths, copies = (
        [None] * len(file_ids) if values is None else values[start:stop].tolist()
        for values in (ranking.scores, ranking.strengths, ranking.copies)
    )
    return [
        Hit(
            start + row + 1,
            scores[row],
            found[file_id],
            strengths[row],
            copies[row] or 1,
            has_raw=has_raw(file_id),
        )
        for row, file_id in enumerate(file_ids)
        if file_id in found
    ]
