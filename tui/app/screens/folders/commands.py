"""Adding folders to the library, updating them, and removing them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

from tui.app.keys.bindings import key_for
from tui.app.model.status_text import shown_path
from tui.app.screens.folders.jobs import (
    FolderChecked,
    FolderCounted,
    FolderForgotten,
    FolderJobs,
    FoldersToUpdate,
    NotForgotten,
    problem_with,
    typed_folder,
)
from tui.app.workers.library_monitor import LibraryChanged
from tui.core.formatting import plural
from tui.storage.folders import broad_folder, outermost

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import Any

    from textual.app import App

    from tui.app.screens.main.resources import Resources
    from tui.app.widgets.folder_tree import FolderTree
    from tui.app.workers.index_controller import IndexController


FolderCommand = Literal["add", "update"]
"""The actions of the main screen on folders."""


class FolderCommands:
    """Adds, updates and removes folders, after a confirmation where one is needed.

    Args:
        resources: settings, services and state for the panes.
        app: shows the dialogs.
        folder_tree: shows the folders.
        indexing: indexes them.
        scope: returns the searched folder; None is the whole library.
        search_in: searches a folder, or the whole library.
        notify: shows a sentence to the user.
    """

    def __init__(
        self,
        resources: Resources,
        *,
        app: App[Any],
        folder_tree: FolderTree,
        indexing: IndexController,
        scope: Callable[[], Path | None],
        search_in: Callable[[Path | None], object],
        notify: Callable[[str], object],
    ) -> None:
        self._jobs = FolderJobs(resources)
        self._tasks = resources.tasks
        self._app = app
        self._folder_tree = folder_tree
        self._indexing = indexing
        self._scope = scope
        self._search_in = search_in
        self._notify = notify
        self._last_parent = "~/"
        self._watched: Sequence[Path] = ()  # by the run that is paused for a removal

    def run(self, command: FolderCommand) -> None:
        """Add a folder, or update the searched one or else all folders."""
        if command == "add":
            self.add()
        else:
            self.update(self._scope())

    # --- adding -------------------------------------------------------------------------------

    def add(self) -> None:
        """Ask for a folder, add it to the library, and search in it."""
        from tui.app.screens.folders.path_dialog import PathDialog

        def answered(text: str | None) -> None:
            if text is not None:
                self._last_parent = text[: text.rstrip("/").rfind("/") + 1] or "~/"
                check = partial(self._jobs.check, typed_folder(text), search=True)
                self._tasks.start("folders", check)

        dialog = PathDialog("Add a folder", self._last_parent, problem_with)
        self._app.push_screen(dialog, answered)

    def take_in(self, folder: Path) -> bool:
        """Index a folder, after a question if it is broad; return whether indexing starts now."""
        if broad_folder(folder):
            self._tasks.start("folders", partial(self._jobs.check, folder, search=False))
            return False
        self._indexing.begin(folder)
        return True

    def on_folder_checked(self, message: FolderChecked) -> None:
        """Index a folder, after the question if there is one."""
        from tui.app.screens.dialogs import ConfirmScreen

        def answered(sure: bool | None) -> None:
            if sure:
                self._begin(message.folder, search=message.search)

        if message.question:
            self._app.push_screen(ConfirmScreen(message.question, "Add it"), answered)
        else:
            answered(True)

    def _begin(self, folder: Path, *, search: bool) -> None:
        self._indexing.begin(folder)
        self._folder_tree.add_root(folder)
        if search:
            self._search_in(folder)

    # --- updating -----------------------------------------------------------------------------

    def update(self, folder: Path | None) -> None:
        """Update a folder; None updates all folders of the library."""
        if self._indexing.is_busy:
            self._notify(f"Already indexing. Press {key_for('panes.cancel')} to stop.")
        elif folder is not None:
            self.take_in(folder)
        else:
            self._tasks.start("folders", self._jobs.find_all)

    def on_folders_to_update(self, message: FoldersToUpdate) -> None:
        """Update the folders that can be read, and name the others."""
        if not (message.folders or message.unavailable):
            self._notify(f"The library is empty. Press {key_for('panes.add')} to add a folder.")
        if message.unavailable:
            names = ", ".join(map(shown_path, message.unavailable))
            self._notify(f"Skipped {names}: not available.")
        if message.folders and not self._indexing.is_busy:
            self._indexing.begin(*outermost(message.folders))

    # --- removing -----------------------------------------------------------------------------

    def remove(self, folder: Path | None) -> None:
        """Count what removing a folder from the library would remove, then ask for confirmation."""
        if folder is None:
            self._notify("Select a folder to remove it from the library.")
        elif self._indexing.is_busy:
            self._notify(f"Still indexing. Press {key_for('panes.cancel')} to stop it first.")
        else:
            self._tasks.start("folders", partial(self._jobs.count, folder))

    def on_folder_tree_removal_requested(self, message: FolderTree.RemovalRequested) -> None:
        """Remove the highlighted folder, after a question."""
        self.remove(message.folder)

    def on_folder_counted(self, message: FolderCounted) -> None:
        """Ask for confirmation, then remove the folder."""
        from tui.app.screens.dialogs import ConfirmScreen

        def answered(sure: bool | None) -> None:
            if sure:
                self._forget(message.folder)

        self._app.push_screen(ConfirmScreen(removal_question(message), "Remove"), answered)

    def _forget(self, folder: Path) -> None:
        """Remove a folder; a run that watches ends first, since it would add the folder again."""
        if self._indexing.is_busy:
            self.remove(folder)
            return
        run = self._indexing.pause()
        self._watched = () if run is None else run.folders
        self._tasks.start("folders", partial(self._jobs.forget, folder, run))

    def on_folder_forgotten(self, message: FolderForgotten) -> None:
        """Show the library without the folder, and watch the other folders again."""
        folder = message.folder
        self._watch_again(without=folder)
        scope = self._scope()
        if scope is not None and folder in (scope, *scope.parents):
            self._search_in(None)
        self._folder_tree.remove_root(folder)
        self._tasks.post(LibraryChanged(ended=True))
        self._notify(f"{shown_path(folder)} is removed from the library.")

    def on_not_forgotten(self, message: NotForgotten) -> None:
        """Report why a folder is still in the library, or not in it, and watch again."""
        self._watch_again()
        self._notify(message.sentence)
        if message.is_stale:
            self._tasks.post(LibraryChanged(ended=True))

    def _watch_again(self, without: Path | None = None) -> None:
        watched, self._watched = self._watched, ()
        remaining = [
            path
            for path in watched
            if without is None or not (path == without or _are_nested(path, without))
        ]
        if remaining:
            self._indexing.begin(*remaining)
        elif watched:
            self._indexing.clear()


def removal_question(message: FolderCounted) -> str:
    """Return the question before a folder is removed, one fact per line."""
    counts = message.counts
    verb = "is" if counts.files == 1 else "are"
    lines = [
        f"Remove {shown_path(message.folder)} from the library?",
        f"{plural(counts.files, 'picture')} ({plural(counts.embeddings, 'embedding')}) {verb} "
        "removed; the files are not touched.",
    ]
    if message.parent_root is not None:
        root = shown_path(message.parent_root)
        lines.append(f"The next update of {root} adds it again.")
    return "\n".join(lines)


def _are_nested(one: Path, other: Path) -> bool:
    return one in other.parents or other in one.parents
