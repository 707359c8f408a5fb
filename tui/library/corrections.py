"""The library is told at once of files that the user took away or put back.

A scan would see it too, later.
Takes the writer lock for a moment, where the library has one. While an indexing run holds it, while
the library's server is away, or where this user may only read, the next run has to do this.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tui.domain import ImageFile, ServerError
from tui.library.hashing import digest
from tui.library.records import IndexedFile
from tui.library.sharing import why_read_only
from tui.library.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from tui.config import Settings
    from tui.library.store import StoreWriter

_PATIENCE = 1.0


def leave_out(settings: Settings, file_ids: Sequence[int]) -> bool:
    """Drop files that are gone; False where that is left to the next run.

    Raises:
        CatalogError: the catalog can't be written.
    """
    return _write(settings, lambda writer: writer.remove_files(file_ids))


def take_back(settings: Settings, model_id: str, paths: Iterable[Path]) -> bool:
    """Take up files whose bytes the catalog knows; False where that is left to the next run.

    Raises:
        CatalogError: the catalog can't be written.
        OSError: a file can't be read.
    """
    files = [IndexedFile(_seen(path), digest(path)) for path in paths]
    return _write(settings, lambda writer: writer.commit(model_id, files))


def _write(settings: Settings, change: Callable[[StoreWriter], object]) -> bool:
    if not settings.is_remote and why_read_only(settings.library_dir) is not None:
        return False
    until = time.monotonic() + _PATIENCE
    try:
        with open_store(settings) as store:
            with store.writing(lambda: time.monotonic() > until) as writer:
                if writer is not None:
                    change(writer)
            return writer is not None
    except ServerError:  # away, or this user may only read
        return False


def _seen(path: Path) -> ImageFile:
    status = path.stat()
    return ImageFile(path, status.st_size, status.st_mtime_ns, status.st_ino)
