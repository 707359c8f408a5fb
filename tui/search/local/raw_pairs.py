"""Finds the raw files of a library and their pictures, and caches the pairs until a change.

`tui.search.matching.raw_companions` defines when a raw file and a picture are a pair.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tui.library.base.unit_vectors import fetch_unit_vectors
from tui.library.local.vectors.searching import LIMITS
from tui.search.local.sorted_ids import locate
from tui.search.matching.raw_companions import (
    DISPLAYED_SUFFIXES,
    ShotFacts,
    aspect_ratios,
    camera_numbers,
    find_raw_companions,
)
from tui.storage.formats import RAW_SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.core.domain import Keys
    from tui.library.base.unit_vectors import FetchVectors
    from tui.search.local.picture_table import PictureTable


class PairedFiles:
    """The pairs of a library at one moment; immutable.

    Args:
        raw: ids of raw files, ascending.
        pictures: the ids of their pictures, of the same shape.
    """

    def __init__(self, raw: Keys, pictures: Keys) -> None:
        self.both = np.stack([raw, pictures])
        self._with_raw = frozenset(pictures.tolist())

    def __len__(self) -> int:
        return len(self.both[0])

    def has_raw(self, file_id: int) -> bool:
        """Whether a picture also represents a raw file."""
        return file_id in self._with_raw


_NO_IDS = np.empty(0, dtype=np.int64)
NO_PAIRS = PairedFiles(_NO_IDS, _NO_IDS)


class RawPairs:
    """The raw files of a library and their pictures.

    Not thread-safe except for ``preload``: the table must not be refreshed meanwhile. In a large
    library the pairs are found only by ``reload``, which a worker calls. Until the next reload a
    newer raw file and its picture are two hits.

    Args:
        table: provides folders, names and metadata.
        size: returns the number of files in the library.
        fetch: returns the vectors of contents.
    """

    def __init__(self, table: PictureTable, size: Callable[[], int], fetch: FetchVectors) -> None:
        self._table = table
        self._size = size
        self._fetch = fetch
        self._current: PairedFiles | None = None

    @property
    def current(self) -> PairedFiles | None:
        """The pairs, if they were found since the last change; thread-safe."""
        return self._current

    def preload(self) -> None:
        """Read the columns that ``reload`` compares, to make it quick."""
        table = self._table
        if RAW_SUFFIXES.intersection(table.extensions.values):
            for column in (table.names, table.taken, table.cameras.codes, table.widths):
                len(column)

    def reload(self) -> None:
        """Find all pairs."""
        self._current = self._find()

    def load(self) -> PairedFiles:
        """Return the pairs; in a small library, find them again after a change."""
        if self._current is None:
            if self._size() > LIMITS.small:
                return NO_PAIRS
            self.reload()
        assert self._current is not None
        return self._current

    def refresh(self) -> None:
        """Discard the pairs of a small library after a change."""
        if self._size() <= LIMITS.small:
            self._current = None

    def merge_contents(self, file_ids: Keys, content_ids: Keys) -> tuple[Keys, Keys]:
        """Give raw files the content of their picture if both are listed, and move them to the end.

        Args:
            file_ids: ascending, shape ``(n,)``.
            content_ids: of the same shape.
        """
        raw, pictures = self._positions(file_ids)
        if not len(raw):
            return file_ids, content_ids
        content_ids = content_ids.copy()
        content_ids[raw] = content_ids[pictures]
        unpaired = np.ones(len(file_ids), dtype=np.bool_)
        unpaired[raw] = False
        order = np.concatenate([np.flatnonzero(unpaired), raw])
        return file_ids[order], content_ids[order]

    def drop_raw(self, file_ids: Keys) -> Keys:
        """Return files in their order, without raw files whose picture is also listed."""
        ascending = np.sort(file_ids) if len(self.load()) else file_ids[:0]
        raw, _ = self._positions(ascending)
        return file_ids[~np.isin(file_ids, ascending[raw])] if len(raw) else file_ids

    def _positions(self, file_ids: Keys) -> tuple[Keys, Keys]:
        """Return the positions of raw files and their pictures in ascending ids with both."""
        positions, is_listed = locate(self.load().both, file_ids)
        raw, pictures = positions[:, is_listed.all(axis=0)]
        return raw, pictures

    def _find(self) -> PairedFiles:
        table = self._table
        codes = table.extensions.codes
        is_raw = np.array([suffix in RAW_SUFFIXES for suffix in table.extensions.values], np.bool_)
        if not is_raw.any() or not (raw := is_raw[codes]).any():
            return NO_PAIRS
        displayed = np.array([suffix in DISPLAYED_SUFFIXES for suffix in table.extensions.values])
        beside = displayed[codes] & np.isin(table.folders, table.folders[raw])
        rows = np.flatnonzero(raw | beside)
        companions = find_raw_companions(
            table.folders[rows].tolist(),
            [table.names[row] for row in rows.tolist()],
            lambda positions: self._facts_of(rows[positions]),
            lambda positions: fetch_unit_vectors(table.content_ids[rows[positions]], self._fetch),
        )
        has_companion = companions >= 0
        ids = table.file_ids[rows]
        return PairedFiles(ids[has_companion], ids[companions[has_companion]])

    def _facts_of(self, rows: Keys) -> ShotFacts:
        table = self._table
        cameras = camera_numbers(table.cameras.values)[table.cameras.codes[rows]]
        ratios = aspect_ratios(table.widths[rows], table.heights[rows])
        return ShotFacts(table.taken[rows], cameras, ratios)
