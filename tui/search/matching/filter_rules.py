"""Rules of filters that both backends apply: alternatives, distances, dates, suffixes."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from tui.storage.formats import RAW_SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from tui.core.domain import Mask
    from tui.search.query.terms import Filter, GeoCircle

    Degrees = NDArray[np.float32]

EARTH_KM = 6371.0
"""The Earth's mean radius."""

_SINGLE_VALUED = frozenset({"ext", "camera", "shape", "near"})
"""Kinds of filter that compare an attribute with one value a file."""

_DAY_NS = 86_400 * 10**9
_EPOCH = date(1970, 1, 1).toordinal()
_ROUNDING = 4 * float(np.finfo(np.float64).eps)
"""The rounding error of a haversine: that of an antipode may exceed 1."""


def group_alternatives(filters: Iterable[Filter]) -> list[list[Filter]]:
    """Group filters so that a file must pass one filter of each group.

    Several filters of one kind in `_SINGLE_VALUED` are alternatives, unless they are negated. Every
    other filter is a group of its own. Name filters come last, since they are the slowest.
    """
    groups: dict[object, list[Filter]] = {}
    for index, item in enumerate(filters):
        is_alternative = item.kind in _SINGLE_VALUED and not item.negated
        groups.setdefault(item.kind if is_alternative else index, []).append(item)
    return sorted(groups.values(), key=lambda group: group[0].kind == "name")


def expand_suffixes(item: Filter) -> set[str]:
    """Return the suffixes that an ``ext:`` filter selects; ``raw`` means all raw formats."""
    assert isinstance(item.value, tuple)
    return {*item.value, *(RAW_SUFFIXES if "raw" in item.value else ())}


def day_start_ns(day: date) -> int:
    """Return the nanosecond at which a day begins, clipped to 64 bits (the years 1678 to 2262)."""
    limits = np.iinfo(np.int64)
    return min(max((day.toordinal() - _EPOCH) * _DAY_NS, limits.min), limits.max)


def within_circle(circle: GeoCircle, latitudes: Degrees, longitudes: Degrees) -> Mask:
    """Return a mask of the points in a circle; NaN is in none.

    The haversine of the angle between two points on a sphere is compared (R. W. Sinnott, 1984).

    Args:
        circle: its centre and radius.
        latitudes: in degrees, float32, shape ``(n,)``.
        longitudes: in degrees, of the same shape.
    """
    angle = min(circle.km / EARTH_KM, np.pi)
    mask: Mask = np.abs(latitudes - np.float32(circle.latitude)) <= np.degrees(angle) + 1e-4
    rows = np.flatnonzero(mask)  # a comparison with NaN is false
    latitude, longitude = np.radians(circle[:2])
    row_latitudes = np.radians(latitudes[rows], dtype=np.float64)
    across = np.radians(longitudes[rows], dtype=np.float64) - longitude
    haversines = (
        np.sin((row_latitudes - latitude) / 2) ** 2
        + np.cos(latitude) * np.cos(row_latitudes) * np.sin(across / 2) ** 2
    )
    mask[rows] = haversines <= np.sin(angle / 2) ** 2 + _ROUNDING
    return mask
