"""Finds the JPEG or HEIC that a camera wrote beside a raw file: two files, one picture.

A raw file and a JPEG or HEIC show the same shot if all of this is true:

* They are in the same folder, and their names differ in the suffix alone; case and accents do not
  matter. Of a Pixel's names (``PXL_20230517_101530123.RAW-02.ORIGINAL.dng``) only the part before
  the first dot counts.
* Their metadata agrees: the dates taken differ by at most `SECONDS`, and the cameras are the same.
* If their metadata shares neither a date nor a camera, they look alike: their aspect ratios differ
  by at most `RATIO`, and the cosine of their vectors is at least `COSINE`. Without vectors they are
  two pictures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tui.core.domain import PictureInfo
from tui.core.name_folding import search_key
from tui.storage.formats import RAW_SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from numpy.typing import NDArray

    from tui.core.domain import Keys, Mask, Vectors

    VectorsAt = Callable[[Keys], Vectors]
    """Returns the unit vectors of the files at some positions, shape ``(m, dim)``; NaN for a file
    without one."""

DISPLAYED_SUFFIXES = {
    name: rank for rank, name in enumerate(("jpg", "jpeg", "jpe", "heic", "heif", "hif"))
}
"""The formats that are displayed instead of a raw file; earlier ones are preferred."""

NO_DATE = -(2**63) + 1
"""Represents the date taken of a picture that has none."""

SECONDS = 2
"""Cameras write whole seconds, and may write the two files one after the other."""

RATIO = 0.05
"""A JPEG lacks some rows and columns of the sensor."""

COSINE = 0.95

_PIXEL = "pxl_"


@dataclass(frozen=True, slots=True, eq=False)
class ShotFacts:
    """Metadata of some files, one value a file.

    Attributes:
        taken: the date taken in nanoseconds, `NO_DATE` for none; int64.
        cameras: a number for each camera name, -1 for none; int64.
        ratios: width divided by height, 0 for an unknown size; float64.
    """

    taken: Keys
    cameras: Keys
    ratios: NDArray[np.float64]

    def at(self, positions: Keys) -> ShotFacts:
        """Return the metadata of the files at some positions."""
        return ShotFacts(self.taken[positions], self.cameras[positions], self.ratios[positions])


def camera_numbers(names: Sequence[str | None]) -> Keys:
    """Number camera names for `ShotFacts`; case does not matter."""
    numbers: dict[str, int] = {}
    codes = [numbers.setdefault(search_key(name), len(numbers)) if name else -1 for name in names]
    return np.array(codes, dtype=np.int64)


def shot_facts(infos: Sequence[PictureInfo | None]) -> ShotFacts:
    """Return the metadata of pictures; None stands for an unreadable one."""
    readable = [PictureInfo(0, 0, "") if info is None else info for info in infos]
    taken = [NO_DATE if info.taken_ns is None else info.taken_ns for info in readable]
    sides = np.array([(info.width, info.height) for info in readable], np.int64).reshape(-1, 2)
    return ShotFacts(
        np.array(taken, dtype=np.int64),
        camera_numbers([info.camera for info in readable]),
        aspect_ratios(*sides.T),
    )


def aspect_ratios(
    widths: NDArray[np.int32] | Keys, heights: NDArray[np.int32] | Keys
) -> NDArray[np.float64]:
    """Return width divided by height, 0 if one of them is unknown."""
    is_known = (widths > 0) & (heights > 0)
    return np.where(is_known, widths, 0) / np.where(is_known, heights, 1)


def pair_by_name(folders: Sequence[Hashable], names: Sequence[str]) -> tuple[Keys, Keys]:
    """Find the raw files and pictures that may show the same shot, by their folders and names.

    Args:
        folders: each file's folder.
        names: each file's name, as `tui.core.name_folding.search_key` writes it.

    Returns:
        Positions of raw files and of their pictures, a raw file's best picture first; two
            arrays of shape ``(m,)``.
    """
    raw: dict[tuple[Hashable, str], list[int]] = {}
    pictures: list[tuple[int, str, int, str]] = []
    for position, name in enumerate(names):
        stem, dot, suffix = name.rpartition(".")
        if stem.startswith(_PIXEL):
            stem = stem.partition(".")[0]
        if dot and suffix in RAW_SUFFIXES:
            raw.setdefault((folders[position], stem), []).append(position)
        elif dot and suffix in DISPLAYED_SUFFIXES:
            pictures.append((DISPLAYED_SUFFIXES[suffix], name, position, stem))
    pairs = [
        (raw_position, position)
        for _, _, position, stem in (sorted(pictures) if raw else ())
        for raw_position in raw.get((folders[position], stem), ())
    ]
    columns = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return columns[:, 0], columns[:, 1]


def find_raw_companions(
    folders: Sequence[Hashable],
    names: Sequence[str],
    facts_at: Callable[[Keys], ShotFacts],
    vectors_at: VectorsAt,
) -> Keys:
    """Find the picture that is displayed instead of each raw file, by the rule of this module.

    Args:
        folders: each file's folder.
        names: each file's name, as `tui.core.name_folding.search_key` writes it.
        facts_at: returns the metadata of the files at some positions.
        vectors_at: returns their vectors.

    Returns:
        For a raw file the position of its JPEG or HEIC, -1 for all others.
    """
    companions = np.full(len(names), -1, dtype=np.int64)
    raw, pictures = pair_by_name(folders, names)
    if not len(raw):
        return companions
    facts = facts_at(np.concatenate([raw, pictures]))
    first, second = facts.at(np.arange(len(raw))), facts.at(np.arange(len(raw), 2 * len(raw)))
    have_dates = (first.taken != NO_DATE) & (second.taken != NO_DATE)
    have_cameras = (first.cameras >= 0) & (second.cameras >= 0)
    is_same_shot = ~have_dates | (np.abs(first.taken - second.taken) <= SECONDS * 10**9)
    is_same_shot &= ~have_cameras | (first.cameras == second.cameras)
    undecided = np.flatnonzero(~have_dates & ~have_cameras)
    if len(undecided):
        is_same_shot[undecided] = (
            np.abs(first.ratios - second.ratios)[undecided] <= RATIO * first.ratios[undecided]
        )
        undecided = undecided[is_same_shot[undecided]]
        is_same_shot[undecided] = _look_alike(raw[undecided], pictures[undecided], vectors_at)
    # The best picture of a raw file comes first. The last assignment wins, so assign in reverse.
    companions[raw[is_same_shot][::-1]] = pictures[is_same_shot][::-1]
    return companions


def find_lookalikes(
    folders: Sequence[Hashable], names: Sequence[str], vectors_at: VectorsAt
) -> Mask:
    """Return a mask of the raw files that look like a picture beside them, despite their metadata.

    Such a file may show the same shot although an editor changed its date, so it must not be
    reported as a copy of the picture. The arguments are those of `find_raw_companions`.
    """
    mask = np.zeros(len(names), dtype=np.bool_)
    raw, pictures = pair_by_name(folders, names)
    if len(raw):
        mask[raw[_look_alike(raw, pictures, vectors_at)]] = True
    return mask


def _look_alike(raw: Keys, pictures: Keys, vectors_at: VectorsAt) -> Mask:
    cosines = np.einsum("ij,ij->i", vectors_at(raw), vectors_at(pictures))
    alike: Mask = cosines >= COSINE
    return alike
