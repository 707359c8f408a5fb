"""All pictures in the order of their dates: sorted once, then only what is new is put in."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tui.library.catalog_files import lie_below, triples

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from numpy.typing import NDArray

    from tui.domain import Keys

_NEW = (
    "SELECT f.id, coalesce(c.taken_ns, f.mtime_ns), f.folder_id FROM files f"
    " CROSS JOIN folders d ON d.id = f.folder_id CROSS JOIN contents c ON c.id = f.content_id"
    " WHERE c.error IS NULL AND d.available AND f.id > :file"
)


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """The order, and up to which file it was read.

    ``dates`` are in nanoseconds, descending; ``folders`` are the ids of the files' folders.
    """

    version: int
    epoch: int
    changes: int
    file: int
    ids: Keys
    dates: NDArray[np.int64]
    folders: NDArray[np.int32]


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
        return self._now().ids

    def below(self, scope: Path) -> Keys:
        """Return the order of one folder and all below it."""
        known = self._now()
        with self._reading() as connection:
            return known.ids[lie_below(connection, scope, known.folders)]

    def _now(self) -> _Known:
        with self._lock:
            version = self._data_version()
            if self._known is None or self._known.version != version:
                with self._reading() as connection:
                    self._known = _read(connection, version, self._known)
            return self._known


def _read(connection: sqlite3.Connection, version: int, known: _Known | None) -> _Known:
    changes, file = connection.execute(
        "SELECT (SELECT sum(value) FROM counters WHERE name IN ('rewrites', 'touches')),"
        " (SELECT coalesce(max(id), 0) FROM files)"
    ).fetchone()
    epoch = version >> 32
    if known is None or (known.epoch, known.changes) != (epoch, changes):
        rows = _sorted(triples(connection, _NEW, {"file": 0}))
        ids, dates, folders = rows[:, 0].copy(), rows[:, 1].copy(), rows[:, 2].astype(np.int32)
        return _Known(version, epoch, changes, file, ids, dates, folders)
    added = _sorted(triples(connection, _NEW, {"file": known.file}))
    if not len(added):
        return replace(known, version=version, file=file)
    places = np.searchsorted(-known.dates, -added[:, 1], side="right")
    ids = np.insert(known.ids, places, added[:, 0])
    dates = np.insert(known.dates, places, added[:, 1])
    folders = np.insert(known.folders, places, added[:, 2].astype(np.int32))
    return _Known(version, epoch, changes, file, ids, dates, folders)


def _sorted(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    return rows[np.lexsort((rows[:, 0], -rows[:, 1]))]
