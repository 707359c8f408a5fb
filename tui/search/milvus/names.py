"""Names beside meaning, of rows on a server: what `tui.search.named` is to a library at hand.

The server finds names by the three characters that follow each other in them, and there may be too
many with a common word. Then some of them and those of the pictures that were found by meaning are
looked at, and a sample of the library says how common the word is.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tui.library.milvus.expressions import with_ids
from tui.library.milvus.fields import quoted
from tui.library.paths import bare
from tui.models.lexicon import IGNORED
from tui.search.fusion import WithWord, asked_for, forms_of, is_whole, led_by, weighed
from tui.search.milvus.checks import name_of
from tui.search.milvus.expressions import Where, below_any, either, holding, narrowed
from tui.search.milvus.table import EVERYTHING
from tui.search.name_words import words_in
from tui.search.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.search.fusion import NameMatches
    from tui.search.milvus.facts import LibraryFacts
    from tui.search.milvus.table import Row, Table
    from tui.search.query import Query

FIELDS = ("content", "path")

_MOST = 500
"""Rows that are looked at for one word."""

_LARGEST = 2_000_000
"""Files up to which names are asked for: without an index of its own 100,000 take 20 ms or more."""


class Known(NamedTuple):
    """How rows with a word are asked for, some of them, whether that is a part, and how many."""

    text: str
    rows: Sequence[Row]
    cut: bool
    files: int


class NamedRows(NamedTuple):
    """Rows that are named as a query says, and how well (`tui.search.fusion`)."""

    rows: Sequence[Row]
    matches: NameMatches


class RemoteNames:
    """Looks up names on the server; not thread-safe."""

    def __init__(self, table: Table, facts: LibraryFacts) -> None:
        self._table = table
        self._facts = facts
        self._known: Recent[str, Known] = Recent(64)
        self._sampled: tuple[Sequence[Row], list[_Named]] = ((), [])

    def renew(self) -> None:
        """The library has changed."""
        self._known.clear()

    def find(self, query: Query, chosen: Where, found: Sequence[Row]) -> NamedRows | None:
        """Return what is named so of the rows that may be shown; None for nothing.

        Args:
            query: its words.
            chosen: says which rows may be shown.
            found: those that were found by meaning.
        """
        asked, whole = asked_for(query)
        words = [word for word in asked if word not in IGNORED]
        total = self._table.count(EVERYTHING)
        known = [self._known.get(word, partial(self._ask, word, total)) for word in words]
        rows = {row["id"]: row for row in [*found, *self._named_so(known, chosen)]}
        if whole is not None and total <= _LARGEST and (not words or any(one.cut for one in known)):
            rows |= {row["id"]: row for row in self._rows(chosen, holding(bare(whole)))}
        named = [_Named(row) for row in rows.values()]
        marked = [
            self._with(word, named, one.files) for word, one in zip(words, known, strict=True)
        ]
        matches = weighed(marked, total)
        if whole is not None:
            wanted = bare(whole)
            exact = [place for place, one in enumerate(named) if is_whole(wanted, one.name)]
            matches = led_by(matches, np.array(exact, dtype=np.int64))
        return NamedRows(list(rows.values()), matches) if len(matches.rows) else None

    def _ask(self, word: str, total: int) -> Known:
        """Look for a word in the whole library."""
        if total > _LARGEST:
            return Known("", [], cut=True, files=self._estimate(word, total))
        text = either([holding(_stem(word)), below_any(self._facts.folders_with(forms_of(word)))])
        rows = self._rows(EVERYTHING, text)
        marked = self._with(word, [_Named(row) for row in rows], 0)
        if len(rows) < _MOST:
            return Known(text, rows, cut=False, files=len(marked.in_name) + len(marked.in_folder))
        return Known(text, rows, cut=True, files=self._estimate(word, total))

    def _estimate(self, word: str, total: int) -> int:
        """Say about how many files have a word, by those of the sample."""
        sample = self._table.sample()
        if self._sampled[0] is not sample.rows:
            self._sampled = sample.rows, list(map(_Named, sample.rows))
        marked = self._with(word, self._sampled[1], 0)
        share = (len(marked.in_name) + len(marked.in_folder)) / max(len(sample.rows), 1)
        return round(share * total)

    def _named_so(self, known: Sequence[Known], chosen: Where) -> list[Row]:
        """Return rows with any of some words, of those that may be shown."""
        rows = [row for one in known for row in one.rows]
        if chosen != EVERYTHING and rows:
            ids = {row["id"] for row in rows}
            rows = self._table.query(narrowed(chosen, with_ids(ids)), FIELDS, len(ids))
            for one in known:
                if one.cut and one.text:
                    rows += self._rows(chosen, one.text)
        return rows

    def _rows(self, chosen: Where, text: str) -> list[Row]:
        return self._table.query(narrowed(chosen, text), FIELDS, _MOST)

    def _with(self, word: str, named: Sequence[_Named], files: int) -> WithWord:
        """Return the places of what has a word, or its plural or singular."""
        forms = forms_of(word)
        folders = set(map(quoted, self._facts.folders_with(forms)))
        in_name = [place for place, one in enumerate(named) if not one.words.isdisjoint(forms)]
        in_folder = [
            place
            for place, one in enumerate(named)
            if one.folder in folders and one.words.isdisjoint(forms)
        ]
        return WithWord(np.array(in_name, np.int64), np.array(in_folder, np.int64), files)


class _Named:
    """The name of a row's file as it is compared, its words, and its folder as in the rows."""

    __slots__ = ("folder", "name", "words")

    def __init__(self, row: Row) -> None:
        self.folder = row["path"].rpartition("/")[0] or "/"
        self.name = bare(name_of(row))
        self.words = frozenset(words_in(self.name))


def _stem(word: str) -> str:
    """Return what all forms of a word hold."""
    return min(forms_of(word), key=len)
