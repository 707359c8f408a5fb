"""From a query vector to ranked hits: retrieve, fuse with file names, cut, fold, sort."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from tui.search.backend import RetrievalRequest
from tui.search.ranking.candidates import (
    MAX_NAMED,
    fold_near_duplicates,
    fuse_name_matches,
    group_files,
)
from tui.search.ranking.folding import HitGroups
from tui.search.ranking.no_match import with_no_match
from tui.search.ranking.ranking import Ranking
from tui.search.ranking.relevance import scale_of
from tui.search.ranking.sorted_walk import ContentScorer, SortedWalk

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from tui.core.domain import Keys, Vectors
    from tui.search.backend import CandidateSet, SearchBackend
    from tui.search.query.terms import Query, Sort
    from tui.search.ranking.candidates import Candidates
    from tui.search.ranking.content_groups import ContentGroups
    from tui.search.ranking.relevance import ScoreScale


class Ranker:
    """Ranks the candidates of a backend; the caller holds the backend's lock.

    Args:
        backend: retrieves the candidates.
        fold_threshold: the cosine from which two pictures fold into one hit.
    """

    def __init__(self, backend: SearchBackend[Any], fold_threshold: float) -> None:
        self._backend = backend
        self._fold_threshold = fold_threshold

    def rank(self, vector: Vectors, request: RetrievalRequest, generation: int) -> Ranking:
        """Rank the first part of the files that a query may return.

        Args:
            vector: the query's unit vector, float32, shape ``(dim,)``.
            request: the search.
            generation: a number to copy into the ranking.
        """
        selection = self._backend.select(request.query)
        request.check()
        candidates = self._backend.retrieve(vector, selection, request)
        total = self._backend.count(selection)
        request.check()
        best_score = float(candidates.scores.max(initial=-1.0))
        scale = scale_of(candidates.background(), best_score, len(self._backend))
        if all(term.weight < 0 for term in request.query.terms):
            scale = replace(scale, is_known=False)  # negative terms alone make no file stand out
        request.check()
        ranked = _cut(_fuse(candidates, scale), candidates).rank(candidates.groups)
        groups = fold_near_duplicates(
            ranked,
            candidates.groups,
            scale,
            candidates.values_of,
            fetch=candidates.vectors if request.fold else None,
            threshold=self._fold_threshold,
        )
        ranking = Ranking(
            generation,
            request.query,
            groups.file_ids,
            groups.scores,
            semantic=True,
            total=total,
            scale=scale,
            folded=request.fold,
        )
        unranked_count = self._unranked_count(candidates, ranking, len(ranked.keys))
        ranking = with_no_match(ranking.with_groups(groups, unranked_count))
        walk = self._walk(ranking, candidates, selection, ranked.keys)
        if walk is None:
            return apply_sort(ranking, partial(self.extend, vector), self._backend.sort)
        nothing = HitGroups.empty(has_strengths=scale.is_known)
        ranking = replace(ranking.with_groups(nothing, 0), total=0, walk=walk)
        return continue_walk(ranking, request.needed, request.check)

    def extend(self, vector: Vectors, ranking: Ranking) -> Ranking:
        """Append all hits below those that are ranked."""
        assert ranking.groups is not None  # semantic rankings have both
        assert ranking.scale is not None
        request = RetrievalRequest(ranking.query, ranking.folded, everything=True)
        selection = self._backend.select(ranking.query)
        candidates = self._backend.retrieve(vector, selection, request)
        groups = candidates.groups
        is_ranked = _contents_of(ranking.groups.file_ids, groups)
        ranked = _fuse(candidates, ranking.scale).rank(groups)
        ranked = ranked.take(np.flatnonzero(~is_ranked[ranked.keys]))
        more = group_files(
            ranked,
            np.ones(len(ranked.keys), dtype=np.bool_),
            groups,
            ranking.scale,
            candidates.values_of,
            fold=ranking.folded,
        )
        extended = ranking.with_groups(ranking.groups.append(more), 0)
        limit = self._backend.result_limit
        if limit is not None and (candidates.is_limited or ranking.total > limit):
            return replace(extended, query=add_limit_hint(ranking.query, limit))
        return extended

    def _walk(
        self, ranking: Ranking, candidates: CandidateSet, selection: Any, leading: Keys
    ) -> SortedWalk | None:
        """Return a walk through the library in the order of the query.

        None if the first part includes the start of the noise: then it has all hits. Without a
        strong match in it, weak ones are hits too, unless so many names match that a strong one may
        be below.

        Args:
            ranking: the first part, best first.
            candidates: its candidates.
            selection: the files that the query may return.
            leading: the contents of the first part.
        """
        sort, names = ranking.query.sort, candidates.names
        if sort is None or sort.key == "score" or not ranking.unranked_count or ranking.noise_start:
            return None
        is_noise = ranking.noise_start == 0
        if is_noise and names is not None and len(names.contents) > MAX_NAMED:
            return None
        order = self._backend.library_order(selection, sort)
        if order is None:
            return None
        assert ranking.groups is not None  # rankings by meaning have both
        assert ranking.scale is not None
        is_leading = np.zeros(len(candidates.groups.counts), dtype=np.bool_)
        is_leading[leading] = True
        scorer = ContentScorer(
            candidates.cosines,
            np.empty(0, np.int64) if names is None else names.contents,
            np.empty(0, np.float32) if names is None else names.values,
            ranking.scale,
            includes_noise=is_noise or not ranking.scale.is_known,
        )
        return SortedWalk(
            order,
            scorer,
            ranking.groups,
            is_leading,
            candidates.groups,
            candidates.values_of,
            ranking.folded,
        )

    def _unranked_count(self, candidates: CandidateSet, ranking: Ranking, contents: int) -> int:
        """Return how many hits are below these contents and the files of a ranking."""
        if candidates.is_complete:
            return 0
        if candidates.content_count is None:  # the total may be an estimate
            limit = self._backend.result_limit or ranking.total
            return max(1, min(ranking.total, limit) - len(ranking))
        if ranking.folded:
            return candidates.content_count - contents
        return ranking.total - len(ranking)


def continue_walk(ranking: Ranking, needed: int | None, check: Callable[[], None]) -> Ranking:
    """List more hits of a ranking with a walk; needs no lock.

    Args:
        ranking: the hits listed so far.
        needed: how many hits to list at least; None for all.
        check: called between steps; raises StaleQueryError to stop the walk.
    """
    groups, walk = ranking.groups, ranking.walk
    assert groups is not None  # rankings by meaning have groups
    count = len(ranking)
    while walk is not None and (needed is None or count < needed):
        more, walk = walk.advance(check)
        groups = groups.append(more)
        count += len(more)
    listed = ranking.with_groups(groups, 0)
    return replace(listed, total=len(groups.file_ids), walk=walk)


def apply_sort(
    ranking: Ranking,
    extend: Callable[[Ranking], Ranking],
    sort_files: Callable[[Keys, Sort], Keys],
) -> Ranking:
    """Sort ranked hits by the query's order, without the noise unless all hits are noise.

    Sorted by date or name, the noise would bury the matches.

    Args:
        ranking: best first.
        extend: ranks the hits below those that are ranked.
        sort_files: returns files in an order.
    """
    sort = ranking.query.sort
    if sort is None or (sort.key == "score" and not sort.reverse):
        return ranking
    if ranking.unranked_count and (sort.key == "score" or not ranking.noise_start):
        ranking = extend(ranking)
    groups = ranking.groups
    assert groups is not None  # rankings by meaning have groups
    if sort.key == "score":
        return ranking.with_groups(groups.take(np.arange(len(groups))[::-1]))
    first_files = ranking.file_ids[: ranking.noise_start or None]
    by_id = np.argsort(first_files)
    in_order = sort_files(first_files, sort)
    groups = groups.take(by_id[np.searchsorted(first_files, in_order, sorter=by_id)])
    return replace(ranking.with_groups(groups, 0), total=len(groups.file_ids))


def add_limit_hint(query: Query, limit: int) -> Query:
    """Return a query with the hint that not all of its hits are listed."""
    message = f"Only {limit:,} results are listed; a folder or a filter shows others."
    return query.with_hint(message)


def _fuse(candidates: CandidateSet, scale: ScoreScale) -> Candidates:
    """Raise the contents whose names match, and add those that are not among the nearest."""
    if candidates.names is None:
        return candidates.nearest
    contents, values, _ = candidates.names
    return fuse_name_matches(
        candidates.nearest, contents, values, candidates.cosines, scale=scale, most=MAX_NAMED
    )


def _cut(ranked: Candidates, candidates: CandidateSet) -> Candidates:
    """Drop contents below the lowest retrieved score: others may precede them."""
    if candidates.is_complete:
        return ranked
    lowest = candidates.scores.min(initial=1.0)
    if candidates.includes_lowest:
        return ranked.take(np.flatnonzero(ranked.sort_scores >= lowest))
    return ranked.take(np.flatnonzero(ranked.sort_scores > lowest))


def _contents_of(file_ids: Keys, groups: ContentGroups) -> NDArray[np.bool_]:
    """Return a mask of the content numbers that any of these files has."""
    contents = np.repeat(np.arange(len(groups.counts)), groups.counts)
    mask = np.zeros(len(groups.counts), dtype=np.bool_)
    mask[contents[np.isin(groups.file_ids, file_ids)]] = True
    return mask
