"""Which files of a library are a raw file and its picture, kept while the library stays the same.

`tui.search.matching.raw_companions` has the rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tui.library.local.vectors.searching import LIMITS
from tui.search.matching.raw_companions import (
    DISPLAYED_SUFFIXES,
    ShotFacts,
    aspect_ratios,
    camera_numbers,
    find_raw_companions,
    unit_vectors_of,
)
from tui.storage.formats import RAW_SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.core.domain import Keys
    from tui.search.local.picture_table import PictureTable
    from tui.search.ranking.candidates import Take


class PairedFiles:
    """Pairs of a library at one moment; never changes.

    Args:
        raw: ids of raw files, ascending.
        shown: the ids of their pictures, of the same shape.
    """

    def __init__(self, raw: Keys, shown: Keys) -> None:
        self.both = np.stack([raw, shown])
        self._with_raw = frozenset(shown.tolist())

    def __len__(self) -> int:
        return len(self.both[0])

    def has_raw(self, file_id: int) -> bool:
        """Whether a picture stands for a raw file too."""
        return file_id in self._with_raw


_NO_IDS = np.empty(0, dtype=np.int64)
_NONE = PairedFiles(_NO_IDS, _NO_IDS)


class RawPairs:
    """The raw files of a library and what stands for each.

    Not thread-safe but for ``preload``: the columns must not be refreshed meanwhile. In a large
    library the pairs are looked for when ``reload`` is called, which a worker does, and not again:
    files that came since are shown as two until then.

    Args:
        columns: has folders, names and what pictures say of themselves.
        size: how many files the library has.
        take: gives the vectors of contents.
    """

    def __init__(self, columns: PictureTable, size: Callable[[], int], take: Take) -> None:
        self._columns = columns
        self._size = size
        self._take = take
        self._known: PairedFiles | None = None

    def preload(self) -> None:
        """Read what ``reload`` looks at, so that it is quick."""
        columns = self._columns
        if RAW_SUFFIXES.intersection(columns.extensions.values):
            for column in (columns.names, columns.taken, columns.cameras.codes, columns.widths):
                len(column)

    def reload(self) -> None:
        """Look for the pairs, all there are now."""
        self._known = self._read()

    def _read(self) -> PairedFiles:
        columns = self._columns
        suffixes = np.array([suffix in RAW_SUFFIXES for suffix in columns.extensions.values])
        raw = suffixes[columns.extensions.codes] if len(suffixes) else np.empty(0, dtype=np.bool_)
        if not raw.any():
            return _NONE
        shown = np.array([suffix in DISPLAYED_SUFFIXES for suffix in columns.extensions.values])
        beside = shown[columns.extensions.codes] & np.isin(columns.folders, columns.folders[raw])
        rows = np.flatnonzero(raw | beside)
        names = [columns.names[row] for row in rows.tolist()]
        found = find_raw_companions(
            columns.folders[rows].tolist(),
            names,
            lambda places: self._facts(rows[places]),
            lambda places: unit_vectors_of(columns.content_ids[rows[places]], self._take),
        )
        paired = found >= 0
        ids = columns.file_ids[rows]
        return PairedFiles(ids[paired], ids[found[paired]])

    def _facts(self, rows: Keys) -> ShotFacts:
        columns = self._columns
        cameras = camera_numbers(columns.cameras.values)[columns.cameras.codes[rows]]
        sides = aspect_ratios(columns.widths[rows], columns.heights[rows])
        return ShotFacts(columns.taken[rows], cameras, sides)

    def refresh(self) -> None:
        """The library has changed."""
        if self._size() <= LIMITS.small:
            self._known = None

    def merge_contents(self, file_ids: Keys, content_ids: Keys) -> tuple[Keys, Keys]:
        """Give raw files the content of their picture where both are here, and the last places.

        Args:
            file_ids: ascending, shape ``(n,)``.
            content_ids: of the same shape.
        """
        raw, shown = self._places(file_ids)
        if not len(raw):
            return file_ids, content_ids
        content_ids = content_ids.copy()
        content_ids[raw] = content_ids[shown]
        others = np.ones(len(file_ids), dtype=np.bool_)
        others[raw] = False
        order = np.concatenate([np.flatnonzero(others), raw])
        return file_ids[order], content_ids[order]

    def drop_raw(self, file_ids: Keys) -> Keys:
        """Return files in their order without the raw files whose picture is among them."""
        ascending = np.sort(file_ids) if len(self.load()) else file_ids[:0]
        raw, _ = self._places(ascending)
        return file_ids[~np.isin(file_ids, ascending[raw])] if len(raw) else file_ids

    @property
    def current(self) -> PairedFiles | None:
        """The pairs, where they were looked for since the last change; from any thread."""
        return self._known

    def load(self) -> PairedFiles:
        """Return the pairs; looks for them in a small library that has changed."""
        if self._known is None:
            if self._size() > LIMITS.small:
                return _NONE
            self._known = self._read()
        return self._known

    def _places(self, file_ids: Keys) -> tuple[Keys, Keys]:
        """Return where in ascending ids the raw files and their pictures are, where both are."""
        pairs = self.load().both
        if not len(file_ids):
            return pairs[0][:0], pairs[1][:0]
        places = np.minimum(np.searchsorted(file_ids, pairs), len(file_ids) - 1)
        both = (file_ids[places] == pairs).all(axis=0)
        return places[0][both], places[1][both]
