"""Filters and orders over the columns of a library, whole arrays at a time. Loads NumPy."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from tui.core.domain import SQUARE
from tui.search.matching.filter_rules import (
    SINGLE_VALUED,
    day_start_ns,
    expand_suffixes,
    within_circle,
)
from tui.search.matching.folder_names import FolderMatcher
from tui.search.query.dates import DateRange
from tui.search.query.terms import Filter, GeoCircle, Sort
from tui.storage.path_encoding import bare, span

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from tui.search.local.picture_table import Categorical, PictureTable

    Mask = NDArray[np.bool_]
    """One truth a row of the columns, shape ``(n,)``."""

    Rows = NDArray[np.int64]
    Degrees = NDArray[np.float32]


"""By how much a haversine may be off: that of an antipode is found to be above 1."""


def select_rows(
    filters: Sequence[Filter], columns: PictureTable, scope: Path | None = None
) -> Mask:
    """Tell which files pass all filters.

    Args:
        filters: several of one kind of which a file has only one value (format, camera, shape,
            place) are alternatives, unless they are negated.
        columns: must not be refreshed meanwhile.
        scope: the folder to stay in, with all below it; None is everywhere.

    Returns:
        One truth a file of ``columns.file_ids``, shape ``(n,)``.
    """
    mask = np.ones(len(columns), dtype=np.bool_)
    if scope is not None:
        mask &= in_scope(columns, scope)
    alternatives: dict[str, list[Mask]] = defaultdict(list)
    for item in filters:
        if item.kind == "name":
            continue
        found = _TESTS[item.kind](item, columns)
        if item.negated:
            mask &= ~found
        elif item.kind in SINGLE_VALUED:
            alternatives[item.kind].append(found)
        else:
            mask &= found
    for masks in alternatives.values():
        mask &= np.logical_or.reduce(masks)
    for item in filters:  # last, since it takes the longest and few may be left
        if item.kind == "name":
            mask = _named(item, columns, mask)
    return mask


def sort_rows(sort: Sort, columns: PictureTable, rows: Rows) -> Rows:
    """Put rows of the columns in order; ``sort:score`` leaves them as they are.

    Rows that are equal come in the order of their file ids.
    """
    if sort.key == "score":
        return rows[::-1] if sort.reverse else rows
    keys = columns.derived(f"keys {sort.key}", lambda: _KEYS[sort.key](columns))
    everything = columns.derived(f"order {sort.key}", lambda: np.argsort(keys, kind="stable"))
    chosen = np.zeros(len(columns), dtype=np.bool_)
    chosen[rows] = True
    found = everything[chosen[everything]]
    return found[::-1] if sort.reverse else found


# --- tests --------------------------------------------------------------------------------------


def _named(item: Filter, columns: PictureTable, mask: Mask) -> Mask:
    """Take from a mask those rows whose name holds every part, or does not."""
    found = columns.names.filter_rows(str(item.value).split(), mask)
    return mask & ~found if item.negated else found


def _in(item: Filter, columns: PictureTable) -> Mask:
    folders = columns.derived(
        "folder names", lambda: FolderMatcher(columns.folder_paths, columns.roots)
    )
    return _of_folders(columns, folders.resolve(str(item.value)))


def in_scope(columns: PictureTable, scope: Path) -> Mask:
    """Tell which files lie in a folder or below it."""
    exact, low, high = span(scope)
    paths = columns.folder_paths.items()
    return _of_folders(
        columns, [number for number, path in paths if path == exact or low <= path < high]
    )


def _of_folders(columns: PictureTable, folder_ids: list[int]) -> Mask:
    wanted = np.zeros(max(columns.folder_paths, default=0) + 1, dtype=np.bool_)
    wanted[folder_ids] = True
    return wanted[columns.folders]


def _ext(item: Filter, columns: PictureTable) -> Mask:
    return _of_codes(columns.extensions, expand_suffixes(item).__contains__)


def _camera(item: Filter, columns: PictureTable) -> Mask:
    wanted = bare(str(item.value))
    return _of_codes(columns.cameras, lambda camera: wanted in bare(camera))


def _of_codes(column: Categorical, test: Callable[[str], bool]) -> Mask:
    passing = np.fromiter(map(test, column.values), np.bool_, len(column.values))
    return passing[column.codes]


def _date(item: Filter, columns: PictureTable) -> Mask:
    assert isinstance(item.value, DateRange)
    mask = np.ones(len(columns), dtype=np.bool_)
    if item.value.first is not None:
        mask &= columns.dates >= day_start_ns(item.value.first)
    if item.value.end is not None:
        mask &= columns.dates < day_start_ns(item.value.end)
    return mask


def _shape(item: Filter, columns: PictureTable) -> Mask:
    widths, heights = columns.widths, columns.heights
    if item.value == "wide":
        return widths > heights * SQUARE
    if item.value == "tall":
        return heights > widths * SQUARE
    return (widths <= heights * SQUARE) & (heights <= widths * SQUARE)


def _min(item: Filter, columns: PictureTable) -> Mask:
    assert isinstance(item.value, int)
    return (columns.widths >= item.value) | (columns.heights >= item.value)


def _near(item: Filter, columns: PictureTable) -> Mask:
    assert isinstance(item.value, GeoCircle)
    return within_circle(item.value, columns.latitudes, columns.longitudes)


def _new(_: Filter, columns: PictureTable) -> Mask:
    return columns.content_ids > columns.known_contents


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

_KEYS: dict[str, Callable[[PictureTable], NDArray[np.int64]]] = {
    "date": lambda columns: -columns.dates,
    "size": lambda columns: -columns.sizes,
    "name": lambda columns: columns.names.alphabetical_ranks(),
}
