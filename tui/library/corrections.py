"""The catalog is told at once of files that the user took away or put back.

A scan would see it too, later.
Takes the writer lock for a moment. While an indexing run holds it, or where this user may only read
the library, the next run has to do this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.domain import ImageFile, LibraryBusyError
from tui.library.catalog import Catalog
from tui.library.catalog_write import CatalogWriter
from tui.library.hashing import digest
from tui.library.lock import writer_lock
from tui.library.records import IndexedFile
from tui.library.sharing import why_read_only

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

_PATIENCE = 1.0


def leave_out(data_dir: Path, file_ids: Sequence[int]) -> bool:
    """Drop files that are gone; False where that is left to the next run.

    Raises:
        CatalogError: the catalog can't be written.
    """
    return _write(data_dir, lambda writer: writer.remove_files(file_ids))


def take_back(data_dir: Path, model_id: str, paths: Iterable[Path]) -> bool:
    """Take up files whose bytes the catalog knows; False where that is left to the next run.

    Raises:
        CatalogError: the catalog can't be written.
        OSError: a file can't be read.
    """
    files = [IndexedFile(_seen(path), digest(path)) for path in paths]
    return _write(data_dir, lambda writer: writer.commit(model_id, files))


def _write(data_dir: Path, change: Callable[[CatalogWriter], object]) -> bool:
    if why_read_only(data_dir) is not None:
        return False
    try:
        with writer_lock(data_dir, _PATIENCE), Catalog.open(data_dir) as catalog:
            change(CatalogWriter(catalog))
    except LibraryBusyError:
        return False
    return True


def _seen(path: Path) -> ImageFile:
    status = path.stat()
    return ImageFile(path, status.st_size, status.st_mtime_ns, status.st_ino)
