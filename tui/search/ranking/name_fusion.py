"""Names beside meaning: plain words also find what is named so.

Two ways to bring the orders together were measured by `tests.bench.ranking_quality`, on
photographs of which a few have true names and some have misleading ones. Reciprocal rank fusion
(G. Cormack, C. Clarke and S. Buettcher, SIGIR 2009) looks at places alone: whatever is first by
name comes to the top, however little it looks like the description, and a stray ``snow.jpg``
disturbs every query with snow in it. A bonus on the score, in the scale of the query's own scores
(`tui.search.ranking.relevance`), can be weighed: a picture whose name holds all that was asked gets
``BONUS`` of the way from no match to the best one, which is just above the line where the noise
begins; half the words give a quarter of that. So the bonus it is. In figures: for "a NAME in the
WORD" with ten pictures misleadingly called by such a word, the right one is first as often as
without names (0.93), with reciprocal ranks never; for a broad word that one picture bears wrongly
the precision at ten is 0.96, without names 0.98, with reciprocal ranks 0.83; whole names, and the
words of true names, are first every time.

A word counts by how rare it is in the library's names (its information, ``log(n / files)``): the
IMG in ten thousand names says nothing. A word that no name has counts most, since what the names
lack they can't confirm. A folder's name says half as much as a file's own. Words of grammar don't
count. A file whose whole name was typed, with or without its suffix, comes first, then, best match
first, all in folders that are named as typed (`tui.search.matching.named_folders`). The best-named
of its files says how well a content is named; `tui.search.ranking.name_order` has the order of its
files.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tui.search.local.word_index import sorted_union
from tui.search.matching.words import split_words
from tui.storage.path_encoding import bare

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.core.domain import Keys
    from tui.search.local.picture_table import PictureTable
    from tui.search.local.word_index import Rows, WordIndex
    from tui.search.matching.file_names import FileNames
    from tui.search.query.terms import Query
    from tui.search.ranking.content_groups import Scores

BONUS = 0.6
EXACT = 10.0
"""What a file is named with whose whole name was typed: more than any cosine can make up for."""

FOLDER = 5.0
"""What a file is named with whose folder is named as typed."""

_FOLDER = 0.5
_LEAST = 0.05
_MOST_WORDS = 32
_CANDIDATES = 10_000
_BOTH = partial(np.intersect1d, assume_unique=True)


class NameMatches(NamedTuple):
    """Rows of the columns, each once, and how well it is named: 0 to 1, ``FOLDER`` or ``EXACT``."""

    rows: Rows
    values: Scores


class RowsWithWord(NamedTuple):
    """Rows with a word in the file's name, others with it in a folder's, and how many there are.

    ``files`` is that of the whole library, of which the rows may be a part.
    """

    in_name: Rows
    in_folder: Rows
    files: int


def query_words(query: Query) -> tuple[list[str], str | None]:
    """Return the words that names are compared with, and the text that may be a whole name."""
    texts = [term.text for term in query.terms if term.weight > 0 and term.text]
    words = split_words(" ".join(texts))[:_MOST_WORDS]
    return words, texts[0] if words and len(query.terms) == len(texts) == 1 else None


def score_names(found: Sequence[RowsWithWord], total: int) -> NameMatches:
    """Say how well rows are named, by how rare the words are that they have.

    Args:
        found: for each word of the query, rows ascending.
        total: how many files the library has.
    """
    parts: list[tuple[Rows, float]] = []
    asked = 0.0
    for word in found:
        weight = math.log(max(total, 1) / max(word.files, 1))  # no names: an empty library
        asked += weight
        if weight > 0:
            parts += [(word.in_name, weight), (word.in_folder, weight * _FOLDER)]
    rows = sorted_union([part for part, _ in parts])
    if not len(rows):
        return NameMatches(rows, np.empty(0, dtype=np.float32))
    worth = np.zeros(len(rows), dtype=np.float32)
    for part, weight in parts:
        worth[np.searchsorted(rows, part)] += weight
    values = (worth / np.float32(asked)) ** 2
    kept = values >= _LEAST
    return NameMatches(rows[kept], values[kept])


def promote_rows(matches: NameMatches, rows: Rows, value: float) -> NameMatches:
    """Put rows above all others: with ``FOLDER``, or with ``EXACT``."""
    others = ~np.isin(matches.rows, rows)
    full = np.full(len(rows), value, dtype=np.float32)
    return NameMatches(
        np.concatenate([matches.rows[others], rows]),
        np.concatenate([matches.values[others], full]),
    )


def is_whole_name(text: str, name: str) -> bool:
    """Whether a text is a name, with or without its suffix; both as `bare` writes them."""
    return text in (name, name.rpartition(".")[0])


def fuse(scores: Scores, boosted: Keys, bonus: Scores) -> tuple[Keys, Scores]:
    """Move some places of a ranking up.

    Args:
        scores: falling, but for those of the boosted places, shape ``(n,)``.
        boosted: places in ``scores``, each once, shape ``(m,)``.
        bonus: what is added to their scores, shape ``(m,)``.

    Returns:
        All places in their new order, and the scores that it goes by, falling.
    """
    lifted = scores[boosted] + bonus
    order = np.lexsort((boosted, -lifted))
    boosted, lifted = boosted[order], lifted[order]
    rest = np.delete(np.arange(len(scores)), boosted)
    at = np.searchsorted(-scores[rest], -lifted)
    return np.insert(rest, at, boosted), np.insert(scores[rest], at, lifted)


def rows_in(folders: Sequence[int], columns: PictureTable) -> Rows:
    """Return the rows of the files in some folders, ascending."""
    if not folders:
        return np.empty(0, dtype=np.int64)
    wanted = np.zeros(max(columns.folder_paths) + 1, dtype=np.bool_)
    wanted[folders] = True
    return np.flatnonzero(wanted[columns.folders])


def exact_rows(text: str, rows: Rows, names: WordIndex | FileNames) -> Rows:
    """Return those of some rows whose whole name a text is; of many the first are looked at."""
    wanted = bare(text)
    exact = [row for row in rows[:_CANDIDATES].tolist() if is_whole_name(wanted, names[row])]
    return np.array(exact, dtype=np.int64)
