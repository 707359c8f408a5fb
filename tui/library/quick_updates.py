"""Updates the library at once when the user removes or restores files; a scan would do so later.

A local library is locked for a moment. While an indexing run holds the lock or the server is
unavailable, and for a read-only user, the next indexing run makes the change.
"""

from __future__ import annotations

import math
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from tui.core.domain import ImageFile
from tui.core.errors import ServerError
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
    """Remove files from the library; False if the next run has to do it.

    Raises:
        CatalogError: the catalog can't be written.
    """

    def drop(_: Store, writer: StoreWriter) -> bool:
        writer.remove_files(file_ids)
        return True

    return _write(settings, drop)


def restore_files(settings: Settings, model_id: str, paths: Iterable[Path]) -> bool:
    """Add files whose contents the library has; False if the next run has to do it.

    A catalog has the contents of removed files, a server only those that another file also has. A
    file that can't be read is skipped.

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
        return store.content_records(contents, model_id).keys() >= contents

    return _write(settings, add)


def _write(settings: Settings, change: Callable[[Store, StoreWriter], bool]) -> bool:
    library = open_library(settings)
    if library.read_only_reason() is not None:
        return False
    try:
        with library.open_store() as store:
            until = time.monotonic() + _PATIENCE
            with store.writing(lambda: time.monotonic() > until) as writer:
                until = math.inf  # the change itself is not interrupted
                return writer is not None and change(store, writer)
    except ServerError:  # unavailable, or read-only for this user
        return False


def _file_on_disk(path: Path) -> ImageFile:
    status = path.stat()
    return ImageFile(path, status.st_size, status.st_mtime_ns, status.st_ino)
