"""Filters and folder scopes as boolean expressions of Milvus.

Milvus can't say all that a filter means: it knows no distance on a sphere, and of names only which
one, two and three characters follow each other in them. For these an expression narrows, and
`tui.search.milvus.post_filter` looks at the rows that come. Every text goes through `quoted`, so
that no name can end an expression.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from tui.library.milvus.rows.expressions import FOUND, below
from tui.library.milvus.rows.schema import SHAPES, quoted
from tui.search.matching.filter_rules import EARTH_KM, SINGLE_VALUED, day_start_ns, expand_suffixes
from tui.search.query.dates import DateRange
from tui.search.query.terms import Filter, GeoCircle
from tui.storage.path_encoding import bare, decode, join

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

NOTHING = "id < 0"
"""No row, as no id is negative."""

_GRAM = 3
_MOST_RANGES = 64
"""Folders, each with all below it, up to which ranges are quicker than a list of them all."""

_MARGIN = 1e-3
"""Degrees by which a box is wider than its circle: places are float32."""

_FIRST_NS = -(2**63 - 1)
"""Milvus reads no smaller number."""


class FilterFacts(Protocol):
    """What a filter is understood by."""

    @property
    def cameras(self) -> Sequence[str]:
        """All cameras' names, as they say them."""
        ...

    @property
    def last_run(self) -> int:
        """When the last run began that found new pictures, as in the rows; -1 for none."""
        ...

    def resolve_folder(self, wanted: str) -> Sequence[bytes]:
        """The folders that ``in:`` means, and all below them."""
        ...

    def is_misspelt(self, part: str) -> bool:
        """Whether a part of a name may have a slip, since no name holds it as it is."""
        ...


@dataclass(frozen=True, slots=True)
class RowFilter:
    """Rows of a collection.

    Attributes:
        expression: what Milvus is asked for.
        checked: the filters that this only narrows, or leaves out.
        misspelt: the parts of names that may have a slip.
    """

    expression: str
    post_filters: tuple[Filter, ...] = ()
    misspelt: frozenset[str] = frozenset()

    @property
    def prefilter(self) -> RowFilter:
        """The rows before the closer look, of which the server counts and returns so many."""
        return RowFilter(self.expression)


def build_row_filter(
    filters: Iterable[Filter], scope: Path | None, facts: FilterFacts
) -> RowFilter:
    """Say which rows pass all filters, as `tui.search.local.filters.select_rows` understands them.

    Args:
        filters: of a query.
        scope: the folder to stay in, with all below it; None is everywhere.
        facts: tell what folders and cameras there are.
    """
    parts = [FOUND]
    if scope is not None:
        parts.append(below(scope))
    alternatives: dict[str, list[str]] = defaultdict(list)
    checked: list[Filter] = []
    misspelt: set[str] = set()
    for item in filters:
        said = _CONDITIONS[item.kind](item, facts)
        misspelt.update(said.misspelt)
        if not said.exact:
            checked.append(item)
        if item.negated:
            parts += [f"not {said.text}"] if said.exact else []
        elif item.kind in SINGLE_VALUED:
            alternatives[item.kind].append(said.text)
        else:
            parts.append(said.text)
    parts += [any_of(texts) for texts in alternatives.values()]
    return RowFilter(" and ".join(parts), tuple(checked), frozenset(misspelt))


def below_folders(folders: Sequence[bytes]) -> str:
    """Return the rows of folders, of which all that lie below one of them are given, too."""
    tops = _tops(folders)
    if len(tops) > _MOST_RANGES:
        return is_in("folder", folders)
    return any_of(below(decode(top)) for top in tops)


def any_of(texts: Iterable[str]) -> str:
    """Return the rows that any of some expressions means; none of none."""
    return f"({' or '.join(texts) or NOTHING})"


def narrow(chosen: RowFilter, text: str) -> RowFilter:
    """Return those rows that an expression means as well."""
    return replace(chosen, expression=f"{chosen.expression} and {text}")


def is_in(field: str, values: Iterable[str | bytes]) -> str:
    """Return the rows whose field has one of some values."""
    listed = ", ".join(f'"{quoted(value)}"' for value in values)
    return f"({field} in [{listed}])" if listed else f"({NOTHING})"


def name_contains(part: str) -> str:
    """Return the rows whose name may hold a part: exactly those where it has few characters."""
    if len(part) <= _GRAM:
        return f'(ARRAY_CONTAINS(grams, "{quoted(part)}"))'
    starts = [*range(0, len(part) - _GRAM, _GRAM), len(part) - _GRAM]
    grams = dict.fromkeys(quoted(part[start : start + _GRAM]) for start in starts)
    listed = ", ".join(f'"{gram}"' for gram in grams)
    return f"(ARRAY_CONTAINS_ALL(grams, [{listed}]))"


def name_nearly_contains(part: str) -> str:
    """Return the rows whose name may hold a part with one slip.

    One slip leaves one half as it is, but for a swap in the middle (`tui.search.matching.typos`).
    """
    middle = len(part) // 2
    swapped = part[: middle - 1] + part[middle] + part[middle - 1] + part[middle + 1 :]
    return any_of(
        [name_contains(part[:middle]), name_contains(part[middle:]), name_contains(swapped)]
    )


# --- filters ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Condition:
    """A filter without its negation; ``text`` is in brackets."""

    text: str
    exact: bool = True
    misspelt: tuple[str, ...] = ()


def _name(item: Filter, facts: FilterFacts) -> _Condition:
    parts = [part for part in map(bare, str(item.value).split()) if part]
    misspelt = tuple(part for part in parts if facts.is_misspelt(part))
    texts = [
        name_nearly_contains(part) if part in misspelt else name_contains(part) for part in parts
    ]
    exact = not misspelt and all(len(part) <= _GRAM for part in parts)
    return _Condition(f"({' and '.join(texts) or FOUND})", exact, misspelt)


def _in(item: Filter, facts: FilterFacts) -> _Condition:
    return _Condition(below_folders(facts.resolve_folder(str(item.value))))


def _ext(item: Filter, _: FilterFacts) -> _Condition:
    return _Condition(is_in("ext", sorted(expand_suffixes(item))))


def _camera(item: Filter, facts: FilterFacts) -> _Condition:
    wanted = bare(str(item.value))
    return _Condition(is_in("camera", [name for name in facts.cameras if wanted in bare(name)]))


def _date(item: Filter, _: FilterFacts) -> _Condition:
    assert isinstance(item.value, DateRange)
    first, end = item.value.first, item.value.end
    texts = [] if first is None else [f"date >= {max(day_start_ns(first), _FIRST_NS)}"]
    texts += [] if end is None else [f"date < {day_start_ns(end)}"]
    return _Condition(f"({' and '.join(texts) or FOUND})")


def _shape(item: Filter, _: FilterFacts) -> _Condition:
    return _Condition(f"(shape == {SHAPES[str(item.value)]})")


def _min(item: Filter, _: FilterFacts) -> _Condition:
    return _Condition(f"(longer >= {item.value})")


def _near(item: Filter, _: FilterFacts) -> _Condition:
    """Return the box around a circle; at a pole it goes all around the Earth."""
    assert isinstance(item.value, GeoCircle)
    latitude, longitude, km = item.value
    angle = min(km / EARTH_KM, math.pi)
    reach = math.degrees(angle) + _MARGIN
    text = _between("latitude", latitude - reach, latitude + reach)
    if abs(latitude) + reach < 90:
        across = math.sin(angle) / math.cos(math.radians(latitude))
        wide = math.degrees(math.asin(min(across, 1.0))) + _MARGIN
        text += f" and {_longitudes(longitude - wide, longitude + wide)}"
    return _Condition(f"({text})", exact=False)


def _longitudes(west: float, east: float) -> str:
    """Return what lies between two longitudes, across the date line as well."""
    parts = [(west, east)]
    if west < -180:
        parts.append((west + 360, 181.0))
    if east > 180:
        parts.append((-181.0, east - 360))
    return any_of([f"({_between('longitude', low, high)})" for low, high in parts])


def _between(field: str, low: float, high: float) -> str:
    return f"{field} >= {low:.6f} and {field} <= {high:.6f}"


def _new(_: Filter, facts: FilterFacts) -> _Condition:
    return _Condition(f"(run == {facts.last_run})")


_CONDITIONS: dict[str, Callable[[Filter, FilterFacts], _Condition]] = {
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


def _tops(folders: Iterable[bytes]) -> list[bytes]:
    """Return the folders that lie in none of the others."""
    tops: list[bytes] = []
    last: bytes | None = None
    for low, folder in sorted((join(folder, b""), folder) for folder in folders):
        if last is None or not low.startswith(last):
            tops.append(folder)
            last = low
    return tops
