"""The columns that filters and orders compare: arrays with one row a picture, cached in memory.

A column is read when it is first needed; dates come with the ids, since a library opens in the
order of dates. After a commit that only added rows (see ``counters.rewrites``), only the new rows
are read. If files changed only their size or date (``counters.touches``), ids, dates and sizes are
read again. This module imports NumPy at once, so import it late.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from tui.search.local.categorical import append_cameras, append_suffixes
from tui.search.local.table_queries import (
    CAMERA,
    NAME,
    PIXELS,
    POSITIONS,
    SIZES,
    TAKEN,
    ChangeCounters,
    read_change_counters,
    read_files,
    read_folders,
    read_texts,
)
from tui.search.matching.file_names import FileNames
from tui.search.matching.folder_index import FolderIndex

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from numpy.typing import NDArray

    from tui.core.domain import Keys, Mask
    from tui.library.local.catalog.reader import Catalog
    from tui.search.local.categorical import Categorical
    from tui.search.local.table_queries import NumberColumns

Derived = TypeVar("Derived")


class PictureTable:
    """The pictures of a library by file id; every column is aligned with ``file_ids``.

    All columns show the library at the last `refresh`; nothing is read before it is needed. Methods
    are thread-safe, but a caller that compares columns must prevent a refresh meanwhile.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._lock = threading.RLock()
        self._locks: defaultdict[str, AbstractContextManager[object]] = defaultdict(threading.RLock)
        self._version: int | None = None
        self._counters = ChangeCounters(0, 0, 0)
        self._files: NDArray[np.int64] = np.empty((0, 4), dtype=np.int64)
        self._folders: dict[int, bytes] = {}
        self._columns: dict[str, Any] = {}
        self._derived: dict[str, Any] = {}
        self._folder_index = FolderIndex({}, ())

    def __len__(self) -> int:
        return len(self.file_ids)

    def refresh(self) -> bool:
        """Read new commits; return True if anything changed."""
        with self._lock:
            version, before = self._catalog.data_version(), self._version
            if version == before:
                return False
            with self._catalog.reading() as connection:
                counters = read_change_counters(connection)
                epoch = None if before is None else before >> 32
                if (epoch, self._counters.rewrites) != (version >> 32, counters.rewrites):
                    self._files = self._files[:0]
                    self._columns.clear()
                elif counters.touches != self._counters.touches:
                    self._files = self._files[:0]  # only dates or sizes have changed
                    self._columns.pop("sizes", None)
                added = read_files(connection, self._id_before(len(self._files)))
                self._folders = read_folders(connection)
            self._files = np.asfortranarray(np.concatenate([self._files, added]))
            self._version, self._counters = version, counters
            self._derived = {}  # columns that are being read still belong to the former state
            return True

    @property
    def file_ids(self) -> Keys:
        """Ascending, shape ``(n,)``."""
        return self._base()[:, 0]

    @property
    def content_ids(self) -> Keys:
        """The content of each file, shape ``(n,)``."""
        return self._base()[:, 1]

    @property
    def folders(self) -> Keys:
        """The ids of the files' folders, shape ``(n,)``."""
        return self._base()[:, 2]

    @property
    def folder_paths(self) -> Mapping[int, bytes]:
        """The folders' absolute paths, as `tui.storage.path_encoding` encodes them, by id."""
        self._base()
        return self._folders

    @property
    def roots(self) -> Sequence[Path]:
        """The indexed folders, absolute."""
        return self.derived("roots", self._catalog.roots)

    @property
    def folder_index(self) -> FolderIndex:
        """The folders by path, name and word."""
        return self.derived("folder index", self._current_folder_index)

    @property
    def known_contents(self) -> int:
        """Contents with a greater id came in the last indexing run that found any."""
        self._base()
        return self._counters.known_contents

    @property
    def dates(self) -> NDArray[np.int64]:
        """Date taken, else file date: wall-clock nanoseconds read as UTC, shape ``(n,)``."""
        return self._base()[:, 3]

    @property
    def taken(self) -> NDArray[np.int64]:
        """Date taken in nanoseconds, ``NO_DATE`` for none, shape ``(n,)``."""
        return self._numbers("taken", TAKEN)[:, 0]

    @property
    def sizes(self) -> NDArray[np.int64]:
        """In bytes, shape ``(n,)``."""
        return self._numbers("sizes", SIZES)[:, 0]

    @property
    def widths(self) -> NDArray[np.int32]:
        """In pixels, upright, shape ``(n,)``."""
        return self._numbers("pixels", PIXELS)[:, 0]

    @property
    def heights(self) -> NDArray[np.int32]:
        """In pixels, upright, shape ``(n,)``."""
        return self._numbers("pixels", PIXELS)[:, 1]

    @property
    def latitudes(self) -> NDArray[np.float32]:
        """In signed degrees (WGS 84), NaN if unknown, shape ``(n,)``."""
        return self._numbers("positions", POSITIONS)[:, 0]

    @property
    def longitudes(self) -> NDArray[np.float32]:
        """In signed degrees (WGS 84), NaN if unknown, shape ``(n,)``."""
        return self._numbers("positions", POSITIONS)[:, 1]

    @property
    def extensions(self) -> Categorical:
        """The names' suffixes, folded, without the dot."""
        return self._texts("extensions", NAME, append_suffixes)

    @property
    def cameras(self) -> Categorical:
        """The cameras' names as their pictures spell them."""
        return self._texts("cameras", CAMERA, append_cameras)

    @property
    def names(self) -> FileNames:
        """The files' names without case and accents."""

        def append(names: FileNames | None, parts: Iterator[Sequence[str | None]]) -> FileNames:
            return (names or FileNames()).append(parts)

        return self._texts("names", NAME, append)

    def in_folders(self, folder_ids: Sequence[int]) -> Mask:
        """Return a mask of the files that are directly in any of the folders, shape ``(n,)``."""
        return self.folder_mask(folder_ids)[self.folders]

    def folder_mask(self, folder_ids: Sequence[int]) -> Mask:
        """Return a mask over all folder ids that is True for the given ones."""
        selected = np.zeros(max(self.folder_paths, default=0) + 1, dtype=np.bool_)
        selected[folder_ids] = True
        return selected

    @property
    def folder_sizes(self) -> Keys:
        """The number of files directly in each folder, by folder id."""
        ids = max(self.folder_paths, default=0) + 1
        return self.derived("folder sizes", lambda: np.bincount(self.folders, minlength=ids))

    @property
    def is_in_content_order(self) -> bool:
        """Whether the contents of the files ascend with the files' ids."""
        return self.derived(
            "content order", lambda: bool(np.all(self.content_ids[1:] >= self.content_ids[:-1]))
        )

    def preload(self) -> None:
        """Read the columns that filters compare; searches can use the loaded ones meanwhile."""
        for column in (self.cameras.codes, self.widths, self.latitudes, self.sizes):
            len(column)

    def derived(self, name: str, make: Callable[[], Derived]) -> Derived:
        """Return the result of ``make``, cached until the library changes."""
        with self._lock_of(name):
            with self._lock:
                self._base()
                values = self._derived
            if name not in values:
                values[name] = make()
            value: Derived = values[name]
            return value

    def _current_folder_index(self) -> FolderIndex:
        """Return the index of the folders, reusing the previous one if they have not changed."""
        if (self._folder_index.paths, self._folder_index.roots) != (self._folders, self.roots):
            self._folder_index = FolderIndex(self._folders, self.roots)
        return self._folder_index

    def _base(self) -> NDArray[np.int64]:
        if self._version is None:
            self.refresh()
        return self._files

    def _id_before(self, row: int) -> int:
        return int(self._files[row - 1, 0]) if row else 0

    def _lock_of(self, name: str) -> AbstractContextManager[object]:
        with self._lock:
            return self._locks[name]

    def _column(
        self,
        name: str,
        extend: Callable[[sqlite3.Connection, Derived | None, int, Keys], Derived],
    ) -> Derived:
        """Return a column of all files, after reading its missing rows.

        Only this column is locked meanwhile, since reading a large library takes long.

        Args:
            name: of the column.
            extend: takes the column (None for a new one), the last id that it covers and later
                ids; returns the column with the rows of those ids.
        """
        with self._lock_of(name):
            while True:
                with self._lock:
                    files = self._base()
                    count, column = self._columns.get(name, (0, None))
                    since = self._id_before(count)
                if column is None or count < len(files):
                    with self._catalog.reading() as connection:
                        column = extend(connection, column, since, files[count:, 0])
                with self._lock:
                    if files is self._files:  # otherwise the library has changed meanwhile
                        self._columns[name] = len(files), column
                        value: Derived = column
                        return value

    def _numbers(self, name: str, numbers: NumberColumns) -> NDArray[Any]:
        def extend(
            connection: sqlite3.Connection,
            columns: NDArray[Any] | None,
            since: int,
            file_ids: Keys,
        ) -> NDArray[Any]:
            more = numbers.read(connection, since, file_ids)
            return more if columns is None else np.asfortranarray(np.concatenate([columns, more]))

        return self._column(name, extend)

    def _texts(
        self,
        name: str,
        expression: str,
        append: Callable[[Derived | None, Iterator[Sequence[str | None]]], Derived],
    ) -> Derived:
        def extend(
            connection: sqlite3.Connection, column: Derived | None, since: int, file_ids: Keys
        ) -> Derived:
            return append(column, read_texts(connection, expression, since, file_ids))

        return self._column(name, extend)
