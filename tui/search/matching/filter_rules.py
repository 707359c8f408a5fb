"""Rules of filters that both backends apply: distances, dates, suffixes."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from tui.storage.formats import RAW_SUFFIXES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.search.query.terms import Filter, GeoCircle

    Mask = NDArray[np.bool_]
    """One truth a row of the columns, shape ``(n,)``."""

    Rows = NDArray[np.int64]
    Degrees = NDArray[np.float32]

_DAY_NS = 86_400 * 10**9
_EPOCH = date(1970, 1, 1).toordinal()


EARTH_KM = 6371.0
"""The Earth's mean radius."""

_ROUNDING = 4 * float(np.finfo(np.float64).eps)


SINGLE_VALUED = frozenset({"ext", "camera", "shape", "near"})
"""Of these a file has only one, so that of several filters any will do."""


def expand_suffixes(item: Filter) -> set[str]:
    """Return the suffixes that ``ext:`` means."""
    assert isinstance(item.value, tuple)
    return {*item.value, *(RAW_SUFFIXES if "raw" in item.value else ())}


def day_start_ns(day: date) -> int:
    """Return when a day begins, within what 64 bits hold (the years 1678 to 2262)."""
    limits = np.iinfo(np.int64)
    return min(max((day.toordinal() - _EPOCH) * _DAY_NS, limits.min), limits.max)


def within_circle(place: GeoCircle, latitudes: Degrees, longitudes: Degrees) -> Mask:
    """Tell which places lie in a circle; NaN lies in none.

    It compares the haversine of the angle between two places on a sphere (R. W. Sinnott, 1984).

    Args:
        place: the circle.
        latitudes: float32, shape ``(n,)``.
        longitudes: of the same shape.
    """
    angle = min(place.km / EARTH_KM, np.pi)
    band: Mask = np.abs(latitudes - np.float32(place.latitude)) <= np.degrees(angle) + 1e-4
    rows = np.flatnonzero(band)  # without NaN, which is no less than anything
    latitude, longitude = np.radians(place[:2])
    some = np.radians(latitudes[rows], dtype=np.float64)
    across = np.radians(longitudes[rows], dtype=np.float64) - longitude
    haversines = (
        np.sin((some - latitude) / 2) ** 2
        + np.cos(latitude) * np.cos(some) * np.sin(across / 2) ** 2
    )
    band[rows] = haversines <= np.sin(angle / 2) ** 2 + _ROUNDING
    return band
