"""The tree of folders, each with the number of indexed pictures below it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.message import Message
from textual.widgets import Tree

from tui.app.keys.bindings import bindings
from tui.app.model.list_moves import moved
from tui.app.model.status_text import shown_path
from tui.app.widgets.folders.folder_nodes import FolderNode, FolderNodes
from tui.app.widgets.folders.library_roots import LibraryRoots, is_in
from tui.app.workers.folder_listing import FoldersListed, list_folders, list_folders_again
from tui.app.workers.guard import Guarded
from tui.app.workers.tasks import BackgroundTasks, LatestOnlyWorker, LibraryMessage

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from rich.style import Style
    from rich.text import Text
    from textual.binding import BindingType
    from textual.widgets.tree import TreeNode

    from tui.app.model.list_moves import ListMove


class FolderTree(Guarded, Tree[FolderNode], inherit_bindings=False):
    """Shows a folder, the other folders of the library, and the folders below them.

    Folders are read in the background as they are opened.
    """

    DEFAULT_CSS = """
    FolderTree {
        padding: 0 1;
        background: $background;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        &:focus { background-tint: $background 0%; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings("folders")

    @dataclass
    class Chosen(Message):
        """A folder is to be searched; None is the whole library."""

        folder: Path | None

    @dataclass
    class Opened(Message):
        """The folders below a folder are shown; their pictures are to be counted."""

        folder: Path

    @dataclass
    class RemovalRequested(LibraryMessage):
        """The user wants to remove a folder from the library; None if none is highlighted."""

        folder: Path | None

    def __init__(self, base: Path | None, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__("", id=id)
        self.base = base
        self._roots = LibraryRoots()
        self._counts: dict[Path | None, int] = {}
        self._unreadable: dict[Path, str] = {}
        self._folders = FolderNodes(self)
        self._tasks = BackgroundTasks(self.post_message)
        self._reader: LatestOnlyWorker[Sequence[Path]] = LatestOnlyWorker(
            self._tasks, "folders", list_folders_again
        )
        self.show_root = False
        self.auto_expand = False
        self.guide_depth = 2

    def on_mount(self) -> None:
        """Show the first folder."""
        self.rebase(self.base)

    def rebase(self, base: Path | None) -> None:
        """Start the tree at another folder; None shows only the folders of the library."""
        self.base = base
        self._folders.read.clear()
        self._unreadable.clear()
        self.clear()
        self.root.expand()
        self.root.add_leaf("All pictures", FolderNode("everything", None))
        node = self.root.children[0]
        if base is not None:
            if base.parent != base:
                self.root.add_leaf("..", FolderNode("parent", base.parent))
            node = self._folders.add(self.root, base, shown_path(base))
            node.expand()
        self._show_roots()
        self.call_after_refresh(self.move_cursor, node)

    def set_roots(self, roots: Iterable[Path]) -> None:
        """Show the folders of the library that are not below the first folder, and no others."""
        self._roots.update(roots)
        self._show_roots()

    def add_root(self, folder: Path) -> None:
        """Show a folder that is being added to the library."""
        self._roots.add(folder)
        self._show_roots()

    def remove_root(self, folder: Path) -> None:
        """Remove a folder that the library no longer has, with the folders below it."""
        self._roots.remove(folder)
        if self.base is not None and is_in(self.base, folder):
            self.rebase(None)
        else:
            self._show_roots()

    def set_counts(self, parent: Path | None, counts: Mapping[str, int], total: int) -> None:
        """Show how many pictures are indexed below a folder and below each of its children."""
        changes: dict[Path | None, int] = {parent: total}
        if parent is not None:
            counted = [path for path in self._counts if path is not None and path.parent == parent]
            changes |= dict.fromkeys(counted, 0)
            changes |= {parent / name: count for name, count in counts.items()}
        if any(self._counts.get(path) != count for path, count in changes.items()):
            self._counts |= changes
            self._invalidate_labels()

    def open_folders(self) -> list[Path]:
        """Return the folders whose children are on screen."""
        expanded = [
            node.data for node in self._folders.below(self.root) if node.is_expanded and node.data
        ]
        return [folder.path for folder in expanded if folder.path is not None]

    def refresh_folders(self) -> None:
        """Read the open folders again."""
        folders = [path for path in self.open_folders() if path in self._folders.read]
        if folders:
            self._reader.put(folders)

    # --- keys ---------------------------------------------------------------------------------

    def action_move(self, move: ListMove, count: int | None = None) -> None:
        """Move the cursor to another folder, ``count`` times."""
        page = self.scrollable_content_region.height - 1
        self.cursor_line = moved(self.cursor_line, self.last_line + 1, page, move, count)
        self.scroll_to_line(self.cursor_line, animate=False)

    def action_open_folder(self) -> None:
        """Open the folder; an open one moves the cursor to its first child."""
        node = self.cursor_node
        if node is None or not node.allow_expand:
            return
        if node.is_expanded:
            self.action_cursor_down()
        else:
            node.expand()

    def action_close_folder(self) -> None:
        """Close the folder; a closed one moves the cursor to its parent."""
        node = self.cursor_node
        if node is None:
            return
        if node.is_expanded:
            node.collapse()
        elif node.parent is not None and node.parent is not self.root:
            self.move_cursor(node.parent)

    def action_parent(self) -> None:
        """Start the tree one level up; without a first folder, above the highlighted one."""
        folder = self.base or self._highlighted
        if folder is not None and folder.parent != folder:
            self.rebase(folder.parent)

    def action_remove(self) -> None:
        """Request the removal of the highlighted folder from the library."""
        self.post_message(self.RemovalRequested(self._highlighted))

    @property
    def _highlighted(self) -> Path | None:
        node = self.cursor_node
        is_folder = node is not None and node.data is not None and node.data.kind == "folder"
        return node.data.path if is_folder and node and node.data else None

    # --- events -------------------------------------------------------------------------------

    def on_tree_node_selected(self, event: Tree.NodeSelected[FolderNode]) -> None:
        """Search in the folder and open it."""
        event.stop()
        folder = event.node.data
        if folder is None:
            return
        if folder.kind == "parent":
            self.action_parent()
            return
        if event.node.allow_expand:
            event.node.expand()
        self.post_message(self.Chosen(folder.path))

    def on_tree_node_expanded(self, event: Tree.NodeExpanded[FolderNode]) -> None:
        """Read the folder, even if it was read before, since it may have changed."""
        event.stop()
        path = event.node.data.path if event.node.data else None
        if path is None:
            return
        self.post_message(self.Opened(path))
        if path not in self._folders.read:
            self._folders.read.add(path)
            self._tasks.start("folders", partial(list_folders, path))
        else:
            self._reader.put([path])

    def on_folders_listed(self, message: FoldersListed) -> None:
        """Show the folders."""
        message.stop()
        if message.names is None:
            self._unreadable[message.parent] = "not found" if message.is_missing else "no access"
        else:
            self._unreadable.pop(message.parent, None)
        if message.whole:
            self._folders.merge(message.parent, message.names or ())
        else:
            for node in self._folders.nodes_of(message.parent):
                self._folders.fill(node, message.parent, message.names or ())
        self._invalidate_labels()

    def render_label(self, node: TreeNode[FolderNode], base_style: Style, style: Style) -> Text:
        """Draw a name and, dimmed, how many pictures are below it."""
        path = node.data.path if node.data else None
        label = super().render_label(node, base_style, style)
        if path is not None and path in self._unreadable:
            label.append(f"  {self._unreadable[path]}", "dim italic")
        elif node.data and node.data.kind != "parent" and self._counts.get(path):
            label.append(f"  {self._counts[path]:,}", "dim")
        return label

    # --- updating -------------------------------------------------------------------------------

    def _show_roots(self) -> None:
        roots = self._roots.beside(self.base)
        shown = {node.data.path: node for node in self.root.children if node.data}
        for path, node in shown.items():
            is_folder = node.data is not None and node.data.kind == "folder"
            if is_folder and path not in (self.base, *roots):
                self._folders.remove(node)
        for path in roots:
            if path not in shown:
                node = self._folders.add(self.root, path, shown_path(path))
                if self.base is None and len(roots) == 1:
                    node.expand()

    def _invalidate_labels(self) -> None:
        self._invalidate()
        self.refresh(layout=True)
