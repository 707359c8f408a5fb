"""All file names in one piece of memory, searched for parts of them without a loop over files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from tui.search.matching.typos import nearly_with, tolerates_typo
from tui.storage.path_encoding import bare, without_accents

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    Rows = NDArray[np.int64]
    """Places among the names, counted from 0."""

_END = "\n"
_BLOCK = 16
_SAMPLE = 100_000
_FEW = 20
"""Below this part of all names it is faster to copy those that are looked at."""


def _empty() -> NDArray[np.uint8]:
    return np.empty(0, dtype=np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class FileNames:
    """Names by row, as `bare` makes them.

    Attributes:
        text: all names in UTF-8, each ended by a newline.
        starts: where each begins, and the end of the last; int64, shape ``(n + 1,)``.
        blocks: the row that holds every 16th byte, so that a byte's row is found at once.
        frequencies: how often each of the 256 bytes is in a sample, to look for rare parts first.
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
        """Return these names and more; the new ones folded (`tui.storage.path_encoding.fold`)."""
        more = [np.frombuffer(_joined(names), dtype=np.uint8) for names in folded if names]
        return _of_text(np.concatenate([self.text, *more]))

    def take(self, rows: Rows) -> FileNames:
        """Return the names of some rows, in that order."""
        lengths = self.starts[rows + 1] - self.starts[rows]
        shifts = self.starts[rows] - np.cumsum(lengths) + lengths
        return _of_text(self.text[np.arange(lengths.sum()) + np.repeat(shifts, lengths)])

    def alphabetical_ranks(self) -> NDArray[np.int64]:
        """Return each name's place in the alphabet; equal names have the same."""
        names = self.text.tobytes().split(_END.encode())[:-1]
        rows = np.array(sorted(range(len(names)), key=names.__getitem__), dtype=np.int64)
        ordered = [names[row] for row in rows.tolist()]
        differs = np.fromiter(map(bytes.__ne__, ordered[1:], ordered), np.int64, len(ordered[1:]))
        places = np.empty(len(names), dtype=np.int64)
        places[rows] = np.concatenate([[0], np.cumsum(differs)])[: len(names)]
        return places

    def filter_rows(self, parts: Iterable[str], among: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return those of some rows whose name holds every part, in any order.

        A part that no name at all holds may have one slip (`tui.search.matching.typos`).

        Args:
            parts: case and accents do not matter.
            among: one truth a row, shape ``(n,)``; so is the answer.
        """
        for part in sorted(filter(None, map(bare, parts)), key=len, reverse=True):
            rows = np.flatnonzero(among)
            if not len(rows):
                break
            if len(rows) < len(self) // _FEW:
                held = np.zeros_like(among)
                held[rows[self.take(rows).find_rows(part)]] = True
            else:
                held = among & self._with(part)
            if not held.any() and tolerates_typo(part) and not self._with(part).any():
                held = among & nearly_with(self, part)
            among = held
        return among

    def find_rows(self, part: str) -> Rows:
        """Return the rows whose name holds a part, ascending."""
        return np.flatnonzero(self._with(part))

    def _with(self, part: str) -> NDArray[np.bool_]:
        holding = np.zeros(len(self), dtype=np.bool_)
        holding[self.rows_of_bytes(self.find_bytes(bare(part).encode()))] = True
        return holding

    def find_bytes(self, part: bytes) -> Rows:
        """Return where in ``text`` a part begins, in no order.

        Its rarest four (or two, or one) bytes are compared as one number at each alignment, which
        NumPy does at the speed of memory; the rest is compared where these are.
        """
        if not part or ord(_END) in part or len(part) > len(self.text):
            return np.empty(0, dtype=np.int64)
        width = 4 if len(part) >= 4 else 2 if len(part) >= 2 else 1
        shift = self._rarest(part, width)
        key = np.frombuffer(part, dtype=f"<u{width}", count=1, offset=shift)[0]
        found = []
        for offset in range(width):
            count = (len(self.text) - offset) // width
            numbers = self.text[offset : offset + count * width].view(f"<u{width}")
            found.append(np.flatnonzero(numbers == key) * width + (offset - shift))
        places = np.concatenate(found)
        places = places[(places >= 0) & (places <= len(self.text) - len(part))]
        for index in range(len(part)):
            if not shift <= index < shift + width:
                places = places[self.text[places + index] == part[index]]
        return places

    def rows_of_bytes(self, places: Rows) -> Rows:
        """Return the row that holds each byte."""
        rows = self.blocks[places // _BLOCK].astype(np.int64)
        while np.any(behind := self.starts[rows + 1] <= places):
            rows += behind
        return rows

    def _rarest(self, part: bytes, width: int) -> int:
        counts = self.frequencies[np.frombuffer(part, dtype=np.uint8)]
        logs = np.log(counts + 1.0)
        return int(np.argmin(np.convolve(logs, np.ones(width), "valid")))


def _joined(names: Sequence[str | None]) -> bytes:
    known = [name or "" for name in names]
    text = without_accents(_END.join(known))
    if text.count(_END) != len(names) - 1:  # a name may hold a newline
        text = _END.join(without_accents(name).replace(_END, " ") for name in known)
    return f"{text}{_END}".encode()


def _of_text(text: NDArray[np.uint8]) -> FileNames:
    ends = np.flatnonzero(text == ord(_END)) + 1
    starts = np.concatenate([[0], ends])
    blocks = np.searchsorted(ends, np.arange(0, len(text), _BLOCK), side="right")
    frequencies = np.bincount(text[:: len(text) // _SAMPLE + 1], minlength=256)
    return FileNames(text, starts, blocks.astype(np.int32), frequencies)
