"""The nodes of the folder tree: adding and removing folders without delaying the keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from rich.text import Text

from tui.core.formatting import printable

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence
    from pathlib import Path

    from textual.widgets import Tree
    from textual.widgets.tree import TreeNode

_SLICE = 400
"""Folders added at a time, so that a folder of many thousands does not delay the keys."""


@dataclass(frozen=True, slots=True)
class FolderNode:
    """The folder of a line of the tree; ``path`` is None for the whole library."""

    kind: Literal["everything", "parent", "folder"]
    path: Path | None


class FolderNodes:
    """Adds and removes the nodes of a folder tree.

    Args:
        tree: the tree.

    Attributes:
        read: the folders whose children were read.
    """

    def __init__(self, tree: Tree[FolderNode]) -> None:
        self.read: set[Path] = set()
        self._tree = tree

    def add(self, parent: TreeNode[FolderNode], path: Path, name: str) -> TreeNode[FolderNode]:
        """Add a folder below a node."""
        return parent.add(Text(printable(name)), FolderNode("folder", path), allow_expand=True)

    def nodes_of(self, path: Path) -> list[TreeNode[FolderNode]]:
        """Return the nodes of a folder, which may be shown below another one and at the top."""
        folder = FolderNode("folder", path)
        return [node for node in self.below(self._tree.root) if node.data == folder]

    @staticmethod
    def below(node: TreeNode[FolderNode]) -> list[TreeNode[FolderNode]]:
        """Return all nodes below a node."""
        nodes: list[TreeNode[FolderNode]] = []
        unvisited = list(node.children)
        while unvisited:
            nodes.append(unvisited.pop())
            unvisited.extend(nodes[-1].children)
        return nodes

    def fill(self, node: TreeNode[FolderNode], parent: Path, names: Sequence[str]) -> None:
        """Add children to a node, a limited number at a time."""
        if not names and not node.children:
            node.allow_expand = False
        for name in names[:_SLICE]:
            self.add(node, parent / name, name)
        if names[_SLICE:]:
            self._tree.call_after_refresh(self.fill, node, parent, names[_SLICE:])

    def merge(self, parent: Path, names: Sequence[str]) -> None:
        """Show exactly these children; those already shown keep their state.

        The changes are made a limited number at a time, so that keys are not delayed.
        """
        for node in self.nodes_of(parent):
            node.allow_expand = bool(names)
            shown = {child.data.path: child for child in node.children if child.data}
            listed = [parent / name for name in names]
            removed = [child for path, child in shown.items() if path not in set(listed)]
            for child in removed[:_SLICE]:
                self.remove(child)
            new = [path for path in listed if path not in shown][:_SLICE]
            self._insert(node, listed, shown, set(new))
            if len(removed) > _SLICE or len(shown) - len(removed) + len(new) < len(listed):
                self._tree.call_after_refresh(self.merge, parent, names)

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

    def remove(self, node: TreeNode[FolderNode]) -> None:
        """Remove a folder; a cursor in it moves to the folder above."""
        nodes = [node, *self.below(node)]
        if self._tree.cursor_node in nodes and node.parent is not None:
            is_top = node.parent is self._tree.root
            self._tree.move_cursor(self._tree.root.children[0] if is_top else node.parent)
        for removed in nodes:
            if removed.data and removed.data.path:
                self.read.discard(removed.data.path)
        node.remove()
