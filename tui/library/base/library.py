"""The interface of a library, wherever it is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tui.library.base.records import CatalogStatus, Finding, ForgetResult
    from tui.library.base.store import Store
    from tui.library.base.transfer import TransferEndpoint


class Library(Protocol):
    """A library by its location; each method opens what it needs and closes it.

    Methods raise CatalogError if a library in a folder is damaged or can't be opened, and
    ServerError if a server is unavailable, rejects the user or has no such library.
    """

    @property
    def is_foreign(self) -> bool:
        """Other users write the library, so its addresses and index files are untrusted."""
        ...

    @property
    def allows_parallel_writers(self) -> bool:
        """Several processes may write at once; otherwise one holds a lock."""
        ...

    @property
    def must_exist_to_read(self) -> bool:
        """Reading fails until an indexing run has created the library."""
        ...

    def read_only_reason(self) -> str | None:
        """Return one sentence on why this user can't change the library, None if unknown."""
        ...

    def disk_remark(self) -> str | None:
        """Return a warning about the library's disk, None if there is none."""
        ...

    def is_same_as(self, other: Library) -> bool:
        """Whether both locations lead to one library."""
        ...

    def open_store(self) -> AbstractContextManager[Store]:
        """Open the library for writing; create it if it is missing."""
        ...

    def check(self) -> list[Finding]:
        """Check the library without changing anything."""
        ...

    def repair(self) -> list[Finding]:
        """Repair the library as far as possible, and return the findings after that.

        Raises:
            LibraryBusyError: another process is writing.
        """
        ...

    def status(self) -> CatalogStatus:
        """Return the library in figures."""
        ...

    def search_strategy(self, embeddings: int, index_kinds: Collection[str]) -> tuple[str, str]:
        """Return how a model's embeddings are searched, and why, given its saved index files."""
        ...

    def open_for_forgetting(self) -> AbstractContextManager[tuple[Sequence[Path], ForgetFolder]]:
        """Open the library to remove folders; yield these and the function that removes one.

        Raises:
            LibraryBusyError: another process is writing.
        """
        ...

    def open_endpoint(self, *, write: bool) -> AbstractContextManager[TransferEndpoint]:
        """Open the library to copy from it or, with ``write``, into it; only this creates one.

        Raises:
            FolderError: the folder to copy from contains no library.
        """
        ...


class ForgetFolder(Protocol):
    """Removes a folder and its subfolders from a library."""

    def __call__(self, folder: Path, *, dry_run: bool = False) -> ForgetResult:
        """Remove the folder or, with ``dry_run``, only count the rows to remove."""
        ...
