"""The pane with the folders, at the left of the main screen."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from textual.containers import Container

from tui.app.workers.guard import Guarded

if TYPE_CHECKING:
    from tui.app.widgets.folder_tree import FolderTree


class FolderPane(Guarded, Container):
    """Frames the folder tree, which is mounted after the first frame.

    Args:
        base: the folder at which the tree starts; None for the working directory.
    """

    def __init__(self, base: Path | None, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.border_title = "Folders"
        self._base = base

    @cached_property
    def folder_tree(self) -> FolderTree:
        """The tree."""
        from tui.app.widgets.folder_tree import FolderTree

        return FolderTree(self._base or Path.cwd(), id="tree")

    def fill(self) -> None:
        """Mount the tree."""
        self.mount(self.folder_tree)
