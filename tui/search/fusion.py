"""Names beside meaning: plain words also find what is named so.

Two ways to bring the orders together were measured by `tests.bench.ranking_quality`, on
photographs of which a few have true names and some have misleading ones. Reciprocal rank fusion
(G. Cormack, C. Clarke and S. Buettcher, SIGIR 2009) looks at places alone: whatever is first by
name comes to the top, however little it looks like the description, and a stray ``snow.jpg``
disturbs every query with snow in it. A bonus on the score, in the scale of the query's own scores
(`tui.search.strength`), can be weighed: a picture whose name holds all that was asked gets
``BONUS`` of the way from no match to the best one, which is just above the line where the noise
begins; half the words give a quarter of that. So the bonus it is. In figures: for "a NAME in the
WORD" with ten pictures misleadingly called by such a word, the right one is first as often as
without names (0.93), with reciprocal ranks never; for a broad word that one picture bears wrongly
the precision at ten is 0.96, without names 0.98, with reciprocal ranks 0.83; whole names, and the
words of true names, are first every time.

A word counts by how rare it is in the library's names (its information, ``log(n / files)``): the
IMG in ten thousand names says nothing. A word that no name has counts most, since what the names
lack they can't confirm. A folder's name says half as much as a file's own. Words of grammar don't
count. A file whose whole name was typed, with or without its suffix, comes first.
"""

from __future__ import annotations

import math
from functools import partial, reduce
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tui.library.paths import bare
from tui.models.lexicon import IGNORED
from tui.search.name_words import distinct, words_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.domain import Keys
    from tui.library.columns import Columns
    from tui.search.name_words import NameWords, Rows
    from tui.search.rank import Scores
    from tui.search.values import Query

BONUS = 0.6
EXACT = 10.0
_FOLDER = 0.5
_LEAST = 0.05
_MOST_WORDS = 32
_CANDIDATES = 10_000
_BOTH = partial(np.intersect1d, assume_unique=True)


class NameMatches(NamedTuple):
    """Rows of the columns, each once, and how well it is named: 0 to 1, or ``EXACT``."""

    rows: Rows
    values: Scores


def match_names(query: Query, names: NameWords, columns: Columns) -> NameMatches:
    """Find the files whose names, or folders, hold what a query describes."""
    texts = [term.text for term in query.terms if term.weight > 0 and term.text]
    words = words_in(" ".join(texts))[:_MOST_WORDS]
    rows, values = _by_words([word for word in words if word not in IGNORED], names, columns)
    if len(query.terms) == len(texts) == 1:
        exact = _exact(texts[0], words, names)
        others = ~np.isin(rows, exact)
        rows = np.concatenate([rows[others], exact])
        values = np.concatenate([values[others], np.full(len(exact), EXACT, dtype=np.float32)])
    return NameMatches(rows, values)


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


def _by_words(words: Sequence[str], names: NameWords, columns: Columns) -> NameMatches:
    found: list[tuple[Rows, float]] = []
    asked = 0.0
    for word in words:
        in_name, in_folder = _rows_with(word, names, columns)
        count = len(in_name) + len(in_folder)
        weight = math.log(max(len(names), 1) / max(count, 1))  # no names: an empty library
        asked += weight
        if weight > 0:
            found += [(in_name, weight), (in_folder, weight * _FOLDER)]
    rows = distinct([part for part, _ in found])
    if not len(rows):
        return NameMatches(rows, np.empty(0, dtype=np.float32))
    worth = np.zeros(len(rows), dtype=np.float32)
    for part, weight in found:
        worth[np.searchsorted(rows, part)] += weight
    values = (worth / np.float32(asked)) ** 2
    kept = values >= _LEAST
    return NameMatches(rows[kept], values[kept])


def _rows_with(word: str, names: NameWords, columns: Columns) -> tuple[Rows, Rows]:
    """Return the rows with a word, or its plural or singular, in the file's name; in a folder's."""
    forms = [word, f"{word}s", *([word[:-1]] if len(word) > 2 and word.endswith("s") else [])]
    in_name = distinct([names.named(form) for form in forms])
    folders = sorted({number for form in forms for number in names.folders(form)})
    if not folders:
        return in_name, np.empty(0, dtype=np.int64)
    wanted = np.zeros(max(columns.folder_paths) + 1, dtype=np.bool_)
    wanted[folders] = True
    in_folder = wanted[columns.folders]
    in_folder[in_name] = False
    return in_name, np.flatnonzero(in_folder)


def _exact(text: str, words: Sequence[str], names: NameWords) -> Rows:
    """Return the rows whose whole name was typed."""
    if not words:
        return np.empty(0, dtype=np.int64)
    rows = reduce(_BOTH, sorted(map(names.named, words), key=len))
    wanted = bare(text)
    exact = [
        row
        for row in rows[:_CANDIDATES].tolist()
        if wanted in (names[row], names[row].rpartition(".")[0])
    ]
    return np.array(exact, dtype=np.int64)
