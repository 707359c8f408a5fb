"""Which files have a word in their name or in a folder's: an index of words, kept in memory.

A word is a run of letters or of digits, as `tui.storage.path_encoding.bare` writes them, so that
``IMG_0042 Sunset.jpg`` has img, 0042, sunset and jpg. Words of folders are those of the folders
below the indexed ones, and of these themselves.

Words of file names are kept as numbers: a 32-bit multilinear hash (D. Lemire and O. Kaser,
"Strongly universal string hashing is fast", Comput. J. 57, 2014) beside the row, sorted. A million
names take a second and 35 MB; looking a word up takes microseconds, whatever the number of names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tui.core.lru_cache import LruCache
from tui.search.matching.file_names import FileNames
from tui.search.matching.named_folders import NamedFolders, named_folders

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tui.search.local.picture_table import PictureTable

    Rows = NDArray[np.int64]
    Packed = NDArray[np.uint64]

_AT_ONCE = 50_000
_SEGMENTS = 8
_KEPT = 64
_LONGEST = 256
"""Bytes of a word that count; file systems have no longer names."""

_SEPARATOR, _LETTER, _DIGIT = 0, 1, 2
_ROW_BITS = np.uint64(32)


def _kinds() -> NDArray[np.uint8]:
    kinds = np.zeros(256, dtype=np.uint8)
    kinds[ord("a") : ord("z") + 1] = _LETTER
    kinds[128:] = _LETTER  # a part of a letter in UTF-8
    kinds[ord("0") : ord("9") + 1] = _DIGIT
    return kinds


_KINDS = _kinds()
_FACTORS = np.random.default_rng(1).integers(0, 1 << 63, _LONGEST, dtype=np.uint64)


class WordIndex:
    """The words of a library's names; rows are those of its columns. Not thread-safe.

    Attributes:
        folders: the folders by their names.
    """

    def __init__(self) -> None:
        self._names = FileNames()
        self._segments: list[Packed] = []
        self.folders = NamedFolders({}, ())
        self._found: LruCache[str, Rows] = LruCache(_KEPT)

    def __len__(self) -> int:
        return len(self._names)

    def read(self, columns: PictureTable) -> None:
        """Take up what the columns hold now; only what is new costs time."""
        names = columns.names
        if names is not self._names:
            known = len(self._names.text)
            grown = np.array_equal(self._names.text, names.text[:known])
            first = len(self._names) if grown else 0
            self._segments = [*(self._segments if grown else []), *_segments(names, first)]
            if len(self._segments) > _SEGMENTS:
                self._segments = [np.sort(np.concatenate(self._segments))]
            self._names = names
            self._found.clear()
        self.folders = named_folders(columns)

    def find_rows(self, word: str) -> Rows:
        """Return the rows whose file name has a word, ascending, without repeats."""
        return self._found.get(word, lambda: self._find(word))

    def _find(self, word: str) -> Rows:
        low = np.uint64(_hash(word)) << _ROW_BITS
        found = []
        for segment in self._segments:
            start, stop = np.searchsorted(segment, [low, low | np.uint64(0xFFFFFFFF)])
            found.append((segment[start:stop] & np.uint64(0xFFFFFFFF)).astype(np.int64))
        return sorted_union(found)

    def __getitem__(self, row: int) -> str:
        return self._names[row]


def sorted_union(parts: Sequence[Rows]) -> Rows:
    """Return what is in any of some ascending arrays, ascending, without repeats.

    ``np.unique`` does not know that they ascend, and takes ten times as long.
    """
    rows = np.concatenate([np.empty(0, dtype=np.int64), *parts])
    if len(parts) > 1:
        rows.sort(kind="stable")
    kept = np.ones(len(rows), dtype=np.bool_)
    kept[1:] = rows[1:] != rows[:-1]
    return rows[kept]


def _segments(names: FileNames, first: int) -> list[Packed]:
    parts = []
    for start in range(first, len(names), _AT_ONCE):
        stop = min(start + _AT_ONCE, len(names))
        text = names.text[names.starts[start] : names.starts[stop]]
        starts, hashes = _hashes(text)
        rows = np.searchsorted(names.starts, starts + names.starts[start], side="right") - 1
        parts.append((hashes << _ROW_BITS) | rows.astype(np.uint64))
    return [np.sort(np.concatenate(parts))] if parts else []


def _hashes(text: NDArray[np.uint8]) -> tuple[Rows, Packed]:
    """Return where each word of a text begins, and its hash."""
    kinds = _KINDS[text]
    begins = kinds != _SEPARATOR
    begins[1:] &= kinds[1:] != kinds[:-1]
    starts = np.flatnonzero(begins)
    if not len(starts):
        return starts, np.empty(0, dtype=np.uint64)
    word = np.cumsum(begins) - 1
    places = np.arange(len(text)) - starts[word]
    counts = (kinds != _SEPARATOR) & (places < _LONGEST)
    values = np.zeros(len(text), dtype=np.uint64)
    values[counts] = (text[counts].astype(np.uint64) + np.uint64(1)) * _FACTORS[places[counts]]
    return starts, np.add.reduceat(values, starts) >> np.uint64(32)


def _hash(word: str) -> int:
    return int(_hashes(np.frombuffer(word.encode(), dtype=np.uint8))[1][0])
