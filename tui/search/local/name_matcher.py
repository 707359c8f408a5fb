"""Matches a query with the names of a library, and scores only the files that can rank.

A word may be in the names of a tenth of all files, but a ranking shows few of them because of it:
besides the nearest contents only the first `MAX_NAMED` by name score, in the order of their ids.
The score of a file is the sum of its words' weights, squared. So a file whose words weigh less in
total than those of the last such content need not be scored, as in MaxScore (H. Turtle and J.
Flood, "Query evaluation: strategies and optimizations", Inf. Process. Manag. 31, 1995).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial, reduce
from typing import TYPE_CHECKING

import numpy as np

from tui.models.starter.lexicon import IGNORED
from tui.search.local.sorted_ids import are_in, locate
from tui.search.ranking.candidates import MAX_NAMED, MAX_PROMOTED
from tui.search.ranking.content_groups import without_repeats
from tui.search.ranking.name_fusion import (
    EXACT,
    FOLDER,
    FOLDER_WEIGHT,
    MIN_SCORE,
    promote_rows,
    query_words,
    score_names,
    sorted_union,
    word_weight,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from tui.core.domain import Keys, Rows, Scores
    from tui.search.local.picture_table import PictureTable
    from tui.search.local.raw_pairs import PairedFiles
    from tui.search.local.selection import SelectedFiles
    from tui.search.local.word_index import WordIndex
    from tui.search.query.terms import Query

    First = Callable[[Rows, int | None], Keys]
    """Returns the first contents of some rows: `ShownContents.first`."""

_SHORT = 1000
"""Up to this many files with a word, all are scored."""

_ROUNDING = 1e-6
"""Sums of weights are compared with this relative tolerance, since scores are float32."""


class ShownContents:
    """The contents of the files that a query may return, in the order of their ids.

    Args:
        table: the pictures of the library.
        selection: the files that may be shown.
        pairs: raw files that are shown with the content of their picture.
    """

    def __init__(self, table: PictureTable, selection: SelectedFiles, pairs: PairedFiles) -> None:
        self._table = table
        self._shown = selection.shown
        self._counts = selection.groups.counts
        self._pairs = pairs

    def first(self, rows: Rows, most: int | None = None) -> Keys:
        """Return the contents of ascending rows, each once, ascending, at most ``most``."""
        if most is None or len(self._pairs) or not self._table.is_in_content_order:
            return self._contents(rows)[:most]
        contents, start, step = rows[:0], 0, 2 * most
        while start < len(rows) and len(contents) < most:
            more = self._contents(rows[start : start + step])
            contents = sorted_union([contents, more])
            start, step = start + step, 2 * step
        return contents[:most]

    def _contents(self, rows: Rows) -> Keys:
        table = self._table
        if self._shown is not None:
            rows = rows[self._shown[np.minimum(table.file_ids[rows], len(self._shown) - 1)]]
        contents = table.content_ids[rows]
        if len(self._pairs):
            raw, pictures = self._pairs.both
            positions, is_raw = locate(table.file_ids[rows], raw)
            shown_for, exists = locate(pictures[positions[is_raw]], table.file_ids)
            contents = np.concatenate([contents, table.content_ids[shown_for[exists]]])
        counts = self._counts
        return without_repeats(contents[counts[np.minimum(contents, len(counts) - 1)] > 0])


class NameMatcher:
    """Scores the names of files for one query (`tui.search.ranking.name_fusion`).

    Args:
        query: provides the words.
        words: the words of the library's names.
        table: the pictures of the library.
    """

    def __init__(self, query: Query, words: WordIndex, table: PictureTable) -> None:
        typed, whole = query_words(query)
        self._table = table
        self._total = len(words)
        self._words = [words.find_word(word, table) for word in typed if word not in IGNORED]
        self._folders: Sequence[int] = ()
        self._exact: Rows = np.empty(0, dtype=np.int64)
        if whole is not None:
            self._folders = words.folders.find_named(whole)
            rows = _rows_in_all(map(words.find_rows, typed))
            self._exact = words.names.with_whole_name(whole, rows)

    def score(self, rows: Rows) -> Scores:
        """Return the name scores of ascending rows, 0 for no match."""
        table = self._table
        matches = score_names([word.among(rows, table) for word in self._words], self._total)
        if self._folders:
            in_folders = table.folder_mask(self._folders)[table.folders[rows]]
            matches = promote_rows(matches, rows[in_folders], FOLDER)
        matches = promote_rows(matches, rows[are_in(rows, self._exact)], EXACT)
        values = np.zeros(len(rows), dtype=np.float32)
        values[np.searchsorted(rows, matches.rows)] = matches.values
        return values

    def contents(self, first: First, nearest: int | None) -> Keys:
        """Return contents that may match, ascending, including all with the best names.

        Args:
            first: returns the first contents of some rows.
            nearest: the number of contents that are ranked without their names. The best-named
                contents come in addition, as many as names may add to a ranking. None for all.
        """
        promoted = enough = None
        if nearest is not None:
            promoted, enough = MAX_PROMOTED + nearest, MAX_NAMED + nearest
        parts = [first(self._exact, None)]
        if self._folders:
            in_folders = self._table.folder_mask(self._folders)[self._table.folders]
            parts.append(first(np.flatnonzero(in_folders), promoted))
        total = sum(word_weight(self._total, word.files) for word in self._words)
        parts += _best_contents(list(self._weighted_rows()), total, first, enough)
        return without_repeats(np.concatenate(parts))

    def _weighted_rows(self) -> Iterator[_WeightedRows]:
        for word in self._words:
            weight, names = word_weight(self._total, word.files), len(word.in_name)
            if weight > 0:
                yield _WeightedRows(weight, names, partial(np.asarray, word.in_name))
                yield _WeightedRows(
                    weight * FOLDER_WEIGHT,
                    word.files - names,
                    partial(word.only_in_folder, self._table),
                )


@dataclass(frozen=True, slots=True, eq=False)
class _WeightedRows:
    """Rows to whose scores a word adds a weight; ``read`` returns them, ascending."""

    weight: float
    count: int
    read: Callable[[], Rows]


def _best_contents(
    lists: Sequence[_WeightedRows], total: float, first: First, enough: int | None
) -> Iterator[Keys]:
    """Yield contents that include the ``enough`` greatest sums of weights, or all matches.

    Among equal sums, the lowest ids come first. Contents with one of few rows are always included.

    Args:
        lists: each row is at most once in each.
        total: the sum of weights of a name with all words.
        first: returns the first contents of some rows.
        enough: None for all.
    """
    least = total * math.sqrt(MIN_SCORE) * (1 - _ROUNDING)
    for short in lists:
        if 0 < short.count <= _SHORT:
            yield first(short.read(), None)
    long = sorted((rows for rows in lists if rows.count > _SHORT), key=lambda rows: -rows.weight)
    while long and long[0].weight >= least:
        contents = first(long[0].read(), enough)
        yield contents
        if enough is not None and len(contents) >= enough:
            least = long[0].weight * (1 - _ROUNDING)
            break
        long.pop(0)  # all of its contents are included
    for rows in _heavy_rows(long, least):
        yield first(rows, enough)


def _heavy_rows(lists: Sequence[_WeightedRows], least: float) -> Iterator[Rows]:
    """Yield the rows in some lists whose weights add up to at least ``least``, by their sum.

    Args:
        lists: the greatest weight first, no weight above ``least``.
        least: the least sum.
    """
    remaining = sum(rows.weight for rows in lists)
    if len(lists) < 2 or remaining < least:
        return
    read = [rows.read() for rows in lists]
    necessary = []
    for rows, weighted in zip(read, lists, strict=True):
        if remaining < least:
            break
        necessary.append(rows)
        remaining -= weighted.weight
    union = sorted_union(necessary)
    weights = np.zeros(len(union))
    for rows, weighted in zip(read, lists, strict=True):
        weights[are_in(union, rows)] += weighted.weight
    is_heavy = weights >= least
    union, weights = union[is_heavy], weights[is_heavy]
    for weight in np.unique(weights):
        yield union[weights == weight]


def _rows_in_all(lists: Iterable[Rows]) -> Rows:
    """Return the rows in each of some ascending lists, at least one; ascending."""
    return reduce(lambda rows, more: rows[are_in(rows, more)], sorted(lists, key=len))
