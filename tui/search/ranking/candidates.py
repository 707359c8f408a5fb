"""Fuses, folds and orders candidates: from contents with cosines to groups of files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tui.core.dot_products import SplitVector, dot_products
from tui.library.base.unit_vectors import fetch_unit_vectors
from tui.search.ranking.content_groups import expand_files, rank_contents
from tui.search.ranking.folding import DEPTH, HitGroups, assign_leaders
from tui.search.ranking.name_order import name_order

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.core.domain import Half, Keys, Mask, Scores, Vectors
    from tui.library.base.unit_vectors import FetchVectors
    from tui.search.ranking.content_groups import ContentGroups
    from tui.search.ranking.name_order import ValuesOf
    from tui.search.ranking.relevance import ScoreScale

    ScoreContents = Callable[[Keys], tuple[Keys, Scores]]
    """Takes contents and returns those that have a vector, with the query's cosines."""


MAX_NAMED = 500
"""The most contents that names alone add to a ranking."""

MAX_PROMOTED = 10_000
"""The same limit for contents whose whole name or folder matches."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Contents with their cosines and the scores that order them; each array of shape ``(n,)``.

    ``sort_scores`` descend.
    """

    keys: Keys
    scores: Scores
    sort_scores: Scores

    def take(self, positions: Keys) -> Candidates:
        """Return the candidates at some positions, in that order."""
        return Candidates(self.keys[positions], self.scores[positions], self.sort_scores[positions])

    def rank(self, files: ContentGroups) -> Candidates:
        """Return the candidates with a file in ``files``; equal ones keep the catalog's order."""
        return self.take(rank_contents(self.keys, self.sort_scores, files))


def fuse_name_matches(
    candidates: Candidates,
    contents: Keys,
    values: Scores,
    score: ScoreContents,
    *,
    scale: ScoreScale,
    most: int,
) -> Candidates:
    """Raise contents whose names match, and add those that are no candidates yet.

    Args:
        candidates: the candidates by meaning.
        contents: the contents whose names match, each once, shape ``(m,)``.
        values: their name scores, shape ``(m,)``.
        score: returns the cosines of contents.
        scale: the scale of the bonus.
        most: how many contents are added at most, the best-named first; up to `MAX_PROMOTED` if
            that many have a whole name or folder that matches.
    """
    from tui.search.ranking.name_fusion import BONUS, FOLDER, fuse

    size = max(candidates.keys.max(initial=0), contents.max(initial=0)) + 1
    position_of = np.full(size, -1, np.int64)
    position_of[candidates.keys] = np.arange(len(candidates.keys))
    missing = np.flatnonzero(position_of[contents] < 0)
    if len(missing):
        promoted = int(np.count_nonzero(values[missing] >= FOLDER))
        most = max(most, min(promoted, MAX_PROMOTED))
        missing = missing[np.argsort(-values[missing], kind="stable")[:most]]
        keys, scores = score(contents[missing])
        position_of[keys] = len(candidates.keys) + np.arange(len(keys))
        scores = np.concatenate([candidates.scores, scores])
        candidates = Candidates(np.concatenate([candidates.keys, keys]), scores, scores)
    is_candidate = position_of[contents] >= 0
    boosted, values = position_of[contents[is_candidate]], values[is_candidate]
    bonus = values * np.float32(BONUS * scale.span)
    is_promoted = values >= FOLDER
    if is_promoted.any():  # they precede all others, however far apart the cosines are
        lowest = candidates.scores[boosted[is_promoted]].min()
        spread = float(candidates.scores.max() - lowest)
        bonus[is_promoted] = values[is_promoted] * np.float32(BONUS * max(scale.span, spread))
    positions, sort_scores = fuse(candidates.scores, boosted, bonus)
    return Candidates(candidates.keys[positions], candidates.scores[positions], sort_scores)


def fold_near_duplicates(
    candidates: Candidates,
    files: ContentGroups,
    scale: ScoreScale,
    values_of: ValuesOf | None,
    *,
    fetch: FetchVectors | None,
    threshold: float,
) -> HitGroups:
    """Expand contents to files, and fold near-identical pictures into one hit.

    Args:
        candidates: ranked.
        files: the files that may be shown.
        scale: the scale of the strengths.
        values_of: returns the name scores of files; None if no name matches.
        fetch: returns the vectors of contents; None folds nothing, not even copies.
        threshold: the cosine from which two pictures fold into one.
    """
    is_leader = np.ones(len(candidates.keys), dtype=np.bool_)
    if fetch is not None:
        leaders = _leaders(candidates.keys[:DEPTH], fetch, threshold)
        order = np.argsort(leaders, kind="stable")
        is_leader[: len(order)] = leaders[order] == order
        if not is_leader.all():
            below = np.arange(len(order), len(candidates.keys))
            candidates = candidates.take(np.concatenate([order, below]))
    return group_files(candidates, is_leader, files, scale, values_of, fold=fetch is not None)


def group_files(
    candidates: Candidates,
    is_leader: Mask,
    files: ContentGroups,
    scale: ScoreScale,
    values_of: ValuesOf | None,
    *,
    fold: bool,
) -> HitGroups:
    """Return the files of contents; each content that ``is_leader`` marks begins a hit.

    `tui.search.ranking.name_order` orders copies.
    """
    file_ids, starts = expand_files(candidates.keys, files)
    scores, sort_scores = candidates.scores, candidates.sort_scores
    if len(file_ids) != len(scores):
        counts = np.diff(starts)
        scores, sort_scores = np.repeat(scores, counts), np.repeat(sort_scores, counts)
        if values_of is not None:
            rows = name_order(values_of(file_ids), starts, scores, fold=fold)
            file_ids, scores, sort_scores = file_ids[rows], scores[rows], sort_scores[rows]
    starts = starts[np.append(is_leader, True)] if fold else np.arange(len(file_ids) + 1)
    strengths = scale.strengths(sort_scores) if scale.is_known else None
    return HitGroups(file_ids, scores, strengths, starts)


def cosines(vector: Vectors, rows: Half) -> Scores:
    """Return the cosines of rows with a query's vector, which is rounded to float16."""
    return dot_products(SplitVector(vector).high, np.ascontiguousarray(rows))


def _leaders(keys: Keys, fetch: FetchVectors, threshold: float) -> Keys:
    """Return the leader of each content; each leads itself if any of them has no vector."""
    vectors = fetch_unit_vectors(keys, fetch)
    if np.isnan(vectors).any():
        return np.arange(len(keys))
    return assign_leaders(vectors, threshold)
