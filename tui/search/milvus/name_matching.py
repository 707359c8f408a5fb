"""Matches queries with the names of rows on a server, as `tui.search.local.name_index` does.

The server finds names by the three-character sequences in them and checks every row. So each word
is searched once: a rare one in the whole library, since its weight depends on its rarity; for a
word that is common in a sample of the library, only some hundreds of rows. The candidates by
meaning are compared in any case.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tui.core.lru_cache import LruCache
from tui.core.name_folding import search_key
from tui.library.milvus.rows.collection import MOST
from tui.library.milvus.rows.expressions import with_ids
from tui.library.milvus.rows.schema import quote
from tui.models.starter.lexicon import IGNORED
from tui.search.matching.words import is_whole_name, split_words, word_forms
from tui.search.milvus.cached_table import EVERYTHING
from tui.search.milvus.filters import RowFilter, any_of, below_folders, is_in, name_contains, narrow
from tui.search.milvus.post_filter import name_of
from tui.search.ranking.name_fusion import (
    EXACT,
    FOLDER,
    RowsWithWord,
    promote_rows,
    query_words,
    score_names,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from tui.core.domain import Keys, Scores
    from tui.search.milvus.cached_table import CachedTable
    from tui.search.milvus.library_metadata import LibraryMetadata
    from tui.search.milvus.post_filter import Row
    from tui.search.query.terms import Query
    from tui.search.ranking.name_fusion import NameMatches

FIELDS = ("content", "path")

_MAX_ROWS = 500
"""The most rows that are fetched for one word."""

_MAX_PROMOTED = 4096
"""The most rows that are fetched for a whole name, or in folders that are named like the query."""

_COMMON = 8
"""The number of files in the sample from which a word counts as common."""


class WordStats(NamedTuple):
    """The rows with a word.

    Attributes:
        text: an expression that selects rows with it; empty if no rows are fetched for it.
        rows: all rows of the library with a rare word; None for a common one.
        files: the number of files with it, an estimate for a common word.
    """

    text: str
    rows: Sequence[Row] | None
    files: int


class NamedRows(NamedTuple):
    """Rows whose names match a query, and their name scores."""

    rows: Sequence[Row]
    matches: NameMatches

    def values_of(self, file_ids: Keys) -> Scores:
        """Return the name scores of some files, 0 without a match."""
        ids = (self.rows[index]["id"] for index in self.matches.rows.tolist())
        by_id = dict(zip(ids, self.matches.values.tolist(), strict=True))
        return np.array([by_id.get(number, 0) for number in file_ids.tolist()], dtype=np.float32)


class MilvusNameMatcher:
    """Searches names on the server; not thread-safe.

    Args:
        table: the rows of the library.
        metadata: finds the folders with a word.
        max_files: the size of a library up to which names are searched on the server.
    """

    def __init__(self, table: CachedTable, metadata: LibraryMetadata, max_files: int) -> None:
        self._table = table
        self._metadata = metadata
        self._max_files = max_files
        self._stats: LruCache[str, WordStats] = LruCache(64)
        self._results: LruCache[RowFilter, Sequence[Row]] = LruCache(16)
        self._names: LruCache[str, _ComparedName] = LruCache(4096)
        self._sample: tuple[Sequence[Row], list[_ComparedName]] = ((), [])

    def invalidate(self) -> None:
        """Discard the server's answers after the library has changed."""
        self._stats.clear()
        self._results.clear()

    def find(
        self, query: Query, row_filter: RowFilter, candidates: Sequence[Row], *, is_complete: bool
    ) -> NamedRows | None:
        """Return the rows that may be shown and match by name, with their copies, or None.

        Args:
            query: provides the words.
            row_filter: selects the rows that may be shown.
            candidates: the rows found by meaning.
            is_complete: these are all rows that may be shown, so that no copy is missing.
        """
        typed, whole = query_words(query)
        words = [word for word in typed if word not in IGNORED]
        total = self._table.count(EVERYTHING)
        stats = {word: self._stats.get(word, partial(self._count, word, total)) for word in words}
        rows = _by_id([*candidates, *self._rows_with_words(stats.values(), row_filter)])
        folders: list[bytes] = []
        if whole is not None and total <= self._max_files:
            folders = self._metadata.folders_named(whole)
            if not stats or any(word.rows is None for word in stats.values()):
                rows |= _by_id(self._fetch(row_filter, name_contains(search_key(whole))))
            if folders:
                rows |= _by_id(self._fetch(row_filter, below_folders(folders), _MAX_PROMOTED))
        named = self._score(rows, stats, total, whole, folders)
        if not is_complete:
            copies = _by_id(self._copies(named, row_filter))
            if not copies.keys() <= rows.keys():
                named = self._score(rows | copies, stats, total, whole, folders)
        return named if len(named.matches.rows) else None

    def exact(self, text: str, row_filter: RowFilter) -> list[int]:
        """Return the ids of the rows that may be shown and whose whole name is a text.

        If many names contain the text, only the rows that the server returns first are compared.
        """
        name = search_key(text)
        rows = self._fetch(row_filter, name_contains(name), _MAX_PROMOTED)
        return [row["id"] for row in rows if is_whole_name(name, self._name_of(row).name)]

    def _count(self, word: str, total: int) -> WordStats:
        """Count a word in the sample, and in the whole library if it is rare."""
        sample = self._table.sample()
        if self._sample[0] is not sample.rows:
            self._sample = sample.rows, list(map(_ComparedName, sample.rows))
        in_sample = self._rows_with(word, self._sample[1], 0)
        count = len(in_sample.in_name) + len(in_sample.in_folder)
        estimate = round(count * total / max(len(sample.rows), 1))
        if total > self._max_files:
            return WordStats("", None, estimate)
        forms = word_forms(word)
        stem = min(forms, key=len)
        text = any_of([name_contains(stem), below_folders(self._metadata.folders_with(forms))])
        if count >= _COMMON:
            return WordStats(text, None, estimate)
        rows = self._fetch(EVERYTHING, text)
        if len(rows) == _MAX_ROWS:
            return WordStats(text, None, estimate)
        in_library = self._rows_with(word, list(map(self._name_of, rows)), 0)
        return WordStats(text, rows, len(in_library.in_name) + len(in_library.in_folder))

    def _score(
        self,
        rows: Mapping[int, Row],
        stats: Mapping[str, WordStats],
        total: int,
        whole: str | None,
        folders: Sequence[bytes],
    ) -> NamedRows:
        """Score the names of rows: by words, by the whole name, by folders named like the query."""
        names = list(map(self._name_of, rows.values()))
        by_word = [self._rows_with(word, names, count.files) for word, count in stats.items()]
        matches = score_names(by_word, total)
        return NamedRows(list(rows.values()), _promote(matches, names, whole, folders))

    def _copies(self, named: NamedRows, row_filter: RowFilter) -> Sequence[Row]:
        """Return all rows that may be shown and whose content has a matching name."""
        contents = {named.rows[index]["content"] for index in named.matches.rows.tolist()}
        if not contents:
            return ()
        return self._fetch(row_filter, is_in("content", sorted(contents)), MOST)

    def _rows_with_words(self, stats: Collection[WordStats], row_filter: RowFilter) -> list[Row]:
        """Return rows that may be shown and have any of some words."""
        rare = _by_id(row for word in stats for row in word.rows or ())
        rows = list(rare.values())
        if rows and row_filter != EVERYTHING:
            rows = list(self._fetch(row_filter, with_ids(rare), len(rare)))
        for word in stats:
            if word.rows is None and word.text:
                rows += self._fetch(row_filter, word.text)
        return rows

    def _fetch(self, row_filter: RowFilter, text: str, most: int = _MAX_ROWS) -> Sequence[Row]:
        narrowed = narrow(row_filter, text)
        return self._results.get(narrowed, lambda: self._table.query(narrowed, FIELDS, most))

    def _name_of(self, row: Row) -> _ComparedName:
        return self._names.get(row["path"], partial(_ComparedName, row))

    def _rows_with(self, word: str, names: Sequence[_ComparedName], files: int) -> RowsWithWord:
        """Return the indices of names with a word, its plural or its singular."""
        forms = word_forms(word)
        folders = set(map(quote, self._metadata.folders_with(forms)))
        in_name, in_folder = [], []
        for index, name in enumerate(names):
            if not name.words.isdisjoint(forms):
                in_name.append(index)
            elif name.folder in folders:
                in_folder.append(index)
        return RowsWithWord(np.array(in_name, np.int64), np.array(in_folder, np.int64), files)


class _ComparedName:
    """The name of a row's file in comparable form, its words, and its folder as in the row."""

    __slots__ = ("folder", "name", "words")

    def __init__(self, row: Row) -> None:
        self.folder = row["path"].rpartition("/")[0] or "/"
        self.name = search_key(name_of(row))
        self.words = frozenset(split_words(self.name))


def _by_id(rows: Iterable[Row]) -> dict[int, Row]:
    return {row["id"]: row for row in rows}


def _promote(
    matches: NameMatches,
    names: Sequence[_ComparedName],
    whole: str | None,
    folders: Sequence[bytes],
) -> NameMatches:
    """Promote the files in some folders, and above these the files with a whole name."""
    if whole is None:
        return matches
    text = search_key(whole)
    quoted_folders = set(map(quote, folders))
    in_folders = [index for index, name in enumerate(names) if name.folder in quoted_folders]
    exact = [index for index, name in enumerate(names) if is_whole_name(text, name.name)]
    for indices, value in ((in_folders, FOLDER), (exact, EXACT)):
        matches = promote_rows(matches, np.array(indices, dtype=np.int64), value)
    return matches
