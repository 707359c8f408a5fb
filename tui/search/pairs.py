"""A raw file and the JPEG or HEIC that a camera wrote of the same shot: two files, one picture.

A raw file and a JPEG or HEIC are of one shot where all of this is so:

* They are in the same folder, and their names differ in the suffix alone; case and accents do not
  matter. Of a Pixel's names (``PXL_20230517_101530123.RAW-02.ORIGINAL.dng``) only the part before
  the first dot counts.
* What both say of the shot agrees: the date taken within `SECONDS`, and the camera.
* Where they share neither a date nor a camera, they look alike: the ratios of their sides differ
  by at most `RATIO`, and the cosine of their vectors is at least `COSINE`. Without vectors they
  are two pictures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tui.domain import PictureInfo
from tui.library.column_rows import NO_DATE
from tui.library.formats import RAW_SUFFIXES
from tui.library.index_search import LIMITS
from tui.library.paths import bare
from tui.search.found import unit

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from numpy.typing import NDArray

    from tui.domain import Keys, Vectors
    from tui.library.columns import Columns
    from tui.search.found import Take

SHOWN = {name: place for place, name in enumerate(("jpg", "jpeg", "jpe", "heic", "heif", "hif"))}
"""What is shown in place of a raw file; the earlier one where there are two."""

SECONDS = 2
"""Cameras write whole seconds, and may write the two files one after the other."""

RATIO = 0.05
"""A JPEG lacks some rows and columns of the sensor."""

COSINE = 0.95

_PIXEL = "pxl_"


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """What some files say of themselves, one value a file.

    Attributes:
        taken: the date taken in nanoseconds, ``NO_DATE`` where there is none; int64.
        cameras: a number for each name of a camera, -1 where there is none; int64.
        ratios: width by height, 0 where the size is not known; float64.
    """

    taken: Keys
    cameras: Keys
    ratios: NDArray[np.float64]

    def at(self, places: Keys) -> Facts:
        """Return those of some files."""
        return Facts(self.taken[places], self.cameras[places], self.ratios[places])


def camera_numbers(names: Sequence[str | None]) -> Keys:
    """Number the names of cameras as `Facts` wants them; case does not matter."""
    numbers: dict[str, int] = {}
    found = [numbers.setdefault(bare(name), len(numbers)) if name else -1 for name in names]
    return np.array(found, dtype=np.int64)


def facts_of(infos: Sequence[PictureInfo | None]) -> Facts:
    """Return the facts of pictures; None is one that could not be read."""
    known = [PictureInfo(0, 0, "") if info is None else info for info in infos]
    taken = [NO_DATE if info.taken_ns is None else info.taken_ns for info in known]
    return Facts(
        np.array(taken, dtype=np.int64),
        camera_numbers([info.camera for info in known]),
        ratios(*np.array([(info.width, info.height) for info in known], np.int64).reshape(-1, 2).T),
    )


def ratios(
    widths: NDArray[np.int32] | Keys, heights: NDArray[np.int32] | Keys
) -> NDArray[np.float64]:
    """Return width by height, 0 where one of them is not known."""
    known = (widths > 0) & (heights > 0)
    return np.where(known, widths, 0) / np.where(known, heights, 1)


def candidates(folders: Sequence[Hashable], names: Sequence[str]) -> tuple[Keys, Keys]:
    """Find the raw files and pictures that may be of one shot, by their folders and names.

    Args:
        folders: each file's folder, in whatever form.
        names: each file's name, as `tui.library.paths.bare` writes it.

    Returns:
        Places of raw files and of their pictures, best picture first, two arrays of shape ``(m,)``.
    """
    raw: dict[tuple[Hashable, str], list[int]] = {}
    pictures: list[tuple[int, str, int, str]] = []
    for place, name in enumerate(names):
        stem, dot, suffix = name.rpartition(".")
        if stem.startswith(_PIXEL):
            stem = stem.partition(".")[0]
        if dot and suffix in RAW_SUFFIXES:
            raw.setdefault((folders[place], stem), []).append(place)
        elif dot and suffix in SHOWN:
            pictures.append((SHOWN[suffix], name, place, stem))
    found = [
        (one, place)
        for _, _, place, stem in (sorted(pictures) if raw else ())
        for one in raw.get((folders[place], stem), ())
    ]
    pairs = np.array(found, dtype=np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def companions(
    folders: Sequence[Hashable],
    names: Sequence[str],
    facts: Callable[[Keys], Facts],
    vectors: Callable[[Keys], Vectors],
) -> Keys:
    """Find the picture that stands for each raw file, by the rule of this module.

    Args:
        folders: each file's folder, in whatever form.
        names: each file's name, as `tui.library.paths.bare` writes it.
        facts: tells what the files at some places say of themselves.
        vectors: gives the unit vectors of the files at some places, shape ``(m, dim)``; NaN where
            a file has none.

    Returns:
        For a raw file the place of the JPEG or HEIC that stands for it, -1 for all others.
    """
    found = np.full(len(names), -1, dtype=np.int64)
    raw, pictures = candidates(folders, names)
    if not len(raw):
        return found
    told = facts(np.concatenate([raw, pictures]))
    ones, others = told.at(np.arange(len(raw))), told.at(np.arange(len(raw), 2 * len(raw)))
    dated = (ones.taken != NO_DATE) & (others.taken != NO_DATE)
    named = (ones.cameras >= 0) & (others.cameras >= 0)
    one_shot = ~dated | (np.abs(ones.taken - others.taken) <= SECONDS * 10**9)
    one_shot &= ~named | (ones.cameras == others.cameras)
    untold = np.flatnonzero(~dated & ~named)
    if len(untold):
        one_shot[untold] = (
            np.abs(ones.ratios - others.ratios)[untold] <= RATIO * ones.ratios[untold]
        )
        untold = untold[one_shot[untold]]
        cosines = np.einsum("ij,ij->i", vectors(raw[untold]), vectors(pictures[untold]))
        one_shot[untold] = cosines >= COSINE
    # Of the pictures of a raw file the first is the best, and the last that is written stays.
    found[raw[one_shot][::-1]] = pictures[one_shot][::-1]
    return found


def vectors_of(keys: Keys, take: Take) -> Vectors:
    """Return the unit vectors of some contents, float32, shape ``(m, dim)``; NaN for none."""
    have, rows = take(np.unique(keys))
    if not len(have):
        return np.full((len(keys), 1), np.nan, dtype=np.float32)
    order = np.argsort(have)
    places = order[np.minimum(np.searchsorted(have, keys, sorter=order), len(have) - 1)]
    found = unit(rows)[places]
    found[have[places] != keys] = np.nan
    return found


class Known:
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
_NONE = Known(_NO_IDS, _NO_IDS)


class Pairs:
    """The raw files of a library and what stands for each.

    Not thread-safe but for ``prepare``: the columns must not be refreshed meanwhile. In a large
    library the pairs are looked for when ``learn`` is called, which a worker does, and not again:
    files that came since are shown as two until then.

    Args:
        columns: has folders, names and what pictures say of themselves.
        size: how many files the library has.
        take: gives the vectors of contents.
    """

    def __init__(self, columns: Columns, size: Callable[[], int], take: Take) -> None:
        self._columns = columns
        self._size = size
        self._take = take
        self._known: Known | None = None

    def prepare(self) -> None:
        """Read what ``learn`` looks at, so that it is quick."""
        columns = self._columns
        if RAW_SUFFIXES.intersection(columns.extensions.values):
            for column in (columns.names, columns.taken, columns.cameras.codes, columns.widths):
                len(column)

    def learn(self) -> None:
        """Look for the pairs, all there are now."""
        self._known = self._read()

    def _read(self) -> Known:
        columns = self._columns
        suffixes = np.array([suffix in RAW_SUFFIXES for suffix in columns.extensions.values])
        raw = suffixes[columns.extensions.codes] if len(suffixes) else np.empty(0, dtype=np.bool_)
        if not raw.any():
            return _NONE
        shown = np.array([suffix in SHOWN for suffix in columns.extensions.values])
        beside = shown[columns.extensions.codes] & np.isin(columns.folders, columns.folders[raw])
        rows = np.flatnonzero(raw | beside)
        names = [columns.names[row] for row in rows.tolist()]
        found = companions(
            columns.folders[rows].tolist(),
            names,
            lambda places: self._facts(rows[places]),
            lambda places: vectors_of(columns.content_ids[rows[places]], self._take),
        )
        paired = found >= 0
        ids = columns.file_ids[rows]
        return Known(ids[paired], ids[found[paired]])

    def _facts(self, rows: Keys) -> Facts:
        columns = self._columns
        cameras = camera_numbers(columns.cameras.values)[columns.cameras.codes[rows]]
        sides = ratios(columns.widths[rows], columns.heights[rows])
        return Facts(columns.taken[rows], cameras, sides)

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
        ascending = np.sort(file_ids) if len(self.of_library()) else file_ids[:0]
        raw, _ = self._places(ascending)
        return file_ids[~np.isin(file_ids, ascending[raw])] if len(raw) else file_ids

    @property
    def known(self) -> Known | None:
        """The pairs, where they were looked for since the last change; from any thread."""
        return self._known

    def of_library(self) -> Known:
        """Return the pairs; looks for them in a small library that has changed."""
        if self._known is None:
            if self._size() > LIMITS.small:
                return _NONE
            self._known = self._read()
        return self._known

    def _places(self, file_ids: Keys) -> tuple[Keys, Keys]:
        """Return where in ascending ids the raw files and their pictures are, where both are."""
        pairs = self.of_library().both
        if not len(file_ids):
            return pairs[0][:0], pairs[1][:0]
        places = np.minimum(np.searchsorted(file_ids, pairs), len(file_ids) - 1)
        both = (file_ids[places] == pairs).all(axis=0)
        return places[0][both], places[1][both]
