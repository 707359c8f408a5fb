"""Names beside meaning for rows on a server, as `tui.search.local.name_index` for local ones.

The server finds names by the three characters that follow each other in them, and looks at every
row for that. So a word is asked for once: a rare one in the whole library, since how rare it is
counts; of a common one, which a sample of the library tells, some hundreds that may be shown. Those
that were found by meaning are looked at in any case.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tui.core.lru_cache import LruCache
from tui.library.milvus.rows.collection import MOST
from tui.library.milvus.rows.expressions import with_ids
from tui.library.milvus.rows.schema import quoted
from tui.models.starter.lexicon import IGNORED
from tui.search.matching.words import split_words, word_forms
from tui.search.milvus.cached_table import EVERYTHING
from tui.search.milvus.filters import RowFilter, any_of, below_folders, is_in, name_contains, narrow
from tui.search.milvus.post_filter import name_of
from tui.search.ranking.name_fusion import (
    EXACT,
    FOLDER,
    RowsWithWord,
    is_whole_name,
    promote_rows,
    query_words,
    score_names,
)
from tui.storage.path_encoding import bare

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tui.core.domain import Keys
    from tui.search.milvus.cached_table import CachedTable, Row
    from tui.search.milvus.library_facts import LibraryMetadata
    from tui.search.query.parse import Query
    from tui.search.ranking.content_groups import Scores
    from tui.search.ranking.name_fusion import NameMatches

FIELDS = ("content", "path")

_MOST = 500
"""Rows that are looked at for one word."""

_MOST_LEADING = 4096
"""Rows that are looked at in folders that are named as typed."""

_COMMON = 8
"""Files of the sample with a word from which on the sample tells how common it is."""


class WordStats(NamedTuple):
    """What is known of a word.

    Attributes:
        text: how rows with it are asked for; empty where they are not.
        rows: all of the library that have it; None where they are many.
        files: how many there are, or about so many.
    """

    text: str
    rows: Sequence[Row] | None
    files: int


class NamedRows(NamedTuple):
    """Rows that are named as a query says, and how well (`tui.search.ranking.name_fusion`)."""

    rows: Sequence[Row]
    matches: NameMatches

    def values_of(self, file_ids: Keys) -> Scores:
        """Return how well some files are named, 0 where not at all."""
        places, values = self.matches
        by_id = dict(
            zip((self.rows[place]["id"] for place in places.tolist()), values.tolist(), strict=True)
        )
        return np.array([by_id.get(number, 0) for number in file_ids.tolist()], dtype=np.float32)


class MilvusNameMatcher:
    """Looks up names on the server; not thread-safe.

    Args:
        table: the rows.
        facts: tell which folders have a word.
        largest: files up to which the server is asked for names.
    """

    def __init__(self, table: CachedTable, facts: LibraryMetadata, largest: int) -> None:
        self._table = table
        self._facts = facts
        self._largest = largest
        self._known: LruCache[str, WordStats] = LruCache(64)
        self._asked: LruCache[RowFilter, Sequence[Row]] = LruCache(16)
        self._seen: LruCache[str, _ComparedName] = LruCache(4096)
        self._sampled: tuple[Sequence[Row], list[_ComparedName]] = ((), [])

    def invalidate(self) -> None:
        """The library has changed."""
        self._known.clear()
        self._asked.clear()

    def find(
        self, query: Query, chosen: RowFilter, found: Sequence[Row], *, is_whole: bool
    ) -> NamedRows | None:
        """Return what is named so of the rows that may be shown, and its copies; None for nothing.

        Args:
            query: its words.
            chosen: says which rows may be shown.
            found: those that were found by meaning.
            is_whole: these are all that may be shown, so that no copy is missing.
        """
        typed, whole = query_words(query)
        words = [word for word in typed if word not in IGNORED]
        total = self._table.count(EVERYTHING)
        known = [self._known.get(word, partial(self._ask, word, total)) for word in words]
        rows = {row["id"]: row for row in [*found, *self._named_so(known, chosen)]}
        some = not known or any(one.rows is None for one in known)
        folders: list[bytes] = []
        if whole is not None and total <= self._largest:
            folders = self._facts.folders_named(whole)
            if some:
                rows |= {row["id"]: row for row in self._rows(chosen, name_contains(bare(whole)))}
            if folders:
                below = self._rows(chosen, below_folders(folders), _MOST_LEADING)
                rows |= {row["id"]: row for row in below}
        words_known = dict(zip(words, known, strict=True))
        named = self._matching(rows, words_known, total, whole, folders)
        if not is_whole:
            copies = {row["id"]: row for row in self._copies(named, chosen)}
            if not copies.keys() <= rows.keys():
                named = self._matching(rows | copies, words_known, total, whole, folders)
        return named if len(named.matches.rows) else None

    def exact(self, whole: str, chosen: RowFilter) -> list[int]:
        """Return the ids of the rows that may be shown and whose whole name a text is.

        Of many rows that hold the text in their names, the first that the server gives are looked
        at.
        """
        wanted = bare(whole)
        rows = self._rows(chosen, name_contains(wanted), _MOST_LEADING)
        return [row["id"] for row in rows if is_whole_name(wanted, self._named(row).name)]

    def _ask(self, word: str, total: int) -> WordStats:
        """Look for a word in the sample, and in the whole library if it is rare."""
        sample = self._table.sample()
        if self._sampled[0] is not sample.rows:
            self._sampled = sample.rows, list(map(_ComparedName, sample.rows))
        there = self._with(word, self._sampled[1], 0)
        count = len(there.in_name) + len(there.in_folder)
        files = round(count * total / max(len(sample.rows), 1))
        if total > self._largest:
            return WordStats("", None, files)
        folders = self._facts.folders_with(word_forms(word))
        text = any_of([name_contains(_stem(word)), below_folders(folders)])
        if count >= _COMMON:
            return WordStats(text, None, files)
        rows = self._rows(EVERYTHING, text)
        if len(rows) == _MOST:
            return WordStats(text, None, files)
        there = self._with(word, list(map(self._named, rows)), 0)
        return WordStats(text, rows, len(there.in_name) + len(there.in_folder))

    def _matching(
        self,
        rows: Mapping[int, Row],
        known: Mapping[str, WordStats],
        total: int,
        whole: str | None,
        folders: Sequence[bytes],
    ) -> NamedRows:
        """Say how well rows are named: by words, by the whole name, by folders named as typed."""
        named = list(map(self._named, rows.values()))
        marked = [self._with(word, named, one.files) for word, one in known.items()]
        return NamedRows(
            list(rows.values()), _promote(score_names(marked, total), named, whole, folders)
        )

    def _copies(self, named: NamedRows, chosen: RowFilter) -> Sequence[Row]:
        """Return all rows that may be shown of the contents that are named so."""
        contents = {named.rows[place]["content"] for place in named.matches.rows.tolist()}
        return self._rows(chosen, is_in("content", sorted(contents)), MOST) if contents else ()

    def _named_so(self, known: Sequence[WordStats], chosen: RowFilter) -> list[Row]:
        """Return rows with any of some words, of those that may be shown."""
        ids = {row["id"]: row for one in known if one.rows is not None for row in one.rows}
        rows = list(ids.values())
        if rows and chosen != EVERYTHING:
            rows = list(self._rows(chosen, with_ids(ids), len(ids)))
        for one in known:
            if one.rows is None and one.text:
                rows += self._rows(chosen, one.text)
        return rows

    def _rows(self, chosen: RowFilter, text: str, most: int = _MOST) -> Sequence[Row]:
        here = narrow(chosen, text)
        return self._asked.get(here, lambda: self._table.query(here, FIELDS, most))

    def _named(self, row: Row) -> _ComparedName:
        return self._seen.get(row["path"], partial(_ComparedName, row))

    def _with(self, word: str, named: Sequence[_ComparedName], files: int) -> RowsWithWord:
        """Return the places of what has a word, or its plural or singular."""
        forms = word_forms(word)
        folders = set(map(quoted, self._facts.folders_with(forms)))
        in_name = [place for place, one in enumerate(named) if not one.words.isdisjoint(forms)]
        in_folder = [
            place
            for place, one in enumerate(named)
            if one.folder in folders and one.words.isdisjoint(forms)
        ]
        return RowsWithWord(np.array(in_name, np.int64), np.array(in_folder, np.int64), files)


class _ComparedName:
    """The name of a row's file as it is compared, its words, and its folder as in the rows."""

    __slots__ = ("folder", "name", "words")

    def __init__(self, row: Row) -> None:
        self.folder = row["path"].rpartition("/")[0] or "/"
        self.name = bare(name_of(row))
        self.words = frozenset(split_words(self.name))


def _promote(
    matches: NameMatches,
    named: Sequence[_ComparedName],
    whole: str | None,
    folders: Sequence[bytes],
) -> NameMatches:
    """Put the files in some folders above all others, and those with a whole name above these."""
    if whole is None:
        return matches
    wanted = bare(whole)
    asked = set(map(quoted, folders))
    inside = [place for place, one in enumerate(named) if one.folder in asked]
    exact = [place for place, one in enumerate(named) if is_whole_name(wanted, one.name)]
    for places, value in ((inside, FOLDER), (exact, EXACT)):
        matches = promote_rows(matches, np.array(places, dtype=np.int64), value)
    return matches


def _stem(word: str) -> str:
    """Return what all forms of a word hold."""
    return min(word_forms(word), key=len)
