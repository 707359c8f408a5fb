"""The first of many rows in an order, from a server that knows none.

Milvus counts rows above a value and returns rows in whatever order. So the value is looked for
from which on there are few enough, and these are put in order here. A few hundred values say where
to look, and then the way is halved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tui.library.milvus.rows.collection import MOST
from tui.search.milvus.filters import RowFilter, narrow
from tui.search.milvus.post_filter import name_of
from tui.search.query.terms import Sort
from tui.storage.path_encoding import bare

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tui.core.domain import Keys
    from tui.search.milvus.cached_table import CachedTable, Row
    from tui.search.milvus.raw_pairs import MilvusRawPairs

_SOME = 256
"""Values that say where to begin to look."""

_PROBES = 100
"""More than it takes to halve 64 bits."""

_LAST = 2**63 - 1
_FIELDS = {"date": "date", "size": "size", "name": "path"}


def find_cutoff(count: Callable[[int], int], some: Sequence[int], wanted: int, most: int) -> int:
    """Find the value from which on there are neither too few rows nor too many.

    Args:
        count: how many rows have that value or a greater one; all have more than ``most``
            together.
        some: values of some rows, at least one.
        wanted: how many rows there should be at least.
        most: and at most.

    Returns:
        The greatest value with at least ``wanted`` rows where so many are equal that none has
        between ``wanted`` and ``most``.
    """
    values = sorted(set(some))
    step = max(1, (values[-1] - values[0]) // len(values))
    low: int | None = None
    high: int | None = None
    guess = values[-max(1, len(values) // 16)]
    for _ in range(_PROBES):
        found = count(guess)
        if wanted <= found <= most:
            return guess
        if found > most:
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
        table: the rows.
        shots: finds what stands for raw files.
        listed: how many are listed before somebody scrolls on, at most.
    """

    def __init__(self, table: CachedTable, shots: MilvusRawPairs, listed: int) -> None:
        self._table = table
        self._shots = shots
        self._listed = listed

    def list_first(
        self,
        chosen: RowFilter,
        sort: Sort | None,
        *,
        deep: bool = False,
        fold: bool = True,
        before: Sequence[RowFilter] = (),
    ) -> tuple[Keys, int]:
        """Return the first of some rows, and how many more could be listed.

        Args:
            chosen: the rows.
            sort: their order; None is newest first, and so is an order by score.
            deep: all that could be listed.
            fold: leave out raw files that a picture stands for.
            before: rows that come first, one after the other, unless an order was asked for.
        """
        found, rest = self._first(chosen, sort, deep=deep, fold=fold)
        for leading in reversed(before):
            ids, more = self._first(leading, sort, deep=deep, fold=fold)
            found, rest = np.concatenate([ids, found[~np.isin(found, ids)]]), rest + more
        if before and sort is not None and sort.key != "score":
            found = self.sort(found, sort)
        return found, rest

    def _first(
        self, chosen: RowFilter, sort: Sort | None, *, deep: bool, fold: bool
    ) -> tuple[Keys, int]:
        sort = _in_force(sort)
        deep = deep or self.is_beyond(chosen, sort)
        rows, is_whole = self._rows(chosen, sort, deep=deep)
        paired = np.zeros(len(rows), dtype=np.bool_)
        if fold:
            shown, hidden = self._shots.pair(rows, chosen)
            paired[shown >= 0] = True
            paired[hidden] = True
        ids = _ordered(sort, [rows[place] for place in np.flatnonzero(~paired).tolist()])
        if deep or is_whole:
            return ids, 0
        return ids, max(1, min(self._table.count(chosen), MOST) - len(rows))

    def is_beyond(self, chosen: RowFilter, sort: Sort | None) -> bool:
        """Whether so many can't be put in order: by name, only the newest are."""
        return (
            sort is not None and sort.key == "name" and self._table.count(chosen.prefilter) > MOST
        )

    def sort(self, file_ids: Keys, sort: Sort) -> Keys:
        """Put files in an order; those that went meanwhile are left out."""
        ids: list[int] = file_ids.tolist()
        return _ordered(sort, self._table.with_ids(ids, {"path", _FIELDS[sort.key]}))

    def _rows(self, chosen: RowFilter, sort: Sort, *, deep: bool) -> tuple[list[Row], bool]:
        """Return the first rows of an order, and whether these are all."""
        fields = {"path", _FIELDS[sort.key]}
        most = MOST if deep else self._listed
        if sort.key == "name":  # which come first can't be told by counting: it is the newest then
            most, sort = MOST, Sort("date")
            fields.add("date")
        if self._table.count(chosen.prefilter) <= most:
            return self._table.query(chosen, fields, most), True
        field = _FIELDS[sort.key]
        value = find_cutoff(
            lambda value: self._table.count(_from(chosen.prefilter, field, value, sort)),
            self._some(chosen, field, sort),
            most * 3 // 4 if deep else most // 8,
            most,
        )
        here = _from(chosen, field, value, sort)
        if self._table.count(here.prefilter) <= most:
            return self._table.query(here, fields, most), False
        above = self._table.query(_from(chosen, field, value + 1, sort), fields, most)
        level = narrow(chosen, f"{field} == {_signed(value, sort)}")
        return above + self._table.query(level, fields, most - len(above)), False

    def _some(self, chosen: RowFilter, field: str, sort: Sort) -> list[int]:
        rows = self._table.query(chosen.prefilter, (field,), _SOME)
        return [_signed(row[field], sort) for row in rows] or [0]


def _in_force(sort: Sort | None) -> Sort:
    if sort is None or sort.key == "score":
        return Sort("date", sort is not None and sort.reverse)
    return sort


def _signed(value: int, sort: Sort) -> int:
    """Turn a value round where the smallest come first."""
    return -value if sort.reverse else value


def _from(chosen: RowFilter, field: str, value: int, sort: Sort) -> RowFilter:
    """Return the rows with a value or one that comes before it."""
    value = _signed(max(-_LAST, min(value, _LAST)), sort)
    return narrow(chosen, f"{field} {'<=' if sort.reverse else '>='} {value}")


def _ordered(sort: Sort, rows: Sequence[Row]) -> Keys:
    """Return the ids of rows in an order, as `tui.search.local.filters.sort_rows` does."""
    rows = sorted(rows, key=lambda row: str(row["path"]))
    ids = np.array([row["id"] for row in rows], dtype=np.int64)
    if sort.key == "name":
        names = [bare(name_of(row)).encode() for row in rows]
        place = {name: number for number, name in enumerate(sorted(set(names)))}
        keys = np.array([place[name] for name in names], dtype=np.int64)
    else:
        keys = -np.array([row[_FIELDS[sort.key]] for row in rows], dtype=np.int64)
    found = ids[np.argsort(keys, kind="stable")]
    return found[::-1] if sort.reverse else found
