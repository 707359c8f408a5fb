"""What the rest of the program does with a library, wherever it is kept."""

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

    Methods raise CatalogError where a library in a folder is damaged or can't be opened, and
    ServerError where a server is unavailable, rejects the user or has no such library.
    """

    @property
    def is_foreign(self) -> bool:
        """Other users write it, so its addresses and index files are untrusted."""
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
        """Return one sentence on why this user can't change it, None if nothing is known."""
        ...

    def disk_remark(self) -> str | None:
        """Return a warning about the disk that holds it, None if there is none."""
        ...

    def is_same_as(self, other: Library) -> bool:
        """Tell whether both locations lead to one library."""
        ...

    def open_store(self) -> AbstractContextManager[Store]:
        """Open it for writing; it is created where it is missing."""
        ...

    def check(self) -> list[Finding]:
        """Check it without changing anything."""
        ...

    def repair(self) -> list[Finding]:
        """Repair what can be repaired here, and return the findings after that.

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
        """Open it to remove folders; yield its indexed folders and the function that removes one.

        Raises:
            LibraryBusyError: another process is writing.
        """
        ...

    def open_endpoint(self, *, write: bool) -> AbstractContextManager[TransferEndpoint]:
        """Open it to copy from it or, with ``write``, into it; only then is it created.

        Raises:
            FolderError: the folder to copy from holds no library.
        """
        ...


class ForgetFolder(Protocol):
    """Removes a folder and all below it from a library."""

    def __call__(self, folder: Path, *, dry_run: bool = False) -> ForgetResult:
        """Remove it, or with ``dry_run`` only count what would be removed."""
        ...
