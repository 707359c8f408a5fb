"""One writer at a time for a library, across processes and threads.

What holds when several use one library in a folder:

- Any number of processes read it at any time (searches, applications), each a moment's state;
  none of them waits for a writer, nor a writer for them. They take up what is committed.
- One process changes it at a time: the one that indexes, forgets, repairs, copies or migrates
  it holds `writer_lock`, a lock of the operating system on ``writer.lock``. An indexing run that
  finds it held waits, then finds its work done; all others say who is in the way and end.
- A writer that is killed loses its current batch, at most 64 pictures. The system drops its lock,
  SQLite takes its log up or back when the catalog is opened next, and index files that it left
  half-written have no name in the catalog: readers never see them, the next save sweeps them.
  ``writer.lock`` itself stays, and means nothing unless it is held.
- Who may only read the folder (`tui.library.base.permissions`) reads the same way, also while
  others write, and is refused all the rest.
- All of them run on one machine: SQLite's log in shared memory, and on some network drives the
  lock too, do not reach others.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from tui.core.domain import CatalogError, LibraryBusyError
from tui.library.base.permissions import make_file, refuse_read_only

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCK_NAME = "writer.lock"


@contextmanager
def writer_lock(data_dir: Path, timeout: float = 0.0) -> Iterator[None]:
    """Hold the library's writer lock; a thread that holds it may take it again.

    The operating system drops the lock when its process ends, however it ends.

    Args:
        data_dir: the library; made where it is missing.
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
            f"Another photoseek is writing to the library in {data_dir}: "
            "wait until it has finished, or stop it."
        ) from error
    except OSError as error:
        raise _unwritable(data_dir, error) from error
    try:
        yield
    finally:
        lock.release()


def make_data_dir(data_dir: Path) -> None:
    """Make a library's folder, for its owner alone; one that is there keeps its modes.

    Raises:
        CatalogError: it can't be made, or this user can't change the library in it.
    """
    refuse_read_only(data_dir)
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(data_dir, error) from error


def _unwritable(data_dir: Path, error: OSError) -> CatalogError:
    return CatalogError(
        f"The data folder {data_dir} can't be written ({error.strerror or error}): "
        "set PHOTOSEEK_DATA_DIR to a folder that can."
    )
