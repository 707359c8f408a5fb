"""Reads the columns of the picture table from the catalog, for files after an id."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tui.core.wall_clock import offset_ns
from tui.search.local.sorted_ids import locate
from tui.search.matching.raw_companions import NO_DATE

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from tui.core.domain import Keys, Mask

_BATCH = 10_000
_STEP_SECONDS = 900
"""Time zones change their clocks at a whole quarter of an hour of UTC."""

_NOWHERE = 999
"""Represents an unknown latitude or longitude in SQLite's rows."""

_FILES = (
    "SELECT f.id, f.content_id, f.folder_id, coalesce(c.taken_ns, f.mtime_ns), c.taken_ns IS NULL"
    " FROM files f"
    " CROSS JOIN contents c ON c.id = f.content_id CROSS JOIN folders d ON d.id = f.folder_id"
    " WHERE c.error IS NULL AND d.available AND f.id > :since ORDER BY f.id"
)
_OF_FILES = "FROM files f WHERE f.content_id IS NOT NULL"
_OF_CONTENTS = "FROM files f CROSS JOIN contents c ON c.id = f.content_id WHERE c.error IS NULL"
_COUNTERS = (
    "SELECT (SELECT value FROM counters WHERE name = 'rewrites'),"
    " coalesce((SELECT value FROM counters WHERE name = 'touches'), 0),"
    " (SELECT value FROM counters WHERE name = 'known_contents'),"
    " (SELECT coalesce(max(id), 0) FROM contents)"
)


class ChangeCounters(NamedTuple):
    """Counters of the catalog that tell a reader what has changed.

    Attributes:
        rewrites: changes when rows were changed or removed, not only added.
        touches: changes when indexed files have another size or date.
        known_contents: contents with a greater id came in the last run that found any.
    """

    rewrites: int
    touches: int
    known_contents: int


def read_change_counters(connection: sqlite3.Connection) -> ChangeCounters:
    """Return the counters; before any run has recorded them, no content is new."""
    rewrites, touches, known_contents, last = connection.execute(_COUNTERS).fetchone()
    return ChangeCounters(rewrites, touches, last if known_contents is None else known_contents)


def read_files(connection: sqlite3.Connection, since: int) -> NDArray[np.int64]:
    """Return id, content, folder and date of the pictures after a file id, shape ``(n, 4)``.

    Dates are wall-clock times in nanoseconds, read as UTC.
    """
    rows = _to_array(connection.execute(_FILES, {"since": since}), 5, np.int64)
    _to_wall_clock(rows[:, 3], is_file_time=rows[:, 4] == 1)
    return rows[:, :4]


def read_folders(connection: sqlite3.Connection) -> dict[int, bytes]:
    """Return the path of every folder by its id, ids ascending."""
    return dict(connection.execute("SELECT id, path FROM folders ORDER BY id"))


@dataclass(frozen=True, slots=True)
class NumberColumns:
    """Columns of numbers that are read together.

    Attributes:
        expressions: one SQL expression a column.
        dtype: that of the columns.
        convert: turns the values of SQLite, shape ``(n, columns)``, into those of the columns.
    """

    expressions: tuple[str, ...]
    dtype: type[np.generic]
    convert: Callable[[NDArray[Any]], NDArray[Any]] | None = None

    def read(self, connection: sqlite3.Connection, since: int, file_ids: Keys) -> NDArray[Any]:
        """Return the columns of ascending files, all of which come after ``since``."""
        wide = np.float64 if issubclass(self.dtype, np.floating) else np.int64
        cursor = _select(connection, self.expressions, since, file_ids)
        rows = _to_array(cursor, len(self.expressions) + 1, wide)
        values = _align(rows[:, 0], rows[:, 1:], file_ids)
        if self.convert is not None:
            values = self.convert(values)
        return np.asfortranarray(values, dtype=self.dtype)  # makes each column contiguous


def read_texts(
    connection: sqlite3.Connection, expression: str, since: int, file_ids: Keys
) -> Iterator[Sequence[str | None]]:
    """Yield in batches one text for each of ascending files, which come after ``since``."""
    cursor = _select(connection, (expression,), since, file_ids)
    done = 0
    while rows := cursor.fetchmany(_BATCH):
        ids, texts = zip(*rows, strict=True)
        end = int(np.searchsorted(file_ids, ids[-1], side="right"))
        part = file_ids[done:end]
        if not np.array_equal(part, ids):
            by_id = dict(rows)
            texts = tuple(by_id.get(number) for number in part.tolist())
        yield texts
        done = end
    yield (None,) * (len(file_ids) - done)


def _select(
    connection: sqlite3.Connection, expressions: tuple[str, ...], since: int, file_ids: Keys
) -> sqlite3.Cursor:
    last = int(file_ids[-1]) if len(file_ids) else since
    columns = ", ".join(expressions)
    tables = _OF_CONTENTS if "c." in columns else _OF_FILES
    return connection.execute(
        f"SELECT f.id, {columns} {tables} AND f.id > ? AND f.id <= ? ORDER BY f.id", (since, last)
    )


def _to_array(rows: Iterator[Any], width: int, dtype: type[np.generic]) -> NDArray[Any]:
    """Convert rows to an array without a list of tuples in between."""
    return np.fromiter(chain.from_iterable(rows), dtype=dtype).reshape(-1, width)


def _align(ids: NDArray[Any], values: NDArray[Any], file_ids: Keys) -> NDArray[Any]:
    """Return one row a file; zeros for files that were removed meanwhile."""
    if np.array_equal(ids, file_ids):
        return values
    rows, exists = locate(file_ids, ids)
    aligned = np.zeros((len(file_ids), values.shape[1]), dtype=values.dtype)
    aligned[exists] = values[rows[exists]]
    return aligned


def _to_wall_clock(dates: NDArray[np.int64], is_file_time: Mask) -> None:
    """Convert file times, which are UTC, in place; the dates of EXIF are local already."""
    quarters = dates[is_file_time] // (_STEP_SECONDS * 10**9)
    steps, codes = np.unique(quarters, return_inverse=True)
    offsets = np.array([offset_ns(step * _STEP_SECONDS) for step in steps.tolist()], np.int64)
    dates[is_file_time] += offsets[codes]


def _with_nan(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(degrees == _NOWHERE, np.nan, degrees)


SIZES = NumberColumns(("f.size",), np.int64)
TAKEN = NumberColumns((f"coalesce(c.taken_ns, {NO_DATE})",), np.int64)
PIXELS = NumberColumns(("coalesce(c.width, 0)", "coalesce(c.height, 0)"), np.int32)
POSITIONS = NumberColumns(
    (f"coalesce(c.latitude, {_NOWHERE})", f"coalesce(c.longitude, {_NOWHERE})"),
    np.float32,
    _with_nan,
)
NAME = "f.folded"
CAMERA = "c.camera"
