"""Lists the hits of a query in an order that no model decides, only as far as they are needed.

A description and ``sort:date`` ask for all matches above the noise, newest first. Ranking the whole
library would find them all before the first is shown. Instead the library is compared block by
block in the order itself, until the screen is full. If the hits are so rare that this would compare
a large part of the library, all contents are compared in the order of the index, which reads the
vectors from front to back.

The hits of the first part of the ranking are known before the walk, which inserts each at its place
in the order. All values are immutable and belong to one state of the library, so a walk can be
continued without the backend's lock and after a refresh.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tui.core.domain import NOISE_THRESHOLD
from tui.search.ranking.candidates import Candidates, group_files
from tui.search.ranking.content_groups import without_repeats
from tui.search.ranking.name_fusion import BONUS

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from tui.core.domain import Keys, Mask, Scores
    from tui.search.ranking.candidates import ScoreContents
    from tui.search.ranking.content_groups import ContentGroups
    from tui.search.ranking.folding import HitGroups
    from tui.search.ranking.name_order import ValuesOf
    from tui.search.ranking.relevance import ScoreScale

_FIRST_BLOCK = 8_192
_LARGEST_BLOCK = 65_536
_WALKED_SHARE = 8
"""After a walk over one part in this many, all contents are compared."""


@dataclass(frozen=True, slots=True, eq=False)
class LibraryOrder:
    """The files of a library in an order, and the contents of those that a query may show.

    Attributes:
        file_ids: all files, int64, shape ``(n,)``.
        rows: the positions of these files in the order, shape ``(n,)``.
        content_of: the content by file id, -1 for a file that may not be shown; the last value is
            -1.
    """

    file_ids: Keys
    rows: NDArray[np.integer]
    content_of: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.rows)

    def files(self, start: int, stop: int | None = None) -> Keys:
        """Return the files from one position of the order to before another."""
        files: Keys = self.file_ids[self.rows[start:stop]]
        return files

    def contents(self, file_ids: Keys) -> Keys:
        """Return the content of each file, -1 for those that may not be shown."""
        return _value_at(self.content_of, file_ids).astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class ContentScorer:
    """Scores contents as the whole ranking does, and drops the noise.

    Attributes:
        cosines: takes contents and returns those that have a vector, with the query's cosines.
        named: the contents whose names match, ascending, shape ``(m,)``.
        values: their name scores, shape ``(m,)``.
        scale: the scale of the strengths.
        includes_noise: weak matches are hits too.
    """

    cosines: ScoreContents
    named: Keys
    values: Scores
    scale: ScoreScale
    includes_noise: bool

    def score(self, contents: Keys) -> Candidates:
        """Return the contents that are hits, with their scores, in any order.

        A content in a folder that is named like the query has a strength of 1 even with the least
        bonus for such a name, so the exact bonus need not be computed.
        """
        keys, scores = self.cosines(contents)
        sort_scores = scores
        if len(self.named):
            positions = np.minimum(np.searchsorted(self.named, keys), len(self.named) - 1)
            is_named = self.named[positions] == keys
            bonus = self.values[positions[is_named]] * np.float32(BONUS * self.scale.span)
            sort_scores = scores.copy()
            sort_scores[is_named] += bonus
        candidates = Candidates(keys, scores, sort_scores)
        if self.includes_noise:
            return candidates
        is_strong = self.scale.strengths(sort_scores) >= NOISE_THRESHOLD
        return candidates.take(np.flatnonzero(is_strong))


@dataclass(frozen=True, slots=True, eq=False)
class SortedWalk:
    """The hits of a query from one position of an order; earlier walks have listed the others.

    Attributes:
        order: the library in the order.
        scorer: decides which contents are hits.
        leading: the hits of the first part of the ranking, best first.
        is_leading: by content, whether it is one of these hits.
        files: the files that may be shown, by content.
        values_of: returns the name scores of files; None if no name matches.
        fold: copies are one hit.
        position: the number of files of the order that were compared.
    """

    order: LibraryOrder
    scorer: ContentScorer
    leading: HitGroups
    is_leading: Mask
    files: ContentGroups
    values_of: ValuesOf | None
    fold: bool
    position: int = 0

    def advance(self, check: Callable[[], None]) -> tuple[HitGroups, SortedWalk | None]:
        """Return the next hits, and the walk below them; None at the end.

        Args:
            check: called between steps; raises StaleQueryError to stop the walk.
        """
        check()
        if self.position * _WALKED_SHARE >= len(self.order):
            return self._list_remaining(check), None
        size = min(_LARGEST_BLOCK, max(_FIRST_BLOCK, self.position))
        stop = min(self.position + size, len(self.order))
        file_ids = self.order.files(self.position, stop)
        contents = self.order.contents(file_ids)
        hits = self._hits(self._score(without_repeats(contents[contents >= 0])))
        walk = replace(self, position=stop) if stop < len(self.order) else None
        return _in_order(hits, file_ids), walk

    def _list_remaining(self, check: Callable[[], None]) -> HitGroups:
        """Compare all contents, and return the hits from the position to the end."""
        contents = self.files.contents()
        parts = []
        for start in range(0, len(contents), _LARGEST_BLOCK):
            check()
            parts.append(self._score(contents[start : start + _LARGEST_BLOCK]))
        check()
        return _in_order(self._hits(_join(parts)), self.order.files(self.position))

    def _score(self, contents: Keys) -> Candidates:
        return self.scorer.score(contents[~self.is_leading[contents]])

    def _hits(self, candidates: Candidates) -> HitGroups:
        """Return the leading hits and the hits among candidates, in no particular order."""
        more = group_files(
            candidates,
            np.ones(len(candidates.keys), dtype=np.bool_),
            self.files,
            self.scorer.scale,
            self.values_of,
            fold=self.fold,
        )
        return self.leading.append(more)


def _in_order(hits: HitGroups, file_ids: Keys) -> HitGroups:
    """Return the hits that these files represent, in the order of the files."""
    group_of = np.zeros(int(hits.file_ids.max(initial=-1)) + 2, dtype=np.int32)
    group_of[hits.file_ids[hits.starts[:-1]]] = np.arange(1, len(hits) + 1)
    groups = _value_at(group_of, file_ids)
    return hits.take(groups[groups > 0].astype(np.int64) - 1)


def _join(parts: list[Candidates]) -> Candidates:
    empty = np.empty(0, dtype=np.float32)
    return Candidates(
        np.concatenate([np.empty(0, dtype=np.int64), *(part.keys for part in parts)]),
        np.concatenate([empty, *(part.scores for part in parts)]),
        np.concatenate([empty, *(part.sort_scores for part in parts)]),
    )


def _value_at(by_id: NDArray[np.int32], ids: Keys) -> NDArray[np.int32]:
    """Return values by id; an id beyond the end gets the last value."""
    return by_id[np.minimum(ids, len(by_id) - 1)]
