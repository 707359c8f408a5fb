"""From a vector to a ranking: search the index, fuse with names, fold, measure, sort."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

import numpy as np

from tui.core.domain import VectorIndex
from tui.library.base.unit_vectors import to_float32
from tui.search.ranking.candidates import (
    Candidates,
    add_weak_match_hint,
    apply_sort,
    cosines,
    fold_near_duplicates,
    fuse_name_matches,
    group_files,
)
from tui.search.ranking.ranking import Ranking
from tui.search.ranking.relevance import scale_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from tui.core.domain import Keys, Vectors
    from tui.library.local.vectors.searching import IndexLimits
    from tui.search.local.name_index import ContentNameMatches
    from tui.search.local.selection import FileSelector
    from tui.search.query.parse import Query
    from tui.search.ranking.content_groups import ContentGroups, Scores
    from tui.search.ranking.relevance import ScoreScale

    Step = Callable[[], None]

_SAMPLE = 4096
"""Pictures by whose cosines the noise is measured."""

_NAMED_MOST = 500
"""Well-named pictures that are looked at beside those that a graph finds."""


class SearchableIndex(VectorIndex, Protocol):
    """An index that gives its vectors as well."""

    def vectors(self, keys: Keys) -> tuple[Keys, NDArray[np.float16]]:
        """Return those of some keys that are here and their vectors, in an order of its own."""
        ...


class Ranker:
    """Ranks the files of a selection; not thread-safe.

    Args:
        index: the model's vectors.
        selection: says which files may be shown.
        named: finds the contents that are named as a query says.
        near: the cosine from which two pictures fold into one.
        limits: say how many results are ranked at first.
    """

    def __init__(
        self,
        index: SearchableIndex,
        selection: FileSelector,
        named: Callable[[Query, NDArray[np.bool_] | None], ContentNameMatches | None],
        near: float,
        limits: IndexLimits,
    ) -> None:
        self._index = index
        self._selection = selection
        self._named = named
        self._near = near
        self._limits = limits
        self._sample: NDArray[np.float16] | None = None

    def refresh(self) -> None:
        """The library has changed."""
        self._sample = None

    def rank(
        self,
        vector: Vectors,
        query: Query,
        generation: int,
        *,
        step: Step,
        fold: bool,
    ) -> Ranking:
        """Rank the files that a query may show.

        Args:
            vector: the query's.
            query: what is asked.
            generation: comes back in the ranking.
            step: called between steps; may raise.
            fold: make one hit of files that show the same.
        """
        choice = self._selection.select(query)
        step()
        known = len(self._index) if choice.contents is None else len(choice.contents)
        depth = self._limits.at_first(known)
        keys, scores = self._index.search(vector, depth, choice.contents)
        scale = self._scale(vector, scores, whole=choice.contents is None and depth == known)
        if all(term.weight < 0 for term in query.terms):  # nothing stands out by what it is not
            scale = replace(scale, is_known=False)
        step()
        found = Candidates(keys, scores, scores)
        names = self._named(query, choice.shown)
        if names is not None:
            found = self._fused(found, names, vector, scale, choice.groups)
            if depth < known:  # what is below the last one that was found comes with the rest
                found = found.take(np.flatnonzero(found.sort_scores >= scores.min(initial=1.0)))
            step()
        found = found.rank(choice.groups)
        take = self._index.vectors if fold else None
        values_of = None if names is None else names.values_of
        groups = fold_near_duplicates(
            found, choice.groups, scale, values_of, fetch=take, near=self._near
        )
        total = len(choice.groups.file_ids)
        rest = choice.count - len(found.keys) if fold else total - len(groups.file_ids)
        ranking = Ranking(
            generation,
            query,
            groups.file_ids,
            groups.scores,
            semantic=True,
            total=total,
            scale=scale,
            folded=fold,
        )
        ranking = add_weak_match_hint(ranking.with_groups(groups, rest if depth < known else 0))
        return apply_sort(ranking, partial(self.extend, vector), self._selection.sort)

    def extend(self, vector: Vectors, ranking: Ranking) -> Ranking:
        """Rank the hits below those that are ranked."""
        assert ranking.groups is not None  # it is by meaning
        assert ranking.scale is not None
        choice = self._selection.select(ranking.query)
        keys, scores = self._index.search(vector, len(self._index), choice.contents)
        found = Candidates(keys, scores, scores)
        names = self._named(ranking.query, choice.shown)
        if names is not None:
            found = self._fused(found, names, vector, ranking.scale, choice.groups)
        ranked = _contents_of(ranking.groups.file_ids, choice.groups)
        found = found.take(np.flatnonzero(~ranked[np.minimum(found.keys, len(ranked) - 1)]))
        found = found.rank(choice.groups)
        begins = np.ones(len(found.keys), dtype=np.bool_)
        values_of = None if names is None else names.values_of
        more = group_files(
            found, begins, choice.groups, ranking.scale, values_of, fold=ranking.folded
        )
        return ranking.with_groups(ranking.groups.append(more), 0)

    def prewarm_scope(self, query: Query) -> None:
        """Work out where a query looks: the first words that are typed there find that done."""
        contents = self._selection.select(query).contents
        if contents is not None and len(contents):
            _, rows = self._index.vectors(contents[:1])
            if len(rows):
                self._index.search(to_float32(rows)[0], 1, contents)

    def vector_of(self, file_id: int) -> Vectors | None:
        """Return a file's vector, shape ``(dim,)``; None where it has gone."""
        content = self._selection.content_of(file_id)
        if content is None:
            return None
        _, rows = self._index.vectors(np.array([content], dtype=np.int64))
        return to_float32(rows)[0] if len(rows) else None

    # --- steps --------------------------------------------------------------------------------

    def _scale(self, vector: Vectors, scores: Scores, *, whole: bool) -> ScoreScale:
        """Measure the noise by the whole library's cosines, else by a sample's."""
        if whole:
            background = scores[:: max(1, len(scores) // _SAMPLE)]
        else:
            if self._sample is None:
                self._sample = self._index.vectors(self._selection.sample(_SAMPLE))[1]
            background = cosines(vector, self._sample)
        return scale_of(background, float(scores.max(initial=-1.0)), len(self._index))

    def _fused(
        self,
        found: Candidates,
        names: ContentNameMatches,
        vector: Vectors,
        scale: ScoreScale,
        copies: ContentGroups,
    ) -> Candidates:
        """Move up what is named well; what a graph did not find is put in."""
        here = copies.counts[np.minimum(names.contents, len(copies.counts) - 1)] > 0
        contents, values = names.contents[here], names.values[here]

        def score(keys: Keys) -> tuple[Keys, Scores]:
            have, rows = self._index.vectors(keys)
            return have, cosines(vector, rows)

        return fuse_name_matches(found, contents, values, score, scale=scale, most=_NAMED_MOST)


def _contents_of(file_ids: Keys, copies: ContentGroups) -> NDArray[np.bool_]:
    """Return by content id which contents these files have."""
    contents = np.repeat(np.arange(len(copies.counts)), copies.counts)
    found = np.zeros(len(copies.counts), dtype=np.bool_)
    found[contents[np.isin(copies.file_ids, file_ids)]] = True
    return found
