"""Finds the contents of a library whose names match a query."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from tui.library.local.vectors.searching import LIMITS
from tui.search.backend import NamedContents
from tui.search.local.name_matcher import NameMatcher, ShownContents
from tui.search.local.raw_pairs import NO_PAIRS
from tui.search.local.sorted_ids import locate
from tui.search.ranking.content_groups import expand_files, without_repeats

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.core.domain import Keys, Scores
    from tui.search.local.picture_table import PictureTable
    from tui.search.local.raw_pairs import RawPairs
    from tui.search.local.selection import SelectedFiles
    from tui.search.local.word_index import WordIndex
    from tui.search.query.terms import Query


class NameIndex:
    """Matches queries with names once these are loaded; not thread-safe.

    Args:
        table: the pictures of the library.
        size: returns the number of files in the library.
        pairs: raw files whose names also count for their pictures; None for none.
    """

    def __init__(
        self, table: PictureTable, size: Callable[[], int], pairs: RawPairs | None = None
    ) -> None:
        self._table = table
        self._size = size
        self._pairs = pairs
        self._words: WordIndex | None = None

    def read(self) -> WordIndex:
        """Read the names of the whole library, which takes seconds for a million; thread-safe."""
        from tui.search.local.word_index import WordIndex

        words = WordIndex()
        words.update(self._table)
        words.folders.preload()
        return words

    def load(self, words: WordIndex) -> None:
        """Use the names that `read` returned, and those of newer files."""
        words.update(self._table)
        self._words = words

    def refresh(self) -> None:
        """Read the names of newer files after the library has changed."""
        if self._words is not None:
            self.load(self._words)

    def find(
        self, query: Query, selection: SelectedFiles, nearest: Keys | None = None
    ) -> NamedContents | None:
        """Return the contents whose names match; None if there are none or no names are loaded.

        Args:
            query: provides the words.
            selection: the files that may be shown.
            nearest: the contents that are ranked without their names. Of the others, only the
                best-named are returned, as many as names may add to a ranking. None returns all
                matches.
        """
        if not query.words:
            return None
        if self._words is None:
            if self._size() > LIMITS.small:
                return None
            self._words = self.read()
        matcher = NameMatcher(query, self._words, self._table)
        pairs = NO_PAIRS if self._pairs is None else self._pairs.load()
        shown = ShownContents(self._table, selection, pairs)
        contents = matcher.contents(shown.first, None if nearest is None else len(nearest))
        if not len(contents):
            return None
        groups = selection.groups
        if nearest is not None:
            is_shown = groups.counts[np.minimum(nearest, len(groups.counts) - 1)] > 0
            contents = without_repeats(np.concatenate([contents, nearest[is_shown]]))
        file_ids, starts = expand_files(contents, groups)
        rows, exists = locate(file_ids, self._table.file_ids)
        rows = without_repeats(rows[exists])
        values_of = partial(scores_of, self._table.file_ids[rows], matcher.score(rows))
        values = np.maximum.reduceat(values_of(file_ids), starts[:-1])
        is_match = values > 0
        if not is_match.any():
            return None
        return NamedContents(contents[is_match], values[is_match], values_of)


def scores_of(scored: Keys, values: Scores, file_ids: Keys) -> Scores:
    """Return the name scores of files, 0 for one that was not scored; ``scored`` ascends."""
    positions, exists = locate(file_ids, scored)
    scores = np.zeros(len(file_ids), dtype=np.float32)
    scores[exists] = values[positions[exists]]
    return scores
