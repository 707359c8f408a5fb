"""From a vector to a ranking of rows on a server, as `tui.search.local.ranker` for an index.

A row is a file. Some hundreds are asked for at first, and all that Milvus gives when somebody
scrolls on; files of one content come together, since they have one score.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from tui.library.milvus.rows.collection import MOST
from tui.search.milvus.cached_table import EVERYTHING
from tui.search.milvus.name_matching import FIELDS
from tui.search.query.terms import Hint
from tui.search.ranking.candidates import (
    Candidates,
    add_weak_match_hint,
    apply_sort,
    cosines,
    fold_near_duplicates,
    fuse_name_matches,
    group_files,
)
from tui.search.ranking.content_groups import group_contents
from tui.search.ranking.ranking import Ranking
from tui.search.ranking.relevance import scale_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from tui.core.domain import Keys, Vectors
    from tui.search.milvus.cached_table import CachedTable, Row
    from tui.search.milvus.filters import RowFilter
    from tui.search.milvus.name_matching import MilvusNameMatcher, NamedRows
    from tui.search.milvus.raw_pairs import MilvusRawPairs
    from tui.search.milvus.sorted_listing import SortedListing
    from tui.search.query.parse import Query
    from tui.search.ranking.content_groups import ContentGroups, Scores
    from tui.search.ranking.relevance import ScoreScale

    Step = Callable[[], None]

_NAMED_MOST = 500
"""Well-named files that are looked at beside those that were found."""

_HIDDEN = -1
"""The content of a raw file whose picture is shown in its place, further down."""


@dataclass(frozen=True, slots=True, eq=False)
class _Files:
    """Rows that were found, by meaning and by name.

    Attributes:
        copies: the files by content; contents are numbered as they come.
        found: the contents that were found by meaning.
        contents: of each row, shape ``(n,)``; -1 for one that is not shown.
        ids: of each row, shape ``(n,)``.
    """

    copies: ContentGroups
    found: Candidates
    contents: Keys
    ids: Keys

    def first_of(self, contents: Keys) -> list[int]:
        """Return a file of each content."""
        ids: list[int] = self.copies.file_ids[self.copies.starts[contents]].tolist()
        return ids


class RemoteRanker:
    """Ranks the rows of a table; not thread-safe.

    Args:
        table: the rows.
        names: finds those that are named as a query says.
        listing: puts files in an order.
        shots: finds what stands for raw files.
        near: the cosine from which two pictures fold into one.
        depth: how many files are ranked at first.
    """

    def __init__(
        self,
        table: CachedTable,
        names: MilvusNameMatcher,
        listing: SortedListing,
        shots: MilvusRawPairs,
        *,
        near: float,
        depth: int,
    ) -> None:
        self._table = table
        self._names = names
        self._listing = listing
        self._shots = shots
        self._near = near
        self._depth = depth

    def rank(
        self,
        vector: Vectors,
        query: Query,
        chosen: RowFilter,
        generation: int,
        *,
        step: Step,
        fold: bool,
    ) -> Ranking:
        """Rank the rows that a query may show.

        Args:
            vector: the query's.
            query: what is asked.
            chosen: the rows that it may show.
            generation: comes back in the ranking.
            step: called between steps; may raise.
            fold: make one hit of files that show the same.
        """
        rows, scores = self._table.search(vector, chosen, FIELDS, self._depth)
        step()
        total = self._table.count(chosen)
        step()
        scale = self._scale(vector, scores)
        if all(term.weight < 0 for term in query.terms):  # nothing stands out by what it is not
            scale = replace(scale, is_known=False)
        step()
        # With filters that only narrow, `total` may be a guess.
        is_whole = len(rows) >= total and self._table.count(chosen.prefilter) <= self._depth
        names = self._find_names(query, chosen, rows, is_whole=is_whole)
        step()
        files = self._files(rows, scores, names, chosen, hide=True)
        found = self._fused(files, names, vector, scale)
        if not is_whole:  # the last one that was found may have more copies, all come with the rest
            found = found.take(np.flatnonzero(found.sort_scores > scores.min(initial=1.0)))
        found = found.rank(files.copies)
        take = partial(self._take, files) if fold else None
        values_of = None if names is None else names.values_of
        groups = fold_near_duplicates(
            found, files.copies, scale, values_of, fetch=take, near=self._near
        )
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
        rest = 0 if is_whole else max(1, min(total, MOST) - len(groups.file_ids))
        extend = partial(self.extend, vector, chosen)
        return apply_sort(
            add_weak_match_hint(ranking.with_groups(groups, rest)), extend, self._listing.sort
        )

    def extend(self, vector: Vectors, chosen: RowFilter, ranking: Ranking) -> Ranking:
        """Rank what lies below the hits that are ranked, as far as Milvus gives it."""
        assert ranking.groups is not None  # it is by meaning
        assert ranking.scale is not None
        query = ranking.query
        rows, scores = self._table.search(vector, chosen, FIELDS, MOST)
        is_limited = max(ranking.total, self._table.count(chosen.prefilter)) > MOST
        names = self._find_names(query, chosen, rows, is_whole=not is_limited)
        files = self._files(rows, scores, names, chosen, hide=ranking.folded)
        found = self._fused(files, names, vector, ranking.scale)
        ranked = files.contents[np.isin(files.ids, ranking.groups.file_ids)]
        found = found.take(np.flatnonzero(~np.isin(found.keys, ranked))).rank(files.copies)
        begins = np.ones(len(found.keys), dtype=np.bool_)
        values_of = None if names is None else names.values_of
        more = group_files(
            found, begins, files.copies, ranking.scale, values_of, fold=ranking.folded
        )
        deeper = ranking.with_groups(ranking.groups.append(more), 0)
        return replace(deeper, query=limited(query)) if is_limited else deeper

    # --- steps --------------------------------------------------------------------------------

    def _find_names(
        self, query: Query, chosen: RowFilter, rows: Sequence[Row], *, is_whole: bool
    ) -> NamedRows | None:
        return self._names.find(query, chosen, rows, is_whole=is_whole) if query.words else None

    def _scale(self, vector: Vectors, scores: Scores) -> ScoreScale:
        """Measure the noise by a sample of the library."""
        background = cosines(vector, self._table.sample().vectors)
        best = float(scores.max(initial=-1.0))
        return scale_of(background, best, self._table.count(EVERYTHING))

    def _files(
        self,
        rows: Sequence[Row],
        scores: Scores,
        names: NamedRows | None,
        chosen: RowFilter,
        *,
        hide: bool,
    ) -> _Files:
        """Number the contents of what was found, and put files of one content together, by path.

        ``hide`` leaves out raw files whose picture is not among the rows: they come with it.
        """
        known = {row["id"] for row in rows}
        named = [] if names is None else [row for row in names.rows if row["id"] not in known]
        everything = [*rows, *named]
        numbers: dict[str, int] = {}
        contents = np.array(
            [numbers.setdefault(row["content"], len(numbers)) for row in everything], np.int64
        )
        ids = np.array([row["id"] for row in everything], dtype=np.int64)
        shown, hidden = self._shots.pair(everything, chosen)
        paired = shown >= 0
        contents[paired] = contents[shown[paired]]
        if hide:
            contents[hidden] = _HIDDEN
        places = sorted(range(len(ids)), key=lambda place: everything[place]["path"])
        order = np.array(places, dtype=np.int64)
        order = np.concatenate([order[~paired[order]], order[paired[order]]])
        order = order[contents[order] != _HIDDEN]
        own = np.flatnonzero((contents[: len(rows)] != _HIDDEN) & ~paired[: len(rows)])
        _, firsts = np.unique(contents[own], return_index=True)
        best = own[np.sort(firsts)]
        found = Candidates(contents[best], scores[best], scores[best])
        return _Files(group_contents(ids[order], contents[order]), found, contents, ids)

    def _fused(
        self, files: _Files, names: NamedRows | None, vector: Vectors, scale: ScoreScale
    ) -> Candidates:
        """Move up what is named well; what was not found by meaning is put in."""
        if names is None:
            return files.found
        content_of = dict(zip(files.ids.tolist(), files.contents.tolist(), strict=True))
        matches = names.matches
        contents = np.array(
            [content_of[names.rows[place]["id"]] for place in matches.rows.tolist()], np.int64
        )
        order = np.lexsort((matches.values, contents))
        order = order[contents[order] != _HIDDEN]
        best = order[np.append(np.diff(contents[order]) > 0, True)] if len(order) else order

        def score(keys: Keys) -> tuple[Keys, Scores]:
            ids = files.first_of(keys)
            have, scores = self._table.scores(vector, ids)
            key_of = dict(zip(ids, keys.tolist(), strict=True))
            return np.array([key_of[number] for number in have.tolist()], np.int64), scores

        return fuse_name_matches(
            files.found, contents[best], matches.values[best], score, scale=scale, most=_NAMED_MOST
        )

    def _take(self, files: _Files, keys: Keys) -> tuple[Keys, NDArray[np.float16]]:
        """Return the vectors of those contents that are there."""
        ids = files.first_of(keys)
        vectors = self._table.vectors(ids)
        there = [place for place, number in enumerate(ids) if number in vectors]
        rows = [vectors[ids[place]] for place in there]
        return keys[there], np.stack(rows) if rows else np.empty((0, 0), dtype=np.float16)


def limited(query: Query) -> Query:
    """Return a query that says that not all of its hits are listed."""
    message = f"Only {MOST:,} results are listed; a folder or a filter shows others."
    return replace(query, hints=(*query.hints, Hint(message, 0, len(query.text))))
