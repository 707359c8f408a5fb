"""Whether two pictures look the same, by their pixels.

A model's vector says what a picture shows, and two photographs of one goldfish may have the same;
so what is nearly the same to the model is looked at before anyone is told to throw it away. A
picture's look is itself at 8 by 8 pixels, its mean taken away; the correlation of two looks stays
above 0.99 for a copy that was scaled or saved again, above 0.9 for one that was brightened or
lost a narrow edge, and below 0.87 for any two of 300 different photographs.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tui.core.domain import Cancelled, Keys, Vectors

_SIDE = 8
_THUMBNAIL = 64
_CHUNK = 64


def fingerprint(path: Path) -> Vectors | None:
    """Return a picture's look, a unit vector of float32; None where it can't be read."""
    from PIL import Image

    from tui.core.domain import DecodeError
    from tui.images.thumbnails import thumbnail

    try:
        image = thumbnail(path, _THUMBNAIL, _THUMBNAIL)
    except DecodeError:
        return None
    pixels = np.asarray(image.resize((_SIDE, _SIDE), Image.Resampling.BOX), dtype=np.float32)
    centred: Vectors = pixels.ravel() - pixels.mean()
    length = float(np.linalg.norm(centred))
    if length < 1.0:  # One colour all over: any other such picture looks like it.
        return np.full(centred.shape, centred.size**-0.5, dtype=np.float32)
    return centred / np.float32(length)


class FingerprintCache:
    """The looks that were asked for so far, by content id; kept, so that asking again is quick."""

    def __init__(self, read: Callable[[Path], Vectors | None] = fingerprint) -> None:
        self._read = read
        self._known: dict[int, Vectors | None] = {}

    def compute(
        self,
        paths: Mapping[int, Path],
        cancelled: Cancelled,
        on_progress: Callable[[int, int], None],
    ) -> None:
        """Look at one file of each content; those known already are passed over."""
        wanted = [key for key in paths if key not in self._known]
        with ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="looks") as pool:
            for start in range(0, len(wanted), _CHUNK):
                if cancelled():
                    return
                on_progress(start, len(wanted))
                keys = wanted[start : start + _CHUNK]
                self._known.update(
                    zip(keys, pool.map(self._read, map(paths.get, keys)), strict=True)
                )
        on_progress(len(wanted), len(wanted))

    def correlations(self, key: int, others: Keys) -> Vectors:
        """Return how like one content each of some others looks; -1 for what can't be read."""
        one = self._known.get(key)
        looks = [self._known.get(int(other)) for other in others]
        like = np.full(len(looks), -1.0, dtype=np.float32)
        readable = [place for place, look in enumerate(looks) if look is not None]
        if one is not None and readable:
            like[readable] = np.stack([look for look in looks if look is not None]) @ one
        return like
