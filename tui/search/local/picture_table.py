"""What filters and orders look at, as arrays with one row a picture, kept in memory.

A column is read when it is first asked for; dates come with the ids, since a library is shown by
date first. After a commit that only added rows (``counters.rewrites`` says so) only these are read;
where known files changed their size or date alone (``counters.touches``), ids, dates and sizes are
read again. It imports NumPy: load it late.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np

from tui.search.local.table_queries import (
    CAMERA,
    NAME,
    PIXELS,
    PLACES,
    SIZES,
    TAKEN,
    ChangeCounters,
    read_change_counters,
    read_files,
    read_folders,
    read_texts,
)
from tui.search.matching.file_names import FileNames

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from numpy.typing import NDArray

    from tui.core.domain import Keys
    from tui.search.local.table_queries import NumberColumns

Derived = TypeVar("Derived")


class TableSource(Protocol):
    """What the columns ask of the catalog; callable from several threads."""

    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """Lend a connection to read with."""
        ...

    def data_version(self) -> int:
        """Differs when anything was committed since."""
        ...

    def roots(self) -> list[Path]:
        """The folders that were given to index."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Categorical:
    """Texts that repeat: a file's is ``values[codes[row]]``, empty where it has none."""

    codes: NDArray[np.int32]
    values: tuple[str, ...]


class PictureTable:
    """The pictures of a library by file id; every column is aligned with ``file_ids``.

    All is of the moment of the last `refresh`; nothing is read before something is asked.
    Methods may be called from any thread, but who compares columns must not refresh meanwhile.
    """

    def __init__(self, catalog: TableSource) -> None:
        self._catalog = catalog
        self._lock = threading.RLock()
        self._version: int | None = None
        self._marks = ChangeCounters(0, 0, 0)
        self._files: NDArray[np.int64] = np.empty((0, 4), dtype=np.int64)
        self._folders: dict[int, bytes] = {}
        self._loaded: dict[str, Any] = {}
        self._kept: dict[str, Any] = {}

    def __len__(self) -> int:
        return len(self.file_ids)

    def refresh(self) -> bool:
        """Take up what was committed since; True if anything changed."""
        with self._lock:
            version, before = self._catalog.data_version(), self._version
            if version == before:
                return False
            with self._catalog.reading() as connection:
                marks = read_change_counters(connection)
                epoch = None if before is None else before >> 32
                if (epoch, self._marks.rewrites) != (version >> 32, marks.rewrites):
                    self._files = self._files[:0]
                    self._loaded.clear()
                elif marks.touches != self._marks.touches:
                    self._files = self._files[:0]  # the same files with other dates
                    self._loaded.pop("sizes", None)
                added = read_files(connection, self._id_before(len(self._files)))
                self._folders = read_folders(connection)
            self._files = np.asfortranarray(np.concatenate([self._files, added]))
            self._version, self._marks = version, marks
            self._kept.clear()
            return True

    @property
    def file_ids(self) -> Keys:
        """Ascending, shape ``(n,)``."""
        return self._base()[:, 0]

    @property
    def content_ids(self) -> Keys:
        """What each file holds, shape ``(n,)``."""
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
        """The folders that were given to index, absolute."""
        return self.derived("roots", self._catalog.roots)

    @property
    def known_contents(self) -> int:
        """Contents with a greater id came in the last indexing run that found any."""
        self._base()
        return self._marks.known_contents

    @property
    def dates(self) -> NDArray[np.int64]:
        """Date taken, else the file's: wall-clock nanoseconds read as UTC, shape ``(n,)``."""
        return self._base()[:, 3]

    @property
    def taken(self) -> NDArray[np.int64]:
        """Date taken in nanoseconds, ``NO_DATE`` where there is none, shape ``(n,)``."""
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
        """In signed degrees (WGS 84), NaN where unknown, shape ``(n,)``."""
        return self._numbers("places", PLACES)[:, 0]

    @property
    def longitudes(self) -> NDArray[np.float32]:
        """In signed degrees (WGS 84), NaN where unknown, shape ``(n,)``."""
        return self._numbers("places", PLACES)[:, 1]

    @property
    def extensions(self) -> Categorical:
        """The names' suffixes, folded, without the dot."""
        return self._coded("extensions", NAME, _suffixes)

    @property
    def cameras(self) -> Categorical:
        """The cameras' names as they say them."""
        return self._coded("cameras", CAMERA, _cameras)

    @property
    def names(self) -> FileNames:
        """The files' names without case and accents."""
        return self._texts("names", NAME, lambda have, texts: (have or FileNames()).append(texts))

    def derived(self, name: str, make: Callable[[], Derived]) -> Derived:
        """Return what ``make`` gives, made once and kept until anything changes."""
        with self._lock:
            self._base()
            if name not in self._kept:
                self._kept[name] = make()
            found: Derived = self._kept[name]
            return found

    def _base(self) -> NDArray[np.int64]:
        if self._version is None:
            self.refresh()
        return self._files

    def _id_before(self, row: int) -> int:
        return int(self._files[row - 1, 0]) if row else 0

    def _numbers(self, name: str, numbers: NumberColumns) -> NDArray[Any]:
        with self._lock:
            files = self._base()
            have: NDArray[Any] = self._loaded.get(name, np.empty((0, 0)))
            if name not in self._loaded or len(have) < len(files):
                count = len(have)
                with self._catalog.reading() as connection:
                    more = numbers.read(connection, self._id_before(count), files[count:, 0])
                have = np.asfortranarray(np.concatenate([have, more])) if count else more
                self._loaded[name] = have
            return have

    def _coded(
        self, name: str, what: str, take: Callable[[Sequence[str | None]], list[str]]
    ) -> Categorical:
        def longer(have: Categorical | None, parts: Iterator[Sequence[str | None]]) -> Categorical:
            known = {value: code for code, value in enumerate(have.values)} if have else {}
            codes = [have.codes] if have else [np.empty(0, dtype=np.int32)]
            for texts in map(take, parts):
                for text in dict.fromkeys(texts):
                    known.setdefault(text, len(known))
                codes.append(np.fromiter(map(known.__getitem__, texts), np.int32, len(texts)))
            return Categorical(np.concatenate(codes), tuple(known))

        return self._texts(name, what, longer)

    def _texts(
        self,
        name: str,
        what: str,
        longer: Callable[[Derived | None, Iterator[Sequence[str | None]]], Derived],
    ) -> Derived:
        with self._lock:
            files = self._base()
            count, have = self._loaded.get(name, (0, None))
            if have is None or count < len(files):
                with self._catalog.reading() as connection:
                    wanted = files[count:, 0]
                    texts = read_texts(connection, what, self._id_before(count), wanted)
                    have = longer(have, texts)
                self._loaded[name] = (len(files), have)
            found: Derived = have
            return found


def _suffixes(names: Sequence[str | None]) -> list[str]:
    return [name.rpartition(".")[2] if name and "." in name else "" for name in names]


def _cameras(names: Sequence[str | None]) -> list[str]:
    return [name or "" for name in names]
