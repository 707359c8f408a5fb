"""Writes filters and folder scopes as boolean expressions of Milvus.

Milvus can't express every filter: it has no distance on a sphere, and of a name it only indexes
sequences of one, two and three characters. In these cases the expression narrows, and
`tui.search.milvus.post_filter` checks the fetched rows. Every text goes through `quote`, so that no
name can end an expression.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from tui.core.name_folding import search_key
from tui.library.milvus.rows.expressions import FOUND, below
from tui.library.milvus.rows.schema import SHAPES, SMALLEST_NUMBER, quote
from tui.search.matching.filter_rules import (
    EARTH_KM,
    day_start_ns,
    expand_suffixes,
    group_alternatives,
)
from tui.search.query.dates import DateRange
from tui.search.query.terms import Filter, GeoCircle
from tui.storage.path_encoding import decode, join

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

NOTHING = "id < 0"
"""Selects no row, since no id is negative."""

_GRAM = 3
_MAX_RANGES = 64
"""With more folders than this, a list of all subfolders is faster than ranges."""

_MARGIN = 1e-3
"""Degrees by which a box is wider than its circle, since the fields are float32."""


class FilterMetadata(Protocol):
    """The metadata that filters refer to."""

    @property
    def cameras(self) -> Sequence[str]:
        """All cameras' names, as their pictures spell them."""
        ...

    @property
    def last_run(self) -> int:
        """The start of the last run that found new pictures, as in the rows; -1 for none."""
        ...

    def resolve_folder(self, text: str) -> Sequence[bytes]:
        """Return the folders that ``in:`` with a text selects, and all below them."""
        ...

    def is_misspelt(self, part: str) -> bool:
        """Whether a part of a name may have a typo, since no name contains it literally."""
        ...


@dataclass(frozen=True, slots=True)
class RowFilter:
    """Selects rows of a collection.

    Attributes:
        expression: the condition that Milvus applies.
        post_filters: the filters that the expression only narrows, or omits.
        misspelt: the parts of names that may have a typo.
    """

    expression: str
    post_filters: tuple[Filter, ...] = ()
    misspelt: frozenset[str] = frozenset()

    @property
    def prefilter(self) -> RowFilter:
        """The expression alone, by which the server counts and limits rows."""
        return RowFilter(self.expression)


def build_row_filter(
    filters: Iterable[Filter], scope: Path | None, metadata: FilterMetadata
) -> RowFilter:
    """Select the rows that pass all filters, by the rules of `tui.search.matching.filter_rules`.

    Args:
        filters: of a query.
        scope: search this folder and its subfolders; None is the whole library.
        metadata: the folders and cameras of the library.
    """
    parts = [FOUND]
    if scope is not None:
        parts.append(below(scope))
    post_filters: list[Filter] = []
    misspelt: set[str] = set()
    for group in group_alternatives(filters):
        texts = []
        for item in group:
            condition = _CONDITIONS[item.kind](item, metadata)
            misspelt.update(condition.misspelt)
            if not condition.exact:
                post_filters.append(item)
            if not item.negated:
                texts.append(condition.text)
            elif condition.exact:
                texts.append(f"not {condition.text}")
        if texts:
            parts.append(texts[0] if len(texts) == 1 else any_of(texts))
    return RowFilter(" and ".join(parts), tuple(post_filters), frozenset(misspelt))


def below_folders(folders: Sequence[bytes]) -> str:
    """Select the rows in folders; every subfolder must be listed, too."""
    tops = _outermost(folders)
    if len(tops) > _MAX_RANGES:
        return is_in("folder", folders)
    return any_of(below(decode(top)) for top in tops)


def any_of(texts: Iterable[str]) -> str:
    """Select the rows that match any of the expressions; without expressions, no row."""
    return f"({' or '.join(texts) or NOTHING})"


def narrow(row_filter: RowFilter, text: str) -> RowFilter:
    """Select the rows that also match an expression."""
    return replace(row_filter, expression=f"{row_filter.expression} and {text}")


def is_in(field: str, values: Iterable[str | bytes]) -> str:
    """Select the rows whose field has one of the values."""
    listed = ", ".join(f'"{quote(value)}"' for value in values)
    return f"({field} in [{listed}])" if listed else f"({NOTHING})"


def name_contains(part: str) -> str:
    """Select the rows whose name may contain a part; exact for a part of few characters."""
    if len(part) <= _GRAM:
        return f'(ARRAY_CONTAINS(grams, "{quote(part)}"))'
    starts = [*range(0, len(part) - _GRAM, _GRAM), len(part) - _GRAM]
    grams = dict.fromkeys(quote(part[start : start + _GRAM]) for start in starts)
    listed = ", ".join(f'"{gram}"' for gram in grams)
    return f"(ARRAY_CONTAINS_ALL(grams, [{listed}]))"


def name_nearly_contains(part: str) -> str:
    """Select the rows whose name may contain a part with one typo.

    One typo leaves one half intact, except for two letters swapped across the middle
    (`tui.search.matching.typos`).
    """
    middle = len(part) // 2
    swapped = part[: middle - 1] + part[middle] + part[middle - 1] + part[middle + 1 :]
    return any_of(map(name_contains, (part[:middle], part[middle:], swapped)))


# --- filters --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Condition:
    """The expression of a filter without its negation, in brackets.

    ``exact`` says that it selects no row that fails the filter.
    """

    text: str
    exact: bool = True
    misspelt: tuple[str, ...] = ()


def _name(item: Filter, metadata: FilterMetadata) -> _Condition:
    parts = [part for part in map(search_key, str(item.value).split()) if part]
    misspelt = tuple(part for part in parts if metadata.is_misspelt(part))
    texts = [
        name_nearly_contains(part) if part in misspelt else name_contains(part) for part in parts
    ]
    exact = not misspelt and all(len(part) <= _GRAM for part in parts)
    return _Condition(f"({' and '.join(texts) or FOUND})", exact, misspelt)


def _in(item: Filter, metadata: FilterMetadata) -> _Condition:
    return _Condition(below_folders(metadata.resolve_folder(str(item.value))))


def _ext(item: Filter, _: FilterMetadata) -> _Condition:
    return _Condition(is_in("ext", sorted(expand_suffixes(item))))


def _camera(item: Filter, metadata: FilterMetadata) -> _Condition:
    part = search_key(str(item.value))
    return _Condition(
        is_in("camera", [name for name in metadata.cameras if part in search_key(name)])
    )


def _date(item: Filter, _: FilterMetadata) -> _Condition:
    assert isinstance(item.value, DateRange)
    first, end = item.value.first, item.value.end
    texts = [] if first is None else [f"date >= {max(day_start_ns(first), SMALLEST_NUMBER)}"]
    texts += [] if end is None else [f"date < {day_start_ns(end)}"]
    return _Condition(f"({' and '.join(texts) or FOUND})")


def _shape(item: Filter, _: FilterMetadata) -> _Condition:
    return _Condition(f"(shape == {SHAPES[str(item.value)]})")


def _min(item: Filter, _: FilterMetadata) -> _Condition:
    return _Condition(f"(longer >= {item.value})")


def _near(item: Filter, _: FilterMetadata) -> _Condition:
    """Select the box around a circle; at a pole it surrounds the Earth."""
    assert isinstance(item.value, GeoCircle)
    latitude, longitude, km = item.value
    angle = min(km / EARTH_KM, math.pi)
    radius = math.degrees(angle) + _MARGIN
    text = _between("latitude", latitude - radius, latitude + radius)
    if abs(latitude) + radius < 90:
        across = math.sin(angle) / math.cos(math.radians(latitude))
        half_width = math.degrees(math.asin(min(across, 1.0))) + _MARGIN
        text += f" and {_longitudes(longitude - half_width, longitude + half_width)}"
    return _Condition(f"({text})", exact=False)


def _longitudes(west: float, east: float) -> str:
    """Select the rows between two longitudes, across the date line as well."""
    parts = [(west, east)]
    if west < -180:
        parts.append((west + 360, 181.0))
    if east > 180:
        parts.append((-181.0, east - 360))
    return any_of([f"({_between('longitude', low, high)})" for low, high in parts])


def _between(field: str, low: float, high: float) -> str:
    return f"{field} >= {low:.6f} and {field} <= {high:.6f}"


def _new(_: Filter, metadata: FilterMetadata) -> _Condition:
    return _Condition(f"(run == {metadata.last_run})")


_CONDITIONS: dict[str, Callable[[Filter, FilterMetadata], _Condition]] = {
    "name": _name,
    "in": _in,
    "ext": _ext,
    "camera": _camera,
    "date": _date,
    "shape": _shape,
    "min": _min,
    "near": _near,
    "new": _new,
}


def _outermost(folders: Iterable[bytes]) -> list[bytes]:
    """Return the folders that are in none of the others."""
    outermost: list[bytes] = []
    last: bytes | None = None
    for prefix, folder in sorted((join(folder, b""), folder) for folder in folders):
        if last is None or not prefix.startswith(last):
            outermost.append(folder)
            last = prefix
    return outermost
