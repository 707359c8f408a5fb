"""Filters and orders over the columns of a library, whole arrays at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tui.core.domain import SQUARE
from tui.core.name_folding import search_key
from tui.search.matching.filter_rules import (
    day_start_ns,
    expand_suffixes,
    group_alternatives,
    within_circle,
)
from tui.search.query.dates import DateRange
from tui.search.query.terms import Filter, GeoCircle, Sort
from tui.storage.path_encoding import span

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from tui.core.domain import Mask, Rows
    from tui.search.local.categorical import Categorical
    from tui.search.local.picture_table import PictureTable
    from tui.search.query.terms import SortKey


def select_rows(filters: Sequence[Filter], table: PictureTable, scope: Path | None = None) -> Mask:
    """Return a mask of the files that pass all filters.

    Args:
        filters: `tui.search.matching.filter_rules.group_alternatives` decides which of them are
            alternatives.
        table: must not be refreshed meanwhile.
        scope: search this folder and its subfolders; None is the whole library.

    Returns:
        One value for each of ``table.file_ids``, shape ``(n,)``.
    """
    mask = np.ones(len(table), dtype=np.bool_)
    if scope is not None:
        mask &= in_scope(table, scope)
    for group in group_alternatives(filters):
        if group[0].kind == "name":
            mask = _filter_names(group[0], table, mask)
        else:
            mask &= np.logical_or.reduce([_passing(item, table) for item in group])
    return mask


def sort_rows(sort: Sort, table: PictureTable, rows: Rows) -> Rows:
    """Put rows of a table in order; ``sort:score`` keeps their order.

    Equal rows come in the order of their file ids.
    """
    if sort.key == "score":
        return rows[::-1] if sort.reverse else rows
    selected = np.zeros(len(table), dtype=np.bool_)
    selected[rows] = True
    in_order = all_rows(sort, table)
    return in_order[selected[in_order]].astype(np.int64)


def all_rows(sort: Sort, table: PictureTable) -> NDArray[np.int32]:
    """Return all rows of a table in an order other than by score."""

    def order() -> NDArray[np.int32]:
        return _ORDERS[sort.key](table).astype(np.int32)

    in_order = table.derived(f"order {sort.key}", order)
    return in_order[::-1] if sort.reverse else in_order


def preload_orders(table: PictureTable) -> None:
    """Sort the rows of a table in each order that a query may ask for; thread-safe."""
    for key in _ORDERS:
        all_rows(Sort(key), table)


def in_scope(table: PictureTable, scope: Path) -> Mask:
    """Return a mask of the files in a folder or below it."""
    exact, low, high = span(scope)
    paths = table.folder_paths.items()
    return table.in_folders(
        [number for number, path in paths if path == exact or low <= path < high]
    )


# --- tests ----------------------------------------------------------------------------------------


def _passing(item: Filter, table: PictureTable) -> Mask:
    mask = _TESTS[item.kind](item, table)
    return ~mask if item.negated else mask


def _filter_names(item: Filter, table: PictureTable, mask: Mask) -> Mask:
    """Remove from a mask the rows whose name fails a filter."""
    passing = table.names.filter_rows(str(item.value).split(), mask)
    return mask & ~passing if item.negated else passing


def _in(item: Filter, table: PictureTable) -> Mask:
    return table.in_folders(table.folder_index.resolve(str(item.value)))


def _ext(item: Filter, table: PictureTable) -> Mask:
    return _matching_values(table.extensions, expand_suffixes(item).__contains__)


def _camera(item: Filter, table: PictureTable) -> Mask:
    part = search_key(str(item.value))
    return _matching_values(table.cameras, lambda camera: part in search_key(camera))


def _matching_values(column: Categorical, test: Callable[[str], bool]) -> Mask:
    passing = np.fromiter(map(test, column.values), np.bool_, len(column.values))
    return passing[column.codes]


def _date(item: Filter, table: PictureTable) -> Mask:
    assert isinstance(item.value, DateRange)
    mask = np.ones(len(table), dtype=np.bool_)
    if item.value.first is not None:
        mask &= table.dates >= day_start_ns(item.value.first)
    if item.value.end is not None:
        mask &= table.dates < day_start_ns(item.value.end)
    return mask


def _shape(item: Filter, table: PictureTable) -> Mask:
    widths, heights = table.widths, table.heights
    if item.value == "wide":
        return widths > heights * SQUARE
    if item.value == "tall":
        return heights > widths * SQUARE
    return (widths <= heights * SQUARE) & (heights <= widths * SQUARE)


def _min(item: Filter, table: PictureTable) -> Mask:
    assert isinstance(item.value, int)
    return (table.widths >= item.value) | (table.heights >= item.value)


def _near(item: Filter, table: PictureTable) -> Mask:
    assert isinstance(item.value, GeoCircle)
    return within_circle(item.value, table.latitudes, table.longitudes)


def _new(_: Filter, table: PictureTable) -> Mask:
    return table.content_ids > table.known_contents


_TESTS: dict[str, Callable[[Filter, PictureTable], Mask]] = {
    "in": _in,
    "ext": _ext,
    "camera": _camera,
    "date": _date,
    "shape": _shape,
    "min": _min,
    "near": _near,
    "new": _new,
}

_ORDERS: dict[SortKey, Callable[[PictureTable], Rows]] = {
    "date": lambda table: np.argsort(-table.dates, kind="stable"),
    "size": lambda table: np.argsort(-table.sizes, kind="stable"),
    "name": lambda table: table.names.alphabetical_rows(),
}
