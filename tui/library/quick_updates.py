"""The library is told at once of files that the user took away or put back.

A scan would see it too, later.
Takes the writer lock for a moment, where the library has one. While an indexing run holds it, while
the library's server is away, or where this user may only read, the next run has to do this.
"""

from __future__ import annotations

import math
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from tui.core.domain import ImageFile, ServerError
from tui.library.base.records import IndexedFile
from tui.library.open import open_library
from tui.storage.hashing import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from tui.core.settings import Settings
    from tui.library.base.store import Store, StoreWriter

_PATIENCE = 1.0


def remove_files(settings: Settings, file_ids: Sequence[int]) -> bool:
    """Drop files that are gone; False where that is left to the next run.

    Raises:
        CatalogError: the catalog can't be written.
    """

    def drop(_: Store, writer: StoreWriter) -> bool:
        writer.remove_files(file_ids)
        return True

    return _write(settings, drop)


def restore_files(settings: Settings, model_id: str, paths: Iterable[Path]) -> bool:
    """Take up files whose bytes the library knows; False where that is left to the next run.

    A catalog knows the bytes of files that were dropped; a server does while another has the same.
    A file that can't be read, since it is gone again, is left to the next run alone.

    Raises:
        CatalogError: the catalog can't be written.
    """
    files = []
    for path in paths:
        with suppress(OSError):
            files.append(IndexedFile(_file_on_disk(path), digest(path)))
    if not files:
        return True
    contents = {file.digest for file in files if file.digest is not None}

    def add(store: Store, writer: StoreWriter) -> bool:
        writer.commit(model_id, files)
        return store.known_contents(contents, model_id).keys() >= contents

    return _write(settings, add)


def _write(settings: Settings, change: Callable[[Store, StoreWriter], bool]) -> bool:
    library = open_library(settings)
    if library.read_only_reason() is not None:
        return False
    try:
        with library.open_store() as store:
            until = time.monotonic() + _PATIENCE
            with store.writing(lambda: time.monotonic() > until) as writer:
                until = math.inf  # nothing may stop it after this
                return writer is not None and change(store, writer)
    except ServerError:  # away, or this user may only read
        return False


def _file_on_disk(path: Path) -> ImageFile:
    status = path.stat()
    return ImageFile(path, status.st_size, status.st_mtime_ns, status.st_ino)
