"""Fuses the order by meaning with name matches: plain words also find files by name.

Two ways to fuse the orders were measured by `tests.bench.ranking_quality`, on photographs of which
a few have true names and some have misleading ones. Reciprocal rank fusion (G. Cormack, C. Clarke
and S. Buettcher, SIGIR 2009) compares ranks alone: the best match by name comes first, however
little it resembles the description, and a stray ``snow.jpg`` disturbs every query with snow in it.
A bonus on the score, in the scale of the query's own scores (`tui.search.ranking.relevance`), can
be weighed: a picture whose name contains all words of the query gets ``BONUS`` of the way from no
match to the best one, which is just above the noise threshold; half the words give a quarter of
that. So a bonus is used. In figures: for "a NAME in the WORD" with ten pictures misleadingly named
by such a word, the right one is first as often as without names (0.93), with reciprocal ranks
never; for a broad word that one picture wrongly has in its name, the precision at ten is 0.96,
without names 0.98, with reciprocal ranks 0.83; whole names, and the words of true names, are first
every time.

The weight of a word is its information in the library's names, ``log(n / files)``: the IMG in ten
thousand names has none. A word that no name contains has the largest weight, since the names can't
confirm it. A folder's name counts half as much as a file's own. Function words don't count. A file
whose whole name was typed, with or without its suffix, comes first, then the files in folders that
are named like the query (`tui.search.matching.named_folders`), the best match first. The name score
of a content is that of its best-named file; `tui.search.ranking.name_order` orders its files.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tui.search.matching.words import split_words
from tui.search.query.parse import MAX_WORDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.core.domain import Keys, Rows, Scores
    from tui.search.query.terms import Query

BONUS = 0.6
EXACT = 10.0
"""The name score of a file whose whole name was typed: more than any cosine can compensate."""

FOLDER = 5.0
"""The name score of a file in a folder that is named like the query."""

FOLDER_WEIGHT = 0.5
"""The weight of a word in a folder's name, relative to its weight in a file's own."""

MIN_SCORE = 0.05
"""A lower name score is treated as no match."""


class NameMatches(NamedTuple):
    """Rows, each once, with their name scores: 0 to 1, ``FOLDER`` or ``EXACT``."""

    rows: Rows
    values: Scores


class RowsWithWord(NamedTuple):
    """The rows with a word.

    Attributes:
        in_name: rows with the word in the file's name.
        in_folder: other rows, with the word in the folder's name.
        files: the number of files with the word in the whole library; the rows may be only a
            part of them.
    """

    in_name: Rows
    in_folder: Rows
    files: int


def query_words(query: Query) -> tuple[list[str], str | None]:
    """Return the words to compare with names, and the text that may be a whole name."""
    texts = [term.text for term in query.terms if term.weight > 0 and term.text]
    words = split_words(" ".join(texts))[:MAX_WORDS]
    return words, texts[0] if words and len(query.terms) == len(texts) == 1 else None


def score_names(rows_by_word: Sequence[RowsWithWord], total: int) -> NameMatches:
    """Score rows by how rare the words in their names are.

    Args:
        rows_by_word: for each word of the query, rows ascending.
        total: the number of files in the library.
    """
    parts: list[tuple[Rows, float]] = []
    total_weight = 0.0
    for word in rows_by_word:
        weight = word_weight(total, word.files)
        total_weight += weight
        if weight > 0:
            parts += [(word.in_name, weight), (word.in_folder, weight * FOLDER_WEIGHT)]
    rows = sorted_union([part for part, _ in parts])
    if not len(rows):
        return NameMatches(rows, np.empty(0, dtype=np.float32))
    weights = np.zeros(len(rows), dtype=np.float32)
    for part, weight in parts:
        weights[np.searchsorted(rows, part)] += weight
    values = (weights / np.float32(total_weight)) ** 2
    is_match = values >= MIN_SCORE
    return NameMatches(rows[is_match], values[is_match])


def word_weight(total: int, files: int) -> float:
    """Return the information of a word that ``files`` of ``total`` files have in their names."""
    return math.log(max(total, 1) / max(files, 1))  # an empty library has no names


def promote_rows(matches: NameMatches, rows: Rows, value: float) -> NameMatches:
    """Give rows a name score above all others: ``FOLDER`` or ``EXACT``."""
    unpromoted = ~np.isin(matches.rows, rows)
    promoted = np.full(len(rows), value, dtype=np.float32)
    return NameMatches(
        np.concatenate([matches.rows[unpromoted], rows]),
        np.concatenate([matches.values[unpromoted], promoted]),
    )


def best_by_content(contents: Keys, values: Scores) -> tuple[Keys, Scores]:
    """Return each content once, ascending, with its highest value."""
    order = np.lexsort((values, contents))
    is_last = np.append(np.diff(contents[order]) > 0, True)[: len(order)]
    return contents[order[is_last]], values[order[is_last]]


def fuse(scores: Scores, boosted: Keys, bonus: Scores) -> tuple[Keys, Scores]:
    """Move some positions of a ranking up.

    Args:
        scores: descending except at the boosted positions, shape ``(n,)``.
        boosted: positions in ``scores``, each once, shape ``(m,)``.
        bonus: the values to add to their scores, shape ``(m,)``.

    Returns:
        All positions in their new order, and the scores that decide it, descending.
    """
    lifted = scores[boosted] + bonus
    order = np.lexsort((boosted, -lifted))
    boosted, lifted = boosted[order], lifted[order]
    unboosted = np.delete(np.arange(len(scores)), boosted)
    targets = np.searchsorted(-scores[unboosted], -lifted)
    return (
        np.insert(unboosted, targets, boosted),
        np.insert(scores[unboosted], targets, lifted),
    )


def sorted_union(parts: Sequence[Rows]) -> Rows:
    """Return the values in any of the ascending arrays, ascending, without repeats.

    Unlike ``np.unique``, the sort exploits that each part ascends.
    """
    rows = np.concatenate([np.empty(0, dtype=np.int64), *parts])
    if len(parts) > 1:
        rows.sort(kind="stable")
    is_first = np.ones(len(rows), dtype=np.bool_)
    is_first[1:] = rows[1:] != rows[:-1]
    return rows[is_first]
