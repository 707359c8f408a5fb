"""All file names in one block of memory, searched for substrings without a loop over files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from tui.core.name_folding import search_key, without_accents
from tui.search.matching.typos import tolerates_typo, typo_positions
from tui.search.matching.words import is_whole_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from tui.core.domain import Mask, Rows

    Positions = NDArray[np.int64]
    """Indices of bytes in the text of all names."""

_END = "\n"
_BLOCK = 16
_SAMPLE = 100_000
_MAX_COMPARED = 10_000
"""The most names that are compared with a whole name."""

_COPY_BELOW = 20
"""If fewer than one in this many names is searched, copying them first is faster."""

_KEY_BYTES = 8
_COMPARED_BYTES = _KEY_BYTES - 1
_COUNT_MASK = np.uint64(0xFF)
_KEY_MASKS = np.array([2**64 - 2 ** (64 - 8 * n) for n in range(_KEY_BYTES)], dtype=np.uint64)
"""By number of bytes, the mask that keeps that many leading bytes of a key."""


def _empty() -> NDArray[np.uint8]:
    return np.empty(0, dtype=np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class FileNames:
    """Names by row, as `search_key` writes them.

    Attributes:
        text: all names in UTF-8, each ended by a newline.
        starts: where each name begins, and the end of the last; int64, shape ``(n + 1,)``.
        blocks: the row that holds every 16th byte, which makes the row of a byte quick to find.
        frequencies: how often each of the 256 bytes occurs in a sample, to search rare bytes first.
    """

    text: NDArray[np.uint8] = field(default_factory=_empty)
    starts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, dtype=np.int64))
    blocks: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, dtype=np.int32))
    frequencies: NDArray[np.int64] = field(default_factory=lambda: np.zeros(256, dtype=np.int64))

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, row: int) -> str:
        start, end = self.starts[row], self.starts[row + 1] - 1
        return self.text[start:end].tobytes().decode()

    def append(self, folded: Iterable[Sequence[str | None]]) -> FileNames:
        """Return these names followed by new ones in the form of `fold_case`."""
        more = [np.frombuffer(_join(names), dtype=np.uint8) for names in folded if names]
        return _from_text(np.concatenate([self.text, *more]))

    def take(self, rows: Rows) -> FileNames:
        """Return the names of some rows, in the order of ``rows``."""
        lengths = self.starts[rows + 1] - self.starts[rows]
        shifts = self.starts[rows] - np.cumsum(lengths) + lengths
        return _from_text(self.text[np.arange(lengths.sum()) + np.repeat(shifts, lengths)])

    def alphabetical_rows(self) -> Rows:
        """Return all rows in the order of their names; equal names keep their order.

        Seven bytes are compared at a time, and after the first time only names that are still
        equal. NumPy does this without holding the interpreter's lock.
        """
        text = np.concatenate([self.text, np.zeros(_KEY_BYTES, dtype=np.uint8)])
        rows = positions = np.arange(len(self))
        rows, groups, offset = rows.copy(), np.zeros_like(rows), 0
        while len(positions):
            keys = self._keys(text, rows[positions], offset)
            order = np.lexsort((keys, groups))
            rows[positions], keys = rows[positions][order], keys[order]
            begins = np.ones(len(keys), dtype=np.bool_)
            begins[1:] = (groups[1:] != groups[:-1]) | (keys[1:] != keys[:-1])
            sizes = np.diff(np.append(np.flatnonzero(begins), len(keys)))
            is_tied = np.repeat(sizes > 1, sizes) & ((keys & _COUNT_MASK) == _COMPARED_BYTES)
            groups = np.repeat(positions[begins], sizes)[is_tied]
            positions, offset = positions[is_tied], offset + _COMPARED_BYTES
        return rows

    def with_whole_name(self, text: str, rows: Rows) -> Rows:
        """Return the rows, of those given, whose name is a text, with or without its suffix.

        If there are many rows, only the first are compared.
        """
        rows = rows[:_MAX_COMPARED]
        part = np.frombuffer(search_key(text).encode(), dtype=np.uint8)
        starts = self.starts[rows]
        fits = self.starts[rows + 1] - starts > len(part)
        rows, starts = rows[fits], starts[fits]
        ends = self.text[starts + len(part)]
        fits = (ends == ord(_END)) | (ends == ord("."))
        rows, starts = rows[fits], starts[fits]
        for index, byte in enumerate(part.tolist()):
            fits = self.text[starts + index] == byte
            rows, starts = rows[fits], starts[fits]
        whole = part.tobytes().decode()
        names = (self[row] for row in rows.tolist())  # a longer suffix may follow the dot
        fits = np.fromiter((is_whole_name(whole, name) for name in names), np.bool_, len(rows))
        return rows[fits]

    def filter_rows(self, parts: Iterable[str], mask: Mask) -> Mask:
        """Return which of the rows in a mask have a name that contains every part, in any order.

        A part that no name of the library contains may have one typo (`tui.search.matching.typos`).

        Args:
            parts: substrings; case and accents do not matter.
            mask: shape ``(n,)``, like the result.
        """
        for part in sorted(filter(None, map(search_key, parts)), key=len, reverse=True):
            rows = np.flatnonzero(mask)
            if not len(rows):
                break
            if len(rows) < len(self) // _COPY_BELOW:
                passing = np.zeros_like(mask)
                passing[rows[self.take(rows).contains(part)]] = True
            else:
                passing = mask & self.contains(part)
            if not passing.any() and tolerates_typo(part) and not self.contains(part).any():
                passing = mask & self.contains_with_typo(part)
            mask = passing
        return mask

    def contains(self, part: str) -> Mask:
        """Return a mask of the names that contain a substring, shape ``(n,)``."""
        return self._mask_at(self.find_bytes(search_key(part).encode()))

    def contains_with_typo(self, part: str) -> Mask:
        """Return a mask of the names that contain a word with one typo, shape ``(n,)``."""
        return self._mask_at(typo_positions(self.text, part, self.find_bytes))

    def find_bytes(self, part: bytes) -> Positions:
        """Return where in ``text`` some bytes begin, in no order.

        The rarest four (or two, or one) of them are compared as one number at each alignment, which
        NumPy does at the speed of memory. The other bytes are compared only at the matches.
        """
        if not part or ord(_END) in part or len(part) > len(self.text):
            return np.empty(0, dtype=np.int64)
        width = 4 if len(part) >= 4 else 2 if len(part) >= 2 else 1
        shift = self._rarest_offset(part, width)
        key = np.frombuffer(part, dtype=f"<u{width}", count=1, offset=shift)[0]
        by_alignment = []
        for offset in range(width):
            count = (len(self.text) - offset) // width
            numbers = self.text[offset : offset + count * width].view(f"<u{width}")
            by_alignment.append(np.flatnonzero(numbers == key) * width + (offset - shift))
        positions = np.concatenate(by_alignment)
        positions = positions[(positions >= 0) & (positions <= len(self.text) - len(part))]
        for index in range(len(part)):
            if not shift <= index < shift + width:
                positions = positions[self.text[positions + index] == part[index]]
        return positions

    def _keys(self, text: NDArray[np.uint8], rows: Rows, offset: int) -> NDArray[np.uint64]:
        """Return numbers that compare like seven bytes of each name.

        Bytes beyond the end of a name are 0. The lowest byte of a number is how many of the seven
        the name has, so that a name precedes any longer name that begins with it.

        Args:
            text: all names, with some bytes after them.
            rows: the names; each has at least ``offset`` bytes.
            offset: of the first of the seven bytes in each name.
        """
        words = np.ndarray((len(text) - _KEY_BYTES + 1,), ">u8", text, strides=(1,))
        begins = self.starts[rows] + offset
        counts = np.minimum(self.starts[rows + 1] - 1 - begins, _COMPARED_BYTES)
        keys = words[begins].astype(np.uint64)
        keys &= _KEY_MASKS[counts]
        keys |= counts.astype(np.uint64)
        return keys

    def _mask_at(self, positions: Positions) -> Mask:
        """Return a mask of the rows that contain any of the positions."""
        rows = self.blocks[positions // _BLOCK].astype(np.int64)
        while np.any(behind := self.starts[rows + 1] <= positions):
            rows += behind
        mask = np.zeros(len(self), dtype=np.bool_)
        mask[rows] = True
        return mask

    def _rarest_offset(self, part: bytes, width: int) -> int:
        """Return where the rarest ``width`` bytes of a substring begin."""
        counts = self.frequencies[np.frombuffer(part, dtype=np.uint8)]
        logs = np.log(counts + 1.0)
        return int(np.argmin(np.convolve(logs, np.ones(width), "valid")))


def _join(names: Sequence[str | None]) -> bytes:
    texts = [name or "" for name in names]
    joined = without_accents(_END.join(texts))
    if joined.count(_END) != len(names) - 1:  # a name may contain a newline
        joined = _END.join(without_accents(text).replace(_END, " ") for text in texts)
    return f"{joined}{_END}".encode()


def _from_text(text: NDArray[np.uint8]) -> FileNames:
    ends = np.flatnonzero(text == ord(_END)) + 1
    starts = np.concatenate([[0], ends])
    blocks = np.searchsorted(ends, np.arange(0, len(text), _BLOCK), side="right")
    frequencies = np.bincount(text[:: len(text) // _SAMPLE + 1], minlength=256)
    return FileNames(text, starts, blocks.astype(np.int32), frequencies)
