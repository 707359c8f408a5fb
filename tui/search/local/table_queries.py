"""How the columns of the pictures are read from the catalog, after a file id."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tui.core.wall_clock import offset_ns

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from tui.core.domain import Keys

_AT_ONCE = 10_000
_STEP_SECONDS = 900
"""A zone's clock changes at a whole quarter of an hour of UTC; Lord Howe's at half past."""

NO_DATE = -(2**63) + 1
"""Stands for the date taken of a picture that has none."""

_NOWHERE = 999
"""Stands for a missing latitude or longitude while these are read."""

_FILES = (
    "SELECT f.id, f.content_id, f.folder_id, coalesce(c.taken_ns, f.mtime_ns), c.taken_ns IS NULL"
    " FROM files f"
    " CROSS JOIN contents c ON c.id = f.content_id CROSS JOIN folders d ON d.id = f.folder_id"
    " WHERE c.error IS NULL AND d.available AND f.id > :since ORDER BY f.id"
)
_OF_FILES = "FROM files f WHERE f.content_id IS NOT NULL"
_OF_CONTENTS = "FROM files f CROSS JOIN contents c ON c.id = f.content_id WHERE c.error IS NULL"
_MARKS = (
    "SELECT (SELECT value FROM counters WHERE name = 'rewrites'),"
    " coalesce((SELECT value FROM counters WHERE name = 'touches'), 0),"
    " (SELECT value FROM counters WHERE name = 'known_contents'),"
    " (SELECT coalesce(max(id), 0) FROM contents)"
)


class ChangeCounters(NamedTuple):
    """What a reader compares.

    ``rewrites`` changes when more happened than new rows, ``touches`` when known files have
    another size or date. Contents with an id above ``known_contents`` came in the last run that
    found any.
    """

    rewrites: int
    touches: int
    known_contents: int


def read_change_counters(connection: sqlite3.Connection) -> ChangeCounters:
    """Return the marks; no content is new where no run has said so yet."""
    rewrites, touches, known, last = connection.execute(_MARKS).fetchone()
    return ChangeCounters(rewrites, touches, last if known is None else known)


def read_files(connection: sqlite3.Connection, since: int) -> NDArray[np.int64]:
    """Return id, content, folder and date of the pictures after a file id, shape ``(n, 4)``.

    Dates are as a clock on the wall shows them, in nanoseconds read as UTC.
    """
    rows = _table(connection.execute(_FILES, {"since": since}), 5, np.int64)
    _to_wall_clock(rows[:, 3], of_file=rows[:, 4] == 1)
    return rows[:, :4]


def read_folders(connection: sqlite3.Connection) -> dict[int, bytes]:
    """Return the path of every folder by its id, ids ascending."""
    return dict(connection.execute("SELECT id, path FROM folders ORDER BY id"))


@dataclass(frozen=True, slots=True)
class NumberColumns:
    """Columns of numbers that are read together.

    ``expressions`` are what is read, ``finish`` makes the columns, shape ``(n, columns)``, of what
    was read.
    """

    expressions: tuple[str, ...]
    dtype: type[np.generic]
    finish: Callable[[NDArray[Any]], NDArray[Any]] | None = None

    def read(self, connection: sqlite3.Connection, since: int, wanted: Keys) -> NDArray[Any]:
        """Return the columns of the wanted files, which come after ``since``."""
        wide = np.float64 if issubclass(self.dtype, np.floating) else np.int64
        rows = _table(
            _facts(connection, self.expressions, since, wanted), len(self.expressions) + 1, wide
        )
        values = _aligned(rows[:, 0], rows[:, 1:], wanted)
        if self.finish is not None:
            values = self.finish(values)
        return np.asfortranarray(values, dtype=self.dtype)  # each column in one piece


def read_texts(
    connection: sqlite3.Connection, what: str, since: int, wanted: Keys
) -> Iterator[Sequence[str | None]]:
    """Yield the texts of the wanted files, which come after ``since``, some thousands at once."""
    found = _facts(connection, (what,), since, wanted)
    done = 0
    while rows := found.fetchmany(_AT_ONCE):
        ids, texts = zip(*rows, strict=True)
        end = int(np.searchsorted(wanted, ids[-1], side="right"))
        part = wanted[done:end]
        if not np.array_equal(part, ids):
            known = dict(rows)
            texts = tuple(known.get(number) for number in part.tolist())
        yield texts
        done = end
    yield (None,) * (len(wanted) - done)


def _facts(
    connection: sqlite3.Connection, what: tuple[str, ...], since: int, wanted: Keys
) -> sqlite3.Cursor:
    last = int(wanted[-1]) if len(wanted) else since
    columns = ", ".join(what)
    tables = _OF_CONTENTS if "c." in columns else _OF_FILES
    return connection.execute(
        f"SELECT f.id, {columns} {tables} AND f.id > ? AND f.id <= ? ORDER BY f.id", (since, last)
    )


def _table(rows: Iterator[Any], width: int, dtype: type[np.generic]) -> NDArray[Any]:
    """Put rows straight into an array, without a list of tuples between."""
    return np.fromiter(chain.from_iterable(rows), dtype=dtype).reshape(-1, width)


def _aligned(ids: NDArray[Any], values: NDArray[Any], wanted: Keys) -> NDArray[Any]:
    """Take the wanted rows; zeros stand for files that have gone meanwhile."""
    if np.array_equal(ids, wanted):
        return values
    if not len(ids):
        return np.zeros((len(wanted), values.shape[1]), dtype=values.dtype)
    places = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
    return np.where((ids[places] == wanted)[:, np.newaxis], values[places], 0)


def _to_wall_clock(dates: NDArray[np.int64], of_file: NDArray[np.bool_]) -> None:
    """Turn dates in place: EXIF's are local already, a file's is true UTC."""
    steps, places = np.unique(dates[of_file] // (_STEP_SECONDS * 10**9), return_inverse=True)
    offsets = np.array([offset_ns(step * _STEP_SECONDS) for step in steps.tolist()], np.int64)
    dates[of_file] += offsets[places]


def _with_nan(places: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(places == _NOWHERE, np.nan, places)


SIZES = NumberColumns(("f.size",), np.int64)
TAKEN = NumberColumns((f"coalesce(c.taken_ns, {NO_DATE})",), np.int64)
PIXELS = NumberColumns(("coalesce(c.width, 0)", "coalesce(c.height, 0)"), np.int32)
PLACES = NumberColumns(
    (f"coalesce(c.latitude, {_NOWHERE})", f"coalesce(c.longitude, {_NOWHERE})"),
    np.float32,
    _with_nan,
)
NAME = "f.folded"
CAMERA = "c.camera"
