"""The contents of a library that are named as a query says."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tui.library.local.vectors.searching import LIMITS
from tui.models.starter.lexicon import IGNORED
from tui.search.local.word_index import sorted_union
from tui.search.matching.words import word_forms

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from tui.core.domain import Keys
    from tui.search.local.picture_table import PictureTable
    from tui.search.local.raw_pairs import RawPairs
    from tui.search.local.word_index import Rows, WordIndex
    from tui.search.query.terms import Query
    from tui.search.ranking.content_groups import Scores
from tui.search.ranking.name_fusion import (
    _BOTH,
    EXACT,
    FOLDER,
    NameMatches,
    RowsWithWord,
    exact_rows,
    promote_rows,
    query_words,
    rows_in,
    score_names,
)


class ContentNameMatches(NamedTuple):
    """Contents, each once, and how well its best file is named.

    ``by_file`` says by file id how well each file is named; the last one is 0.
    """

    contents: Keys
    values: Scores
    by_file: Scores

    def values_of(self, file_ids: Keys) -> Scores:
        """Return how well some files are named."""
        return self.by_file[np.minimum(file_ids, len(self.by_file) - 1)]


class NameIndex:
    """Looks names up once they are read; not thread-safe.

    Args:
        columns: has them.
        size: how many files the library has.
        pairs: raw files whose names count for their pictures as well; None for none.
    """

    def __init__(
        self, columns: PictureTable, size: Callable[[], int], pairs: RawPairs | None = None
    ) -> None:
        self._columns = columns
        self._size = size
        self._pairs = pairs
        self._words: WordIndex | None = None

    def read(self) -> WordIndex:
        """Read the names of the whole library: seconds for a million; from any thread."""
        from tui.search.local.word_index import WordIndex

        words = WordIndex()
        words.read(self._columns)
        return words

    def load(self, words: WordIndex) -> None:
        """Use what was read, and what came since."""
        words.read(self._columns)
        self._words = words

    def refresh(self) -> None:
        """The library has changed."""
        if self._words is not None:
            self.load(self._words)

    def find(
        self, query: Query, shown: NDArray[np.bool_] | None = None
    ) -> ContentNameMatches | None:
        """Return what is named so; None for nothing, or while the names are not known.

        Args:
            query: its words.
            shown: by file id, which files may be shown; None for all.
        """
        if not query.words:
            return None
        if self._words is None:
            if self._size() > LIMITS.small:
                return None
            self._words = self.read()

        columns = self._columns
        rows, values = match_names(query, self._words, columns)
        if shown is not None:
            ids = columns.file_ids[rows]
            here = shown[np.minimum(ids, len(shown) - 1)]
            rows, values = rows[here], values[here]
        if not len(rows):
            return None
        ids = columns.file_ids[rows]
        by_file = np.zeros(int(ids.max()) + 2, dtype=np.float32)
        by_file[ids] = values
        pictures, of_raw = self._of_raw(by_file, shown)
        contents = np.concatenate([columns.content_ids[rows], pictures])
        values = np.concatenate([values, of_raw])
        order = np.lexsort((values, contents))
        last = order[np.append(np.diff(contents[order]) > 0, True)]
        return ContentNameMatches(contents[last], values[last], by_file)

    def _of_raw(self, by_file: Scores, shown: NDArray[np.bool_] | None) -> tuple[Keys, Scores]:
        """Return the pictures' contents of raw files that are named so, and how well these are.

        A raw file is ranked with its picture where both may be shown.
        """
        if self._pairs is None or not len(pairs := self._pairs.load()):
            return np.empty(0, dtype=np.int64), by_file[:0]
        raw, pictures = pairs.both
        values = by_file[np.minimum(raw, len(by_file) - 1)]
        pictures, values = pictures[values > 0], values[values > 0]
        ids = self._columns.file_ids
        rows = np.minimum(np.searchsorted(ids, pictures), len(ids) - 1)
        here = ids[rows] == pictures
        if shown is not None:
            here &= shown[np.minimum(pictures, len(shown) - 1)]
        return self._columns.content_ids[rows[here]], values[here]


def match_names(query: Query, names: WordIndex, columns: PictureTable) -> NameMatches:
    """Find the files whose names, or folders, hold what a query describes."""
    words, whole = query_words(query)
    found = [_rows_with(word, names, columns) for word in words if word not in IGNORED]
    matches = score_names(found, len(names))
    if whole is None:
        return matches
    matches = promote_rows(matches, rows_in(names.folders.find(whole), columns), FOLDER)
    return promote_rows(matches, _exact(whole, words, names), EXACT)


def _rows_with(word: str, names: WordIndex, columns: PictureTable) -> RowsWithWord:
    """Return the rows with a word, or its plural or singular."""
    forms = word_forms(word)
    in_name = sorted_union([names.find_rows(form) for form in forms])
    folders = sorted({number for form in forms for number in names.folders.with_word(form)})
    in_folder = rows_in(folders, columns)
    rows = in_folder[~np.isin(in_folder, in_name, assume_unique=True)]
    return RowsWithWord(in_name, rows, len(in_name) + len(rows))


def _exact(text: str, words: Sequence[str], names: WordIndex) -> Rows:
    """Return the rows whose whole name was typed."""
    return exact_rows(text, reduce(_BOTH, sorted(map(names.find_rows, words), key=len)), names)
