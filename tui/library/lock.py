"""One writer at a time for a library, across processes and threads."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from tui.domain import CatalogError, LibraryBusyError

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
        CatalogError: the folder can't be written.
    """
    from filelock import FileLock, Timeout  # readers need no lock: a search starts without it

    make_data_dir(data_dir)
    lock = FileLock(data_dir.resolve() / LOCK_NAME, mode=0o600, is_singleton=True)
    try:
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
    """Make the folder of all data, for its owner alone.

    Raises:
        CatalogError: it can't be made.
    """
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(data_dir, error) from error


def _unwritable(data_dir: Path, error: OSError) -> CatalogError:
    return CatalogError(
        f"The data folder {data_dir} can't be written ({error.strerror or error}): "
        "set PHOTOSEEK_DATA_DIR to a folder that can."
    )
