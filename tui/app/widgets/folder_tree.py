"""The tree of folders, each with the number of pictures that are indexed below it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Literal

from rich.text import Text
from textual.message import Message
from textual.widgets import Tree

from tui.app.keys.bindings import bindings
from tui.app.model.list_moves import moved
from tui.app.model.status_text import shown_path
from tui.app.workers.folder_listing import FoldersListed, list_folders, list_folders_again
from tui.app.workers.guard import Guarded
from tui.app.workers.tasks import BackgroundTasks, LatestOnlyWorker
from tui.core.formatting import printable

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence
    from pathlib import Path

    from rich.style import Style
    from textual.binding import BindingType
    from textual.widgets.tree import TreeNode

    from tui.app.model.list_moves import ListMove


_SLICE = 400
"""Folders added at a time, so that a folder of many thousands does not delay the keys."""


@dataclass(frozen=True, slots=True)
class FolderNode:
    """The folder of a line of the tree; ``path`` is None for the whole library."""

    kind: Literal["everything", "parent", "folder"]
    path: Path | None


class FolderTree(Guarded, Tree[FolderNode], inherit_bindings=False):
    """Shows a folder, the other roots of the library, and the folders below them.

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

    def __init__(self, base: Path, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__("", id=id)
        self.base = base
        self._roots: list[Path] = []
        self._counts: dict[Path | None, int] = {}
        self._unreadable: dict[Path, str] = {}
        self._read: set[Path] = set()
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

    def rebase(self, base: Path) -> None:
        """Start the tree at another folder."""
        self.base = base
        self._read.clear()
        self._unreadable.clear()
        self.clear()
        self.root.expand()
        self.root.add_leaf("All pictures", FolderNode("everything", None))
        if base.parent != base:
            self.root.add_leaf("..", FolderNode("parent", base.parent))
        node = self._add(self.root, base, shown_path(base))
        node.expand()
        self._add_roots()
        self.call_after_refresh(self.move_cursor, node)

    def set_roots(self, roots: Iterable[Path]) -> None:
        """Show the roots of the library that are not below the first folder."""
        self._roots = list(roots)
        self._add_roots()

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
        expanded = [node.data for node in _below(self.root) if node.is_expanded and node.data]
        return [folder.path for folder in expanded if folder.path is not None]

    def refresh_folders(self) -> None:
        """Read the open folders again."""
        folders = [path for path in self.open_folders() if path in self._read]
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
        """Start the tree at the parent folder."""
        if self.base.parent != self.base:
            self.rebase(self.base.parent)

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
        """Read the folder, also if it was read before, since it may have changed."""
        event.stop()
        path = event.node.data.path if event.node.data else None
        if path is None:
            return
        self.post_message(self.Opened(path))
        if path not in self._read:
            self._read.add(path)
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
            self._merge(message.parent, message.names or ())
        else:
            for node in self._nodes_of(message.parent):
                self._fill(node, message.parent, message.names or ())
        self._invalidate_labels()

    def render_label(self, node: TreeNode[FolderNode], base_style: Style, style: Style) -> Text:
        """Draw a name and, dimly, how many pictures are below it."""
        path = node.data.path if node.data else None
        label = super().render_label(node, base_style, style)
        if path is not None and path in self._unreadable:
            label.append(f"  {self._unreadable[path]}", "dim italic")
        elif node.data and node.data.kind != "parent" and self._counts.get(path):
            label.append(f"  {self._counts[path]:,}", "dim")
        return label

    # --- inside -------------------------------------------------------------------------------

    def _nodes_of(self, path: Path) -> list[TreeNode[FolderNode]]:
        folder = FolderNode("folder", path)
        return [node for node in _below(self.root) if node.data == folder]

    def _merge(self, parent: Path, names: Sequence[str]) -> None:
        """Show these children and no others; those on show keep their state.

        It makes a limited number of changes at a time, so that keys are not delayed.
        """
        for node in self._nodes_of(parent):
            node.allow_expand = bool(names)
            shown = {child.data.path: child for child in node.children if child.data}
            listed = [parent / name for name in names]
            removed = [child for path, child in shown.items() if path not in set(listed)]
            for child in removed[:_SLICE]:
                self._remove(child)
            new = [path for path in listed if path not in shown][:_SLICE]
            self._insert(node, listed, shown, set(new))
            if len(removed) > _SLICE or len(shown) - len(removed) + len(new) < len(listed):
                self.call_after_refresh(self._merge, parent, names)

    def _insert(
        self,
        node: TreeNode[FolderNode],
        listed: Sequence[Path],
        shown: Mapping[Path | None, TreeNode[FolderNode]],
        new: Container[Path],
    ) -> None:
        before: TreeNode[FolderNode] | None = None
        for path in reversed(listed):
            if path in shown:
                before = shown[path]
            elif path in new:
                label = Text(printable(path.name))
                before = node.add(
                    label, FolderNode("folder", path), before=before, allow_expand=True
                )

    def _remove(self, node: TreeNode[FolderNode]) -> None:
        """Remove a folder; a cursor in it moves to the folder above."""
        nodes = [node, *_below(node)]
        if self.cursor_node in nodes and node.parent is not None:
            self.move_cursor(node.parent)
        for removed in nodes:
            if removed.data and removed.data.path:
                self._read.discard(removed.data.path)
        node.remove()

    def _add(self, parent: TreeNode[FolderNode], path: Path, name: str) -> TreeNode[FolderNode]:
        return parent.add(Text(printable(name)), FolderNode("folder", path), allow_expand=True)

    def _add_roots(self) -> None:
        shown = {node.data.path for node in self.root.children if node.data}
        for path in self._roots:
            if path not in shown and self.base not in path.parents:
                self._add(self.root, path, shown_path(path))

    def _fill(self, node: TreeNode[FolderNode], parent: Path, names: Sequence[str]) -> None:
        if not names and not node.children:
            node.allow_expand = False
        for name in names[:_SLICE]:
            self._add(node, parent / name, name)
        if names[_SLICE:]:
            self.call_after_refresh(self._fill, node, parent, names[_SLICE:])

    def _invalidate_labels(self) -> None:
        self._invalidate()
        self.refresh(layout=True)


def _below(node: TreeNode[FolderNode]) -> list[TreeNode[FolderNode]]:
    nodes: list[TreeNode[FolderNode]] = []
    unvisited = list(node.children)
    while unvisited:
        nodes.append(unvisited.pop())
        unvisited.extend(nodes[-1].children)
    return nodes
