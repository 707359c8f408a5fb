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

from tui.core.domain import PictureInfo
from tui.search.local.table_queries import NO_DATE
from tui.search.ranking.candidates import unit
from tui.storage.formats import RAW_SUFFIXES
from tui.storage.path_encoding import bare

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from numpy.typing import NDArray

    from tui.core.domain import Keys, Vectors
    from tui.search.ranking.candidates import Take

DISPLAYED_SUFFIXES = {
    name: place for place, name in enumerate(("jpg", "jpeg", "jpe", "heic", "heif", "hif"))
}
"""What is shown in place of a raw file; the earlier one where there are two."""

SECONDS = 2
"""Cameras write whole seconds, and may write the two files one after the other."""

RATIO = 0.05
"""A JPEG lacks some rows and columns of the sensor."""

COSINE = 0.95

_PIXEL = "pxl_"


@dataclass(frozen=True, slots=True, eq=False)
class ShotFacts:
    """What some files say of themselves, one value a file.

    Attributes:
        taken: the date taken in nanoseconds, ``NO_DATE`` where there is none; int64.
        cameras: a number for each name of a camera, -1 where there is none; int64.
        ratios: width by height, 0 where the size is not known; float64.
    """

    taken: Keys
    cameras: Keys
    ratios: NDArray[np.float64]

    def at(self, places: Keys) -> ShotFacts:
        """Return those of some files."""
        return ShotFacts(self.taken[places], self.cameras[places], self.ratios[places])


def camera_numbers(names: Sequence[str | None]) -> Keys:
    """Number the names of cameras as `ShotFacts` wants them; case does not matter."""
    numbers: dict[str, int] = {}
    found = [numbers.setdefault(bare(name), len(numbers)) if name else -1 for name in names]
    return np.array(found, dtype=np.int64)


def shot_facts(infos: Sequence[PictureInfo | None]) -> ShotFacts:
    """Return the facts of pictures; None is one that could not be read."""
    known = [PictureInfo(0, 0, "") if info is None else info for info in infos]
    taken = [NO_DATE if info.taken_ns is None else info.taken_ns for info in known]
    return ShotFacts(
        np.array(taken, dtype=np.int64),
        camera_numbers([info.camera for info in known]),
        aspect_ratios(
            *np.array([(info.width, info.height) for info in known], np.int64).reshape(-1, 2).T
        ),
    )


def aspect_ratios(
    widths: NDArray[np.int32] | Keys, heights: NDArray[np.int32] | Keys
) -> NDArray[np.float64]:
    """Return width by height, 0 where one of them is not known."""
    known = (widths > 0) & (heights > 0)
    return np.where(known, widths, 0) / np.where(known, heights, 1)


def pair_by_name(folders: Sequence[Hashable], names: Sequence[str]) -> tuple[Keys, Keys]:
    """Find the raw files and pictures that may be of one shot, by their folders and names.

    Args:
        folders: each file's folder, in whatever form.
        names: each file's name, as `tui.storage.path_encoding.bare` writes it.

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
        elif dot and suffix in DISPLAYED_SUFFIXES:
            pictures.append((DISPLAYED_SUFFIXES[suffix], name, place, stem))
    found = [
        (one, place)
        for _, _, place, stem in (sorted(pictures) if raw else ())
        for one in raw.get((folders[place], stem), ())
    ]
    pairs = np.array(found, dtype=np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def find_raw_companions(
    folders: Sequence[Hashable],
    names: Sequence[str],
    facts: Callable[[Keys], ShotFacts],
    vectors: Callable[[Keys], Vectors],
) -> Keys:
    """Find the picture that stands for each raw file, by the rule of this module.

    Args:
        folders: each file's folder, in whatever form.
        names: each file's name, as `tui.storage.path_encoding.bare` writes it.
        facts: tells what the files at some places say of themselves.
        vectors: gives the unit vectors of the files at some places, shape ``(m, dim)``; NaN where
            a file has none.

    Returns:
        For a raw file the place of the JPEG or HEIC that stands for it, -1 for all others.
    """
    found = np.full(len(names), -1, dtype=np.int64)
    raw, pictures = pair_by_name(folders, names)
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


def find_lookalikes(
    folders: Sequence[Hashable], names: Sequence[str], vectors: Callable[[Keys], Vectors]
) -> NDArray[np.bool_]:
    """Tell which raw files look like a picture of their name beside them, whatever both say.

    Such a file may be of one shot with that picture although an editor changed its date, so it must
    not be called a copy of it.

    Args:
        folders: as `find_raw_companions` takes them.
        names: as `find_raw_companions` takes them.
        vectors: as `find_raw_companions` takes them.
    """
    found = np.zeros(len(names), dtype=np.bool_)
    raw, pictures = pair_by_name(folders, names)
    if len(raw):
        cosines = np.einsum("ij,ij->i", vectors(raw), vectors(pictures))
        found[raw[cosines >= COSINE]] = True
    return found


def unit_vectors_of(keys: Keys, take: Take) -> Vectors:
    """Return the unit vectors of some contents, float32, shape ``(m, dim)``; NaN for none."""
    have, rows = take(np.unique(keys))
    if not len(have):
        return np.full((len(keys), 1), np.nan, dtype=np.float32)
    order = np.argsort(have)
    places = order[np.minimum(np.searchsorted(have, keys, sorter=order), len(have) - 1)]
    found = unit(rows)[places]
    found[have[places] != keys] = np.nan
    return found
