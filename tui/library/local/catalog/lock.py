"""One writer at a time for a library, across processes and threads.

Rules for several processes that use one library in a folder:

- Any number of processes read it at any time (searches, applications), each a consistent state.
  Readers and writers do not wait for each other. Readers see each commit.
- One process changes it at a time: the one that indexes, forgets, repairs, copies or migrates
  holds `writer_lock`, a lock of the operating system on ``writer.lock``. An indexing run waits
  for the lock; all other commands report the other process and end.
- A writer that is killed loses its current batch, at most 64 pictures. The system releases its
  lock, and SQLite replays or discards its log when the catalog is opened next. The catalog does
  not name its half-written index files: readers ignore them, and the next save removes them.
  ``writer.lock`` itself stays, and means nothing unless it is held.
- A user with read permission only (`tui.library.base.permissions`) reads in the same way, also
  while others write, and can change nothing.
- All processes run on one machine: SQLite's log in shared memory, and on some network drives the
  lock too, do not work across machines.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from tui.core.errors import CatalogError, LibraryBusyError
from tui.library.base.permissions import make_file, refuse_read_only

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCK_NAME = "writer.lock"


@contextmanager
def writer_lock(data_dir: Path, timeout: float = 0.0) -> Iterator[None]:
    """Hold the library's writer lock; a thread that holds it may acquire it again.

    The operating system releases the lock when the process ends in any way.

    Args:
        data_dir: the library; created if it is missing.
        timeout: how long to wait for another writer, in seconds; negative waits for ever.

    Raises:
        LibraryBusyError: another process or thread still holds it.
        CatalogError: this user can't change the library.
    """
    from filelock import FileLock, Timeout  # readers need no lock: a search starts without it

    make_data_dir(data_dir)
    path = data_dir.resolve() / LOCK_NAME
    lock = FileLock(path, is_singleton=True)
    try:
        make_file(path)
        lock.acquire(timeout=timeout)
    except Timeout as error:
        raise LibraryBusyError(
            f"Another photoseek is writing to the library in {data_dir}; "
            "wait until it has finished, or stop it."
        ) from error
    except OSError as error:
        raise _unwritable(data_dir, error) from error
    try:
        yield
    finally:
        lock.release()


def make_data_dir(data_dir: Path) -> None:
    """Create a library's folder for its owner alone; an existing one keeps its modes.

    Raises:
        CatalogError: it can't be created, or this user can't change the library in it.
    """
    refuse_read_only(data_dir)
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(data_dir, error) from error


def _unwritable(data_dir: Path, error: OSError) -> CatalogError:
    return CatalogError(
        f"The data folder {data_dir} can't be written ({error.strerror or error}); "
        "set PHOTOSEEK_DATA_DIR to a writable folder."
    )
