"""What an expression can't say exactly, looked at in the rows that came."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from tui.library.milvus.rows.schema import unquoted
from tui.search.matching.file_names import FileNames
from tui.search.matching.filter_rules import within_circle
from tui.search.matching.typos import nearly_with
from tui.search.query.terms import GeoCircle
from tui.storage.path_encoding import bare, fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from tui.search.milvus.filters import RowFilter
    from tui.search.query.terms import Filter

    Mask = NDArray[np.bool_]
    Row = Mapping[str, Any]

_FIELDS = {"name": ("path",), "near": ("latitude", "longitude")}


def fields_of(chosen: RowFilter) -> set[str]:
    """Return the fields that `check_rows` looks at."""
    return {field for item in chosen.post_filters for field in _FIELDS[item.kind]}


def check_rows(chosen: RowFilter, rows: Sequence[Row]) -> Mask:
    """Tell which rows pass the filters that an expression only narrows, shape ``(n,)``."""
    mask = np.ones(len(rows), dtype=np.bool_)
    near = []
    for item in chosen.post_filters:
        found = _named(item, chosen, rows) if item.kind == "name" else _near(item, rows)
        if item.negated:
            mask &= ~found
        elif item.kind == "near":
            near.append(found)
        else:
            mask &= found
    return mask & np.logical_or.reduce(near) if near else mask


def name_of(row: Row) -> str:
    """Return the name of a row's file."""
    return os.fsdecode(unquoted(row["path"].rpartition("/")[2]))


def names_of(rows: Sequence[Row]) -> FileNames:
    """Return the names of some rows' files as they are compared."""
    return FileNames().append([[fold(name_of(row)) for row in rows]])


def names_with_part(names: FileNames, part: str, *, misspelt: bool) -> Mask:
    """Tell which names hold a part, or hold it with one slip."""
    if misspelt:
        return nearly_with(names, part)
    found = np.zeros(len(names), dtype=np.bool_)
    found[names.find_rows(part)] = True
    return found


def _named(item: Filter, chosen: RowFilter, rows: Sequence[Row]) -> Mask:
    names = names_of(rows)
    found = np.ones(len(rows), dtype=np.bool_)
    for part in filter(None, map(bare, str(item.value).split())):
        found &= names_with_part(names, part, misspelt=part in chosen.misspelt)
    return found


def _near(item: Filter, rows: Sequence[Row]) -> Mask:
    assert isinstance(item.value, GeoCircle)
    latitudes, longitudes = (
        np.array([row[field] for row in rows], dtype=np.float32)
        for field in ("latitude", "longitude")
    )
    latitudes[latitudes > 90] = np.nan
    return within_circle(item.value, latitudes, longitudes)
