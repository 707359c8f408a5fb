"""A raw file and the JPEG or HEIC that a camera wrote of the same shot: two files, one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tui.library.formats import RAW_SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from numpy.typing import NDArray

_SHOWN = {name: place for place, name in enumerate(("jpg", "jpeg", "jpe", "heic", "heif", "hif"))}
"""What is shown in place of a raw file; the earlier one where there are two."""


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
        elif dot and suffix in _SHOWN:
            others.append((place, stem, suffix))
    found = np.full(len(names), -1, dtype=np.int64)
    if shots:
        for place, stem, _ in sorted(others, key=lambda other: -_SHOWN[other[2]]):
            for raw in shots.get((folders[place], stem), ()):
                found[raw] = place
    return found
