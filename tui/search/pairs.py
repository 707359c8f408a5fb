"""A raw file and the JPEG or HEIC that a camera wrote of the same shot: two files, one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tui.library.formats import RAW_SUFFIXES
from tui.library.index_search import LIMITS

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from numpy.typing import NDArray

    from tui.domain import Keys
    from tui.library.columns import Columns

SHOWN = {name: place for place, name in enumerate(("jpg", "jpeg", "jpe", "heic", "heif", "hif"))}
"""What is shown in place of a raw file; the earlier one where there are two."""

_NONE = np.empty((2, 0), dtype=np.int64)


def companions(folders: Sequence[Hashable], names: Sequence[str]) -> NDArray[np.int64]:
    """Find the picture that stands for each raw file.

    Two files are of one shot where they lie in the same folder and their names differ in the
    suffix alone; upper and lower case do not matter.

    Args:
        folders: each file's folder, in whatever form.
        names: each file's name.

    Returns:
        For a raw file the place of the JPEG or HEIC that stands for it, -1 for all others.
    """
    shots: dict[tuple[Hashable, str], list[int]] = {}
    others: list[tuple[int, str, str]] = []
    for place, name in enumerate(names):
        stem, dot, suffix = name.casefold().rpartition(".")
        if dot and suffix in RAW_SUFFIXES:
            shots.setdefault((folders[place], stem), []).append(place)
        elif dot and suffix in SHOWN:
            others.append((place, stem, suffix))
    found = np.full(len(names), -1, dtype=np.int64)
    if shots:
        for place, stem, _ in sorted(others, key=lambda other: -SHOWN[other[2]]):
            for raw in shots.get((folders[place], stem), ()):
                found[raw] = place
    return found


class Pairs:
    """The raw files of a library and what stands for each; not thread-safe but for ``prepare``.

    In a large library they are looked for when ``learn`` is called, which a worker does, and not
    again: files that came since are shown as two until then.

    Args:
        columns: has folders and names.
        size: how many files the library has.
    """

    def __init__(self, columns: Columns, size: Callable[[], int]) -> None:
        self._columns = columns
        self._size = size
        self._known: Keys | None = None

    def prepare(self) -> None:
        """Read what ``learn`` looks at, so that it is quick."""
        if RAW_SUFFIXES.intersection(self._columns.extensions.values):
            len(self._columns.names)

    def learn(self) -> None:
        """Look for the pairs, all there are now."""
        self._known = self._read()

    def _read(self) -> Keys:
        """Return two rows of file ids: raw files, ascending, and their pictures."""
        columns = self._columns
        suffixes = np.array([suffix in RAW_SUFFIXES for suffix in columns.extensions.values])
        raw = suffixes[columns.extensions.codes] if len(suffixes) else np.empty(0, dtype=np.bool_)
        if not raw.any():
            return _NONE
        shown = np.array([suffix in SHOWN for suffix in columns.extensions.values])
        beside = shown[columns.extensions.codes] & np.isin(columns.folders, columns.folders[raw])
        rows = np.flatnonzero(raw | beside)
        names = [columns.names[row] for row in rows.tolist()]
        found = companions(columns.folders[rows].tolist(), names)
        paired = found >= 0
        ids = columns.file_ids[rows]
        return np.stack([ids[paired], ids[found[paired]]])

    def refresh(self) -> None:
        """The library has changed."""
        if self._size() <= LIMITS.small:
            self._known = None

    def joined(self, file_ids: Keys, content_ids: Keys) -> tuple[Keys, Keys]:
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

    def without_raw(self, file_ids: Keys) -> Keys:
        """Return files in their order without the raw files whose picture is among them."""
        ascending = np.sort(file_ids) if len(self._of_library()[0]) else file_ids[:0]
        raw, _ = self._places(ascending)
        return file_ids[~np.isin(file_ids, ascending[raw])] if len(raw) else file_ids

    def has_raw(self, file_id: int) -> bool:
        """Whether a picture stands for a raw file too."""
        return bool((self._of_library()[1] == file_id).any())

    def _of_library(self) -> Keys:
        if self._known is None:
            if self._size() > LIMITS.small:
                return _NONE
            self._known = self._read()
        return self._known

    def _places(self, file_ids: Keys) -> tuple[Keys, Keys]:
        """Return where in ascending ids the raw files and their pictures are, where both are."""
        pairs = self._of_library()
        if not len(file_ids):
            return pairs[0][:0], pairs[1][:0]
        places = np.minimum(np.searchsorted(file_ids, pairs), len(file_ids) - 1)
        both = (file_ids[places] == pairs).all(axis=0)
        return places[0][both], places[1][both]
