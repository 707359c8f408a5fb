"""All pictures in the order of their dates: sorted once, then only what is new is put in."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tui.library.catalog_files import pairs
from tui.library.paths import BELOW, span

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from numpy.typing import NDArray

    from tui.domain import Keys

_PICTURES = (
    "SELECT f.id, coalesce(c.taken_ns, f.mtime_ns) FROM {loops}"
    " CROSS JOIN contents c ON c.id = f.content_id"
    " WHERE c.error IS NULL AND d.available AND {where}"
)
_NEW = _PICTURES.format(
    loops="files f CROSS JOIN folders d ON d.id = f.folder_id", where="f.id > :file"
)
_BELOW = _PICTURES.format(loops="folders d CROSS JOIN files f ON f.folder_id = d.id", where=BELOW)


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """The order, and up to which file it was read; ``dates`` are in nanoseconds, descending."""

    version: int
    epoch: int
    changes: int
    file: int
    ids: Keys
    dates: NDArray[np.int64]


class NewestFirst:
    """The ids of pictures, newest first; those of one moment by id.

    To sort a million takes most of a second, so the order of the whole library is kept; after a
    commit that only added rows these alone are read and put in.
    """

    def __init__(
        self,
        reading: Callable[[], AbstractContextManager[sqlite3.Connection]],
        data_version: Callable[[], int],
    ) -> None:
        self._reading = reading
        self._data_version = data_version
        self._lock = threading.Lock()
        self._known: _Known | None = None

    def whole(self) -> Keys:
        """Return the order of the whole library."""
        with self._lock:
            version = self._data_version()
            if self._known is None or self._known.version != version:
                with self._reading() as connection:
                    self._known = _read(connection, version, self._known)
            return self._known.ids

    def below(self, scope: Path) -> Keys:
        """Return the order of one folder and all below it."""
        with self._reading() as connection:
            return _sorted(pairs(connection, _BELOW, span(scope)._asdict()))[0]


def _read(connection: sqlite3.Connection, version: int, known: _Known | None) -> _Known:
    changes, file = connection.execute(
        "SELECT (SELECT sum(value) FROM counters WHERE name IN ('rewrites', 'touches')),"
        " (SELECT coalesce(max(id), 0) FROM files)"
    ).fetchone()
    epoch = version >> 32
    if known is None or (known.epoch, known.changes) != (epoch, changes):
        ids, dates = _sorted(pairs(connection, _NEW, {"file": 0}))
    else:
        more, times = _sorted(pairs(connection, _NEW, {"file": known.file}))
        places = np.searchsorted(-known.dates, -times, side="right")
        ids, dates = np.insert(known.ids, places, more), np.insert(known.dates, places, times)
    return _Known(version, epoch, changes, file, ids, dates)


def _sorted(rows: NDArray[np.int64]) -> tuple[Keys, NDArray[np.int64]]:
    order = np.lexsort((rows[:, 0], -rows[:, 1]))
    return rows[order, 0], rows[order, 1]
