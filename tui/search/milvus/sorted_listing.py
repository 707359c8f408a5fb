"""Lists the first of many rows in an order, from a server that can't sort.

Milvus counts rows above a value and returns rows in any order. So a cutoff is searched above which
there are few enough rows to sort here. A few hundred sampled values guide the search, then the
interval is bisected.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tui.core.name_folding import search_key
from tui.library.milvus.rows.collection import MOST
from tui.search.milvus.filters import RowFilter, narrow
from tui.search.milvus.post_filter import name_of
from tui.search.query.terms import Sort, browsing_order

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tui.core.domain import Keys
    from tui.search.milvus.cached_table import CachedTable
    from tui.search.milvus.post_filter import Row
    from tui.search.milvus.raw_pairs import MilvusRawPairs

_SAMPLED_VALUES = 256
"""Values that guide the search for a cutoff."""

_MAX_PROBES = 100
"""More than the bisection of 64 bits needs."""

_MAX_VALUE = 2**63 - 1
_FIELDS = {"date": "date", "size": "size", "name": "path"}


def find_cutoff(
    count: Callable[[int], int], sample: Sequence[int], at_least: int, at_most: int
) -> int:
    """Find a value above which there are neither too few rows nor too many.

    Args:
        count: returns the number of rows with a value or a greater one; more than ``at_most`` rows
            exist.
        sample: the values of some rows, at least one.
        at_least: the lowest acceptable number of rows.
        at_most: the highest acceptable number of rows.

    Returns:
        If so many rows are equal that no value is acceptable, the greatest value with at least
        ``at_least`` rows.
    """
    values = sorted(set(sample))
    step = max(1, (values[-1] - values[0]) // len(values))
    low: int | None = None
    high: int | None = None
    guess = values[-max(1, len(values) // 16)]
    for _ in range(_MAX_PROBES):
        rows = count(guess)
        if at_least <= rows <= at_most:
            return guess
        if rows > at_most:
            low = guess
        else:
            high = guess
        between = [
            value
            for value in values
            if (low is None or value > low) and (high is None or value < high)
        ]
        if between:
            guess = between[len(between) // 2]
        elif low is None or high is None:
            guess = guess - step if low is None else guess + step
            step *= 4
        elif high - low <= 1:
            break
        else:
            guess = (low + high) // 2
    return guess if low is None else low


class SortedListing:
    """Lists rows of a table in an order; not thread-safe.

    Args:
        table: the rows of the library.
        pairs: finds the pictures of raw files.
        limit: the number of rows in the first part of a listing, at most.
    """

    def __init__(self, table: CachedTable, pairs: MilvusRawPairs, limit: int) -> None:
        self._table = table
        self._pairs = pairs
        self._limit = limit

    def list_first(
        self,
        row_filter: RowFilter,
        sort: Sort | None,
        *,
        deep: bool = False,
        fold: bool = True,
        before: Sequence[RowFilter] = (),
    ) -> tuple[Keys, int]:
        """Return the first rows, and how many more can be listed.

        Args:
            row_filter: selects the rows.
            sort: their order; None or an order by score is newest first.
            deep: return all rows that can be listed.
            fold: drop raw files whose picture is listed.
            before: rows that come first, one filter after the other, unless the query has an
                order.
        """
        file_ids, unlisted = self._first(row_filter, sort, deep=deep, fold=fold)
        for leading in reversed(before):
            leading_ids, more = self._first(leading, sort, deep=deep, fold=fold)
            file_ids = np.concatenate([leading_ids, file_ids[~np.isin(file_ids, leading_ids)]])
            unlisted += more
        if before and sort is not None and sort.key != "score":
            file_ids = self.sort(file_ids, sort)
        return file_ids, unlisted

    def is_beyond(self, row_filter: RowFilter, sort: Sort | None) -> bool:
        """Whether there are too many rows for an order: by name, only the newest are sorted."""
        if sort is None or sort.key != "name":
            return False
        return self._table.count(row_filter.prefilter) > MOST

    def sort(self, file_ids: Keys, sort: Sort) -> Keys:
        """Return files in an order, without deleted ones."""
        ids: list[int] = file_ids.tolist()
        return _sort_rows(sort, self._table.with_ids(ids, {"path", _FIELDS[sort.key]}))

    def _first(
        self, row_filter: RowFilter, sort: Sort | None, *, deep: bool, fold: bool
    ) -> tuple[Keys, int]:
        sort = browsing_order(sort)
        deep = deep or self.is_beyond(row_filter, sort)
        rows, is_complete = self._first_rows(row_filter, sort, deep=deep)
        is_folded = np.zeros(len(rows), dtype=np.bool_)
        if fold:
            companions, hidden = self._pairs.pair(rows, row_filter)
            is_folded[companions >= 0] = True
            is_folded[hidden] = True
        file_ids = _sort_rows(sort, [rows[index] for index in np.flatnonzero(~is_folded).tolist()])
        if deep or is_complete:
            return file_ids, 0
        return file_ids, max(1, min(self._table.count(row_filter), MOST) - len(rows))

    def _first_rows(
        self, row_filter: RowFilter, sort: Sort, *, deep: bool
    ) -> tuple[list[Row], bool]:
        """Return the first rows of an order, and whether these are all rows."""
        fields = {"path", _FIELDS[sort.key]}
        most = MOST if deep else self._limit
        if sort.key == "name":  # no count tells which names come first: take the newest rows
            most, sort = MOST, Sort("date")
            fields.add("date")
        if self._table.count(row_filter.prefilter) <= most:
            return self._table.query(row_filter, fields, most), True
        field = _FIELDS[sort.key]
        cutoff = find_cutoff(
            lambda value: self._table.count(_from_value(row_filter.prefilter, field, value, sort)),
            self._sample(row_filter, field, sort),
            most * 3 // 4 if deep else most // 8,
            most,
        )
        first = _from_value(row_filter, field, cutoff, sort)
        if self._table.count(first.prefilter) <= most:
            return self._table.query(first, fields, most), False
        above = self._table.query(_from_value(row_filter, field, cutoff + 1, sort), fields, most)
        level = narrow(row_filter, f"{field} == {_signed(cutoff, sort)}")
        return above + self._table.query(level, fields, most - len(above)), False

    def _sample(self, row_filter: RowFilter, field: str, sort: Sort) -> list[int]:
        rows = self._table.query(row_filter.prefilter, (field,), _SAMPLED_VALUES)
        return [_signed(row[field], sort) for row in rows] or [0]


def _signed(value: int, sort: Sort) -> int:
    """Negate a value if the smallest ones come first."""
    return -value if sort.reverse else value


def _from_value(row_filter: RowFilter, field: str, value: int, sort: Sort) -> RowFilter:
    """Select the rows with a value or with one that precedes it in an order."""
    value = _signed(max(-_MAX_VALUE, min(value, _MAX_VALUE)), sort)
    return narrow(row_filter, f"{field} {'<=' if sort.reverse else '>='} {value}")


def _sort_rows(sort: Sort, rows: Sequence[Row]) -> Keys:
    """Return the ids of rows in an order, as `tui.search.local.filters.sort_rows` does."""
    rows = sorted(rows, key=lambda row: str(row["path"]))
    ids = np.array([row["id"] for row in rows], dtype=np.int64)
    if sort.key == "name":
        names = [search_key(name_of(row)).encode() for row in rows]
        rank_of = {name: rank for rank, name in enumerate(sorted(set(names)))}
        keys = np.array([rank_of[name] for name in names], dtype=np.int64)
    else:
        keys = -np.array([row[_FIELDS[sort.key]] for row in rows], dtype=np.int64)
    in_order = ids[np.argsort(keys, kind="stable")]
    return in_order[::-1] if sort.reverse else in_order
