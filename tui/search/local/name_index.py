"""Finds the contents of a library whose names match a query."""

from __future__ import annotations

from functools import partial, reduce
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from tui.core.name_folding import search_key
from tui.library.local.vectors.searching import LIMITS
from tui.models.starter.lexicon import IGNORED
from tui.search.backend import NamedContents
from tui.search.local.sorted_ids import locate
from tui.search.matching.words import word_forms
from tui.search.ranking.name_fusion import (
    EXACT,
    FOLDER,
    NameMatches,
    RowsWithWord,
    best_by_content,
    is_whole_name,
    promote_rows,
    query_words,
    score_names,
    sorted_union,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from tui.core.domain import Keys, Mask, Rows, Scores
    from tui.search.local.picture_table import PictureTable
    from tui.search.local.raw_pairs import RawPairs
    from tui.search.local.word_index import WordIndex
    from tui.search.matching.file_names import FileNames
    from tui.search.query.terms import Query

Value = TypeVar("Value", bound=np.generic)

_MAX_COMPARED = 10_000
"""Names that are compared with a whole name at most."""

_INTERSECTION = partial(np.intersect1d, assume_unique=True)


class NameIndex:
    """Matches queries with names once these are loaded; not thread-safe.

    Args:
        table: the pictures of the library.
        size: returns the number of files in the library.
        pairs: raw files whose names count for their pictures as well; None for none.
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
        return words

    def load(self, words: WordIndex) -> None:
        """Use the names that `read` returned, and those of newer files."""
        words.update(self._table)
        self._words = words

    def refresh(self) -> None:
        """Read the names of newer files after the library has changed."""
        if self._words is not None:
            self.load(self._words)

    def find(self, query: Query, shown: Mask | None = None) -> NamedContents | None:
        """Return the contents whose names match; None for none, or while no names are loaded.

        Args:
            query: provides the words.
            shown: by file id, which files may be shown; None for all.
        """
        if not query.words:
            return None
        if self._words is None:
            if self._size() > LIMITS.small:
                return None
            self._words = self.read()
        table = self._table
        rows, values = match_names(query, self._words, table)
        if shown is not None:
            is_shown = value_at(shown, table.file_ids[rows])
            rows, values = rows[is_shown], values[is_shown]
        if not len(rows):
            return None
        ids = table.file_ids[rows]
        by_file = np.zeros(int(ids.max()) + 2, dtype=np.float32)
        by_file[ids] = values
        pictures, raw_values = self._match_raw(by_file, shown)
        contents = np.concatenate([table.content_ids[rows], pictures])
        values = np.concatenate([values, raw_values])
        return NamedContents(*best_by_content(contents, values), partial(value_at, by_file))

    def _match_raw(self, by_file: Scores, shown: Mask | None) -> tuple[Keys, Scores]:
        """Return the pictures' contents of raw files whose names match, and the raw files' scores.

        A raw file is ranked with its picture if both may be shown.
        """
        if self._pairs is None or not len(pairs := self._pairs.load()):
            return np.empty(0, dtype=np.int64), by_file[:0]
        raw, pictures = pairs.both
        values = value_at(by_file, raw)
        pictures, values = pictures[values > 0], values[values > 0]
        rows, is_shown = locate(pictures, self._table.file_ids)
        if shown is not None:
            is_shown &= value_at(shown, pictures)
        return self._table.content_ids[rows[is_shown]], values[is_shown]


def match_names(query: Query, words: WordIndex, table: PictureTable) -> NameMatches:
    """Find the files whose names, or folders, contain the words of a query."""
    typed, whole = query_words(query)
    rows_by_word = [_rows_with(word, words, table) for word in typed if word not in IGNORED]
    matches = score_names(rows_by_word, len(words))
    if whole is None:
        return matches
    named_folders = words.folders.find_named(whole)
    matches = promote_rows(matches, rows_in_folders(named_folders, table), FOLDER)
    with_all_words = reduce(_INTERSECTION, sorted(map(words.find_rows, typed), key=len))
    return promote_rows(matches, exact_rows(whole, with_all_words, words), EXACT)


def exact_rows(text: str, rows: Rows, names: WordIndex | FileNames) -> Rows:
    """Return those of some rows whose whole name is a text; of many only the first are compared."""
    name = search_key(text)
    exact = [row for row in rows[:_MAX_COMPARED].tolist() if is_whole_name(name, names[row])]
    return np.array(exact, dtype=np.int64)


def rows_in_folders(folder_ids: Sequence[int], table: PictureTable) -> Rows:
    """Return the rows of the files in some folders, ascending."""
    if not folder_ids:  # the usual case, which must not cost a look at every row
        return np.empty(0, dtype=np.int64)
    return np.flatnonzero(table.in_folders(folder_ids))


def _rows_with(word: str, words: WordIndex, table: PictureTable) -> RowsWithWord:
    """Return the rows with a word, its plural or its singular."""
    forms = word_forms(word)
    in_name = sorted_union([words.find_rows(form) for form in forms])
    in_folder = rows_in_folders(words.folders.find_with_words(forms), table)
    only_in_folder = in_folder[~np.isin(in_folder, in_name, assume_unique=True)]
    return RowsWithWord(in_name, only_in_folder, len(in_name) + len(only_in_folder))


def value_at(by_id: NDArray[Value], ids: Keys) -> NDArray[Value]:
    """Return values by id; an id beyond the end has the last value."""
    return by_id[np.minimum(ids, len(by_id) - 1)]
