"""An inverted index in memory: which files have a word in their name or in a folder's.

A word is a run of letters or of digits, as `tui.core.name_folding.search_key` writes them:
``IMG_0042 Sunset.jpg`` has img, 0042, sunset and jpg. Words of folders are those of the indexed
folders and of the folders below them.

Words of file names are stored as numbers: a 32-bit multilinear hash (D. Lemire and O. Kaser,
"Strongly universal string hashing is fast", Comput. J. 57, 2014) beside the row, sorted. A lookup
is a binary search.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tui.core.lru_cache import LruCache
from tui.search.local.sorted_ids import are_in
from tui.search.matching.file_names import FileNames
from tui.search.matching.folder_index import FolderIndex
from tui.search.matching.words import word_forms
from tui.search.ranking.name_fusion import RowsWithWord, sorted_union

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.core.domain import Mask, Rows
    from tui.search.local.picture_table import PictureTable

    Packed = NDArray[np.uint64]

_BATCH = 50_000
_MAX_SEGMENTS = 8
_CACHED_BYTES = 1 << 24
_SMALLEST_COST = 1 << 12
_MAX_BYTES = 256
"""Bytes of a word that are hashed; no file system has longer names."""

_SEPARATOR, _LETTER, _DIGIT = 0, 1, 2
_ROW_BITS = np.uint64(32)
_ROW_MASK = np.uint64(0xFFFFFFFF)


def _kinds() -> NDArray[np.uint8]:
    kinds = np.zeros(256, dtype=np.uint8)
    kinds[ord("a") : ord("z") + 1] = _LETTER
    kinds[128:] = _LETTER  # a part of a letter in UTF-8
    kinds[ord("0") : ord("9") + 1] = _DIGIT
    return kinds


_KINDS = _kinds()
_FACTORS = np.random.default_rng(1).integers(0, 1 << 63, _MAX_BYTES, dtype=np.uint64)


@dataclass(frozen=True, slots=True, eq=False)
class WordMatch:
    """The files of a table that have a word, its plural or its singular.

    Attributes:
        in_name: the rows with it in the file's name, ascending.
        in_folders: by folder id, whether the folder's path has it; None if no folder has it.
        files: the number of files with it in their name or their folder's.
    """

    in_name: Rows
    in_folders: Mask | None
    files: int

    def only_in_folder(self, table: PictureTable) -> Rows:
        """Return the rows that have it in the folder's name only, ascending."""
        if self.in_folders is None:
            return self.in_name[:0]
        mask = self.in_folders[table.folders]
        mask[self.in_name] = False
        return np.flatnonzero(mask)

    def among(self, rows: Rows, table: PictureTable) -> RowsWithWord:
        """Return the ascending rows that have the word, of those that are given."""
        in_name = are_in(rows, self.in_name)
        in_folder = rows[:0]
        if self.in_folders is not None:
            in_folder = rows[self.in_folders[table.folders[rows]] & ~in_name]
        return RowsWithWord(rows[in_name], in_folder, self.files)


def _cost(rows: Rows) -> int:
    return max(rows.nbytes, _SMALLEST_COST)


def _cost_of_match(match: WordMatch) -> int:
    return _cost(match.in_name)


class WordIndex:
    """The words of a library's names; rows are those of its table. Not thread-safe.

    Attributes:
        names: the names of the files.
        folders: the folders of the library.
    """

    def __init__(self) -> None:
        self.names = FileNames()
        self.folders = FolderIndex({}, ())
        self._segments: list[Packed] = []
        self._rows: LruCache[str, Rows] = LruCache(_CACHED_BYTES, _cost)
        self._matches: LruCache[str, WordMatch] = LruCache(_CACHED_BYTES, _cost_of_match)

    def __len__(self) -> int:
        return len(self.names)

    def update(self, table: PictureTable) -> None:
        """Read the current names of the table; only new names take time."""
        names = table.names
        if names is not self.names:
            is_longer = np.array_equal(self.names.text, names.text[: len(self.names.text)])
            first = len(self.names) if is_longer else 0
            self._segments = [*(self._segments if is_longer else []), *_segments(names, first)]
            if len(self._segments) > _MAX_SEGMENTS:
                self._segments = [np.sort(np.concatenate(self._segments))]
            self.names = names
            self._rows.clear()
            self._matches.clear()
        if self.folders is not table.folder_index:
            self.folders = table.folder_index
            self._matches.clear()

    def find_rows(self, word: str) -> Rows:
        """Return the rows whose file name has a word, ascending, without repeats."""
        return self._rows.get(word, lambda: self._search(word))

    def find_word(self, word: str, table: PictureTable) -> WordMatch:
        """Return the files of the table that have a word, its plural or its singular."""
        return self._matches.get(word, lambda: self._match(word, table))

    def _match(self, word: str, table: PictureTable) -> WordMatch:
        forms = word_forms(word)
        by_form = [rows for form in forms if len(rows := self.find_rows(form))]
        in_name = by_form[0] if len(by_form) == 1 else sorted_union(by_form)
        folder_ids = self.folders.find_with_words(forms)
        if not folder_ids:
            return WordMatch(in_name, None, len(in_name))
        in_folders = table.folder_mask(folder_ids)
        in_both = np.count_nonzero(in_folders[table.folders[in_name]])
        files = len(in_name) - int(in_both) + int(table.folder_sizes[in_folders].sum())
        return WordMatch(in_name, in_folders, files)

    def _search(self, word: str) -> Rows:
        low = np.uint64(_hash(word)) << _ROW_BITS
        by_segment = []
        for segment in self._segments:
            start, stop = np.searchsorted(segment, [low, low | _ROW_MASK])
            by_segment.append((segment[start:stop] & _ROW_MASK).astype(np.int64))
        return sorted_union(by_segment)


def _segments(names: FileNames, first: int) -> list[Packed]:
    parts = []
    for start in range(first, len(names), _BATCH):
        stop = min(start + _BATCH, len(names))
        text = names.text[names.starts[start] : names.starts[stop]]
        starts, hashes = _hashes(text)
        rows = np.searchsorted(names.starts, starts + names.starts[start], side="right") - 1
        parts.append((hashes << _ROW_BITS) | rows.astype(np.uint64))
    return [np.sort(np.concatenate(parts))] if parts else []


def _hashes(text: NDArray[np.uint8]) -> tuple[Rows, Packed]:
    """Return the start and the hash of each word in a text."""
    kinds = _KINDS[text]
    begins = kinds != _SEPARATOR
    begins[1:] &= kinds[1:] != kinds[:-1]
    starts = np.flatnonzero(begins)
    if not len(starts):
        return starts, np.empty(0, dtype=np.uint64)
    word = np.cumsum(begins) - 1
    offsets = np.arange(len(text)) - starts[word]
    counts = (kinds != _SEPARATOR) & (offsets < _MAX_BYTES)
    values = np.zeros(len(text), dtype=np.uint64)
    values[counts] = (text[counts].astype(np.uint64) + np.uint64(1)) * _FACTORS[offsets[counts]]
    return starts, np.add.reduceat(values, starts) >> np.uint64(32)


def _hash(word: str) -> int:
    return int(_hashes(np.frombuffer(word.encode(), dtype=np.uint8))[1][0])
