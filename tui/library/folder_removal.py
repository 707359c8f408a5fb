"""Removing a folder from a library, for the command and the application."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.core.errors import PhotoseekError
from tui.core.formatting import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tui.library.base.library import ForgetFolder, Library
    from tui.library.base.records import ForgetResult


class NotInLibraryError(PhotoseekError):
    """The library contains neither the folder nor a file in it."""


@dataclass(frozen=True, slots=True)
class FolderRemoval:
    """Removes one folder and its subfolders; the files on disk are not touched.

    Attributes:
        folder: the folder.
        roots: the indexed folders of the library.
    """

    folder: Path
    roots: Sequence[Path]
    _forget: ForgetFolder

    @property
    def parent_root(self) -> Path | None:
        """The indexed folder that contains this one; its next update adds this one again."""
        return next((root for root in self.roots if root in self.folder.parents), None)

    def count(self) -> ForgetResult:
        """Return what would be removed.

        Raises:
            NotInLibraryError: the library does not contain the folder.
        """
        return self._checked(self._forget(self.folder, dry_run=True))

    def remove(self) -> ForgetResult:
        """Remove it, and return what was removed.

        Raises:
            NotInLibraryError: the library does not contain the folder.
        """
        return self._checked(self._forget(self.folder))

    def _checked(self, counts: ForgetResult) -> ForgetResult:
        if not counts.folders and self.folder not in self.roots:
            raise NotInLibraryError(f"{printable(self.folder)} is not in the library.")
        return counts


@contextmanager
def open_removal(library: Library, folder: Path) -> Iterator[FolderRemoval]:
    """Open a library to remove a folder.

    Raises:
        LibraryBusyError: another process is writing.
        CatalogError: this user can't change the library.
        ServerError: the server is unavailable.
    """
    with library.open_for_forgetting() as (roots, forget):
        yield FolderRemoval(folder, roots, forget)
