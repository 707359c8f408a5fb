"""From found contents with their cosines to groups of files: what every kind of library shares."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tui.core.dot_products import SplitVector as Halves
from tui.core.dot_products import dot_products
from tui.library.base.unit_vectors import fetch_unit_vectors
from tui.search.query.terms import Hint, format_query
from tui.search.ranking.content_groups import expand_files, rank_contents
from tui.search.ranking.folding import DEPTH, HitGroups, assign_leaders
from tui.search.ranking.name_order import name_order

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from tui.core.domain import Keys, Vectors
    from tui.library.base.unit_vectors import FetchVectors
    from tui.search.query.terms import Sort
    from tui.search.ranking.content_groups import ContentGroups, Scores
    from tui.search.ranking.name_order import ValuesOf
    from tui.search.ranking.ranking import Ranking
    from tui.search.ranking.relevance import ScoreScale

    ScoreContents = Callable[[Keys], tuple[Keys, Scores]]
    """Returns those of some contents that have a vector, and the query's cosines with them."""


_MOST_LEADING = 10_000
_LONGEST = 40
"""Characters of a query that a hint shows."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Contents with their cosines and what they are ordered by, falling; each of shape ``(n,)``."""

    keys: Keys
    scores: Scores
    sort_scores: Scores

    def take(self, places: Keys) -> Candidates:
        """Return some of them, in that order."""
        return Candidates(self.keys[places], self.scores[places], self.sort_scores[places])

    def rank(self, copies: ContentGroups) -> Candidates:
        """Return those that have a file to show; equal ones come as the catalog has them."""
        return self.take(rank_contents(self.keys, self.sort_scores, copies))


def fuse_name_matches(
    found: Candidates,
    contents: Keys,
    values: Scores,
    score: ScoreContents,
    *,
    scale: ScoreScale,
    most: int,
) -> Candidates:
    """Move up what is named well, and put in what of it was not found.

    Args:
        found: not fused yet.
        contents: those that are named well, each once, shape ``(m,)``.
        values: how well, shape ``(m,)``.
        score: gives the cosines of what was not found.
        scale: what a bonus is measured with.
        most: how many are put in at most, those with the best names; of those that are named as
            typed up to `_MOST_LEADING`.
    """
    from tui.search.ranking.name_fusion import BONUS, FOLDER, fuse

    where = np.full(max(found.keys.max(initial=0), contents.max(initial=0)) + 1, -1, np.int64)
    where[found.keys] = np.arange(len(found.keys))
    missing = np.flatnonzero(where[contents] < 0)
    if len(missing):
        leading = int(np.count_nonzero(values[missing] >= FOLDER))
        most = max(most, min(leading, _MOST_LEADING))
        missing = missing[np.argsort(-values[missing], kind="stable")[:most]]
        keys, more = score(contents[missing])
        where[keys] = len(found.keys) + np.arange(len(keys))
        scores = np.concatenate([found.scores, more])
        found = Candidates(np.concatenate([found.keys, keys]), scores, scores)
    there = where[contents] >= 0
    boosted, values = where[contents[there]], values[there]
    bonus = values * np.float32(BONUS * scale.span)
    as_typed = values >= FOLDER
    if as_typed.any():  # no match elsewhere is before them, however far apart the cosines are
        spread = float(found.scores.max() - found.scores[boosted[as_typed]].min())
        bonus[as_typed] = values[as_typed] * np.float32(BONUS * max(scale.span, spread))
    places, order_by = fuse(found.scores, boosted, bonus)
    return Candidates(found.keys[places], found.scores[places], order_by)


def fold_near_duplicates(
    found: Candidates,
    copies: ContentGroups,
    scale: ScoreScale,
    values_of: ValuesOf | None,
    *,
    fetch: FetchVectors | None,
    near: float,
) -> HitGroups:
    """Expand contents to files; put near-identical ones behind the one that they go with.

    Args:
        found: ranked.
        copies: the files that may be shown.
        scale: gives the strengths.
        values_of: tells the best-named of copies; None where nothing is named as the query says.
        fetch: returns the vectors of contents; None folds nothing, not even copies.
        near: the cosine from which two pictures fold into one.
    """
    begins = np.ones(len(found.keys), dtype=np.bool_)
    if fetch is not None:
        leader = _leaders(found.keys[:DEPTH], fetch, near)
        order = np.argsort(leader, kind="stable")
        begins[: len(order)] = leader[order] == order
        if not begins.all():
            rest = np.arange(len(order), len(found.keys))
            found = found.take(np.concatenate([order, rest]))
    return group_files(found, begins, copies, scale, values_of, fold=fetch is not None)


def group_files(
    found: Candidates,
    begins: NDArray[np.bool_],
    copies: ContentGroups,
    scale: ScoreScale,
    values_of: ValuesOf | None,
    *,
    fold: bool,
) -> HitGroups:
    """Return the files of contents; a group begins at each content that ``begins`` says.

    `tui.search.ranking.name_order` has the order of copies.
    """
    file_ids, starts = expand_files(found.keys, copies)
    scores, order_by = found.scores, found.sort_scores
    if len(file_ids) != len(scores):
        counts = np.diff(starts)
        scores, order_by = np.repeat(scores, counts), np.repeat(order_by, counts)
        if values_of is not None:
            rows = name_order(values_of(file_ids), starts, scores, fold=fold)
            file_ids, scores, order_by = file_ids[rows], scores[rows], order_by[rows]
    starts = starts[np.append(begins, True)] if fold else np.arange(len(file_ids) + 1)
    strengths = scale.strengths(order_by) if scale.is_known else None
    return HitGroups(file_ids, scores, strengths, starts)


def add_weak_match_hint(ranking: Ranking) -> Ranking:
    """Return a ranking by meaning whose query says so if no hit stands out of the noise."""
    if ranking.noise_start != 0:
        return ranking
    text = format_query(ranking.query.terms, (), None)
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST].rstrip()}…"
    hint = Hint(f"No good match for “{shown}”.", 0, len(ranking.query.text))
    return replace(ranking, query=replace(ranking.query, hints=(*ranking.query.hints, hint)))


def apply_sort(
    ranking: Ranking,
    extend: Callable[[Ranking], Ranking],
    ordered: Callable[[Keys, Sort], Keys],
) -> Ranking:
    """Put hits in the order that was asked for: those that are no noise, if there are any.

    An order by date or name of everything would bury what was described.

    Args:
        ranking: best first.
        extend: ranks its rest.
        ordered: puts files in an order.
    """
    sort = ranking.query.sort
    if sort is None or (sort.key == "score" and not sort.reverse):
        return ranking
    if ranking.unranked_count and (sort.key == "score" or not ranking.noise_start):
        ranking = extend(ranking)
    groups = ranking.groups
    assert groups is not None  # it is by meaning
    if sort.key == "score":
        return ranking.with_groups(groups.take(np.arange(len(groups))[::-1]))
    firsts = ranking.file_ids[: ranking.noise_start or None]
    places = np.argsort(firsts)
    groups = groups.take(places[np.searchsorted(firsts, ordered(firsts, sort), sorter=places)])
    return replace(ranking.with_groups(groups, 0), total=len(groups.file_ids))


def cosines(vector: Vectors, rows: NDArray[np.float16]) -> Scores:
    """Multiply rows by a query's vector, as closely as one float16 has it."""
    return dot_products(Halves(vector).high, np.ascontiguousarray(rows))


def _leaders(keys: Keys, fetch: FetchVectors, threshold: float) -> Keys:
    """Return the leader of each content; each leads itself if any of them has no vector."""
    vectors = fetch_unit_vectors(keys, fetch)
    if np.isnan(vectors).any():
        return np.arange(len(keys))
    return assign_leaders(vectors, threshold)
