"""The pane with the folders, at the left of the main screen."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from textual.containers import Container

from tui.app.workers.guard import Guarded

if TYPE_CHECKING:
    from pathlib import Path

    from tui.app.screens.main.resources import Resources
    from tui.app.widgets.folder_tree import FolderTree

NARROWEST = 18
"""Columns of the narrowest pane."""
_STEP = 4
"""Columns by which a key changes the width."""
_AROUND_THE_TREE = 5
"""Columns of the border, the padding and the scroll bar."""


class FolderPane(Guarded, Container):
    """Frames the folder tree, which is mounted after the first frame.

    The pane is as wide as its folders need, at most a quarter of a wide window (see
    ``photoseek.tcss``). It only grows, and only until the tree first has the focus, so that
    expanding a folder moves nothing. The width is stored for the next start. Once the user has set
    it with a key, it stays as it is.

    Args:
        base: the folder at which the tree starts; None shows the folders of the library.
        resources: the stored state.
    """

    def __init__(
        self,
        base: Path | None,
        resources: Resources,
        *,
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(id=id)
        self.border_title = "Folders"
        self._base = base
        self._resources = resources
        stored = resources.stored
        self._needed = 0
        self._may_grow = not stored.folders_resized
        self.set_class(stored.folders_resized, "-resized")
        if stored.folders_width:
            self.styles.width = stored.folders_width

    @cached_property
    def folder_tree(self) -> FolderTree:
        """The tree."""
        from tui.app.widgets.folder_tree import FolderTree

        return FolderTree(self._base, id="tree")

    def fill(self) -> None:
        """Mount the tree."""
        self.mount(self.folder_tree)

    def hide(self, hidden: bool) -> None:
        """Hide or show the pane, also at the next start."""
        if hidden != self.screen.has_class("-no-folders"):
            self.screen.set_class(hidden, "-no-folders", update=False)
            self.update_node_styles()  # no other style depends on it
            self._resources.state.keep(folders_hidden=hidden)

    def fit(self) -> None:
        """Grow to the width of the folders, once they are laid out."""
        if self._may_grow:
            self.call_after_refresh(self._grow)

    def on_descendant_focus(self) -> None:
        """Stop growing once the tree has the focus."""
        self._may_grow = False

    def resize(self, steps: int) -> None:
        """Change the width by some steps, up to half the window, and store it."""
        if not self.region.area:
            return
        widest = max(NARROWEST, self.app.size.width // 2)
        width = max(NARROWEST, min(self.outer_size.width + _STEP * steps, widest))
        self._may_grow = False
        self.add_class("-resized")
        self.styles.width = width
        self._resources.state.keep(folders_width=width, folders_resized=True)

    def _grow(self) -> None:
        needed = max(NARROWEST, self.folder_tree.virtual_size.width + _AROUND_THE_TREE)
        if not self._may_grow or needed <= self._needed:
            return
        self._needed = needed
        stored = self._resources.state.now.folders_width
        if needed > max(stored, self.outer_size.width):
            self.styles.width = needed
        if needed != stored:
            self._resources.state.keep(folders_width=needed)
