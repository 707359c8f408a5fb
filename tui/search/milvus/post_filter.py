"""Applies to fetched rows the filters that an expression of Milvus only narrows."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from tui.core.name_folding import fold_case, search_key
from tui.library.milvus.rows.schema import unquote
from tui.search.matching.file_names import FileNames
from tui.search.matching.filter_rules import group_alternatives, within_circle
from tui.search.query.terms import GeoCircle

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tui.core.domain import Mask
    from tui.search.milvus.filters import RowFilter
    from tui.search.query.terms import Filter

    Row = Mapping[str, Any]

_FIELDS = {"name": ("path",), "near": ("latitude", "longitude")}


def fields_of(row_filter: RowFilter) -> set[str]:
    """Return the fields that `check_rows` reads."""
    return {field for item in row_filter.post_filters for field in _FIELDS[item.kind]}


def check_rows(row_filter: RowFilter, rows: Sequence[Row]) -> Mask:
    """Return a mask of the rows that pass the filters, shape ``(n,)``."""
    mask = np.ones(len(rows), dtype=np.bool_)
    for group in group_alternatives(row_filter.post_filters):
        mask &= np.logical_or.reduce([_passing(item, row_filter, rows) for item in group])
    return mask


def name_of(row: Row) -> str:
    """Return the name of a row's file."""
    return os.fsdecode(unquote(row["path"].rpartition("/")[2]))


def names_of(rows: Sequence[Row]) -> FileNames:
    """Return the names of some rows' files in a form that can be searched."""
    return FileNames().append([[fold_case(name_of(row)) for row in rows]])


def _passing(item: Filter, row_filter: RowFilter, rows: Sequence[Row]) -> Mask:
    mask = _name(item, row_filter, rows) if item.kind == "name" else _near(item, rows)
    return ~mask if item.negated else mask


def _name(item: Filter, row_filter: RowFilter, rows: Sequence[Row]) -> Mask:
    names = names_of(rows)
    mask = np.ones(len(rows), dtype=np.bool_)
    for part in filter(None, map(search_key, str(item.value).split())):
        contains = names.contains_with_typo if part in row_filter.misspelt else names.contains
        mask &= contains(part)
    return mask


def _near(item: Filter, rows: Sequence[Row]) -> Mask:
    assert isinstance(item.value, GeoCircle)
    latitudes, longitudes = (
        np.array([row[field] for row in rows], dtype=np.float32)
        for field in ("latitude", "longitude")
    )
    latitudes[latitudes > 90] = np.nan
    return within_circle(item.value, latitudes, longitudes)
