"""The jobs behind the commands on folders; each runs in a thread and reports in messages."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.app.model.status_text import shown_path
from tui.app.workers.tasks import LibraryMessage
from tui.core.errors import FolderError, LibraryBusyError, PhotoseekError
from tui.core.formatting import printable
from tui.storage.folders import absolute, broad_folder, check_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from textual.message import Message

    from tui.app.screens.main.resources import Resources
    from tui.app.workers.index_process import IndexProcess
    from tui.library.base.records import ForgetResult

_PATIENCE = 60.0
"""Seconds to wait for the batch of a run that was asked to stop."""


@dataclass
class FolderChecked(LibraryMessage):
    """A folder can be added.

    Attributes:
        folder: the folder.
        search: whether to search it afterwards.
        question: asked first; empty if there is none.
    """

    folder: Path
    search: bool
    question: str


@dataclass
class FoldersToUpdate(LibraryMessage):
    """The folders of the library, to be updated; ``unavailable`` ones are skipped."""

    folders: Sequence[Path]
    unavailable: Sequence[Path]


@dataclass
class FolderCounted(LibraryMessage):
    """What removing a folder would remove.

    Attributes:
        folder: the folder.
        counts: the rows.
        parent_root: the indexed folder that contains it, if any.
    """

    folder: Path
    counts: ForgetResult
    parent_root: Path | None


@dataclass
class FolderForgotten(LibraryMessage):
    """A folder was removed from the library."""

    folder: Path


@dataclass
class NotForgotten(LibraryMessage):
    """A folder can't be removed; ``is_stale`` if the library no longer has it."""

    sentence: str
    is_stale: bool = False


def typed_folder(text: str) -> Path:
    """Return the folder that the user typed: a path (maybe relative or with ``~``) or an address.

    Raises:
        FolderError: it is an invalid address.
    """
    return absolute(os.path.expanduser(text.strip()))  # noqa: PTH111 (Path.expanduser may raise)


def problem_with(text: str) -> str | None:
    """Return why a typed folder can't be added; None if it can. This reads the disk."""
    try:
        check_folder(typed_folder(text))
    except FolderError as error:
        return str(error)
    return None


class FolderJobs:
    """Reads and changes the folders of the library.

    Args:
        resources: settings, services and state for the panes.
    """

    def __init__(self, resources: Resources) -> None:
        self._resources = resources

    def check(self, folder: Path, *, search: bool) -> Iterator[Message]:
        """Check whether adding a folder needs a confirmation."""
        roots = self._roots()
        question = "" if folder in roots else _question(folder, roots)
        yield FolderChecked(folder, search, question)

    def find_all(self) -> Iterator[Message]:
        """List the folders of the library.

        An unavailable folder whose pictures are in the results is updated too, which hides them.
        """
        folders, unavailable = [], []
        resources = self._resources
        with resources.services.open_reader(resources.settings) as library:
            for root in library.roots():
                try:
                    check_folder(root)
                except FolderError:
                    unavailable.append(root)
                    if not library.count(root):
                        continue
                folders.append(root)
        if len(folders) == len(unavailable):  # none is available
            folders = []
        yield FoldersToUpdate(folders, unavailable)

    def count(self, folder: Path) -> Iterator[Message]:
        """Count what removing a folder would remove."""
        from tui.library.folder_removal import open_removal
        from tui.library.open import open_library

        try:
            library = open_library(self._resources.settings)
            if (reason := library.read_only_reason()) is not None:
                yield NotForgotten(reason)
                return
            with open_removal(library, folder) as removal:
                counted = FolderCounted(folder, removal.count(), removal.parent_root)
        except PhotoseekError as error:
            yield _not_forgotten(error)
        else:
            yield counted

    def forget(self, folder: Path, run: IndexProcess | None) -> Iterator[Message]:
        """Remove a folder from the library, once a run that was asked to stop has ended."""
        from tui.library.folder_removal import open_removal
        from tui.library.open import open_library

        try:
            if run is not None and not run.wait(_PATIENCE):
                raise LibraryBusyError("Indexing has not stopped yet; try again later.")
            with open_removal(open_library(self._resources.settings), folder) as removal:
                removal.remove()
        except PhotoseekError as error:
            yield _not_forgotten(error)
        else:
            yield FolderForgotten(folder)

    def _roots(self) -> Sequence[Path]:
        resources = self._resources
        try:
            with resources.services.open_reader(resources.settings) as library:
                return library.roots()
        except PhotoseekError:  # a library on a server that an indexing run creates
            return ()


def _not_forgotten(error: PhotoseekError) -> NotForgotten:
    from tui.library.folder_removal import NotInLibraryError

    return NotForgotten(str(error), is_stale=isinstance(error, NotInLibraryError))


def _question(folder: Path, roots: Sequence[Path]) -> str:
    """Return the question about a folder that is not in the library; empty if there is none."""
    if remark := broad_folder(folder):
        return f"{printable(remark)}\nAdd all pictures in it?"
    for root in roots:
        if (name := _other_name(folder, root)) is not None:
            return (
                f"{shown_path(folder)} is {shown_path(name)}, which is in the library.\n"
                "Its pictures would be listed twice. Add it?"
            )
    return ""


def _other_name(folder: Path, root: Path) -> Path | None:
    """Return the path in a root of the library to the same folder; None if there is none."""
    try:
        real, real_root = folder.resolve(), root.resolve()
    except (OSError, RuntimeError):
        return None
    if folder == root or root in folder.parents:
        return None
    if real == real_root or real_root in real.parents:
        return root / real.relative_to(real_root)
    return None
