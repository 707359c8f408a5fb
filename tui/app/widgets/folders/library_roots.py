"""The folders of the library that the tree shows at its top."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.storage.folders import outermost

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class LibraryRoots:
    """The indexed folders, and those that are being added."""

    def __init__(self) -> None:
        self._listed: list[Path] = []
        self._added: list[Path] = []  # until the library lists them

    def update(self, roots: Iterable[Path]) -> None:
        """Replace the folders that the library lists."""
        self._listed = list(roots)
        self._added = [path for path in self._added if path not in self._listed]

    def add(self, folder: Path) -> None:
        """Add a folder that the library will list soon."""
        if folder not in self._listed:
            self._added.append(folder)

    def remove(self, folder: Path) -> None:
        """Remove a folder and all folders below it."""
        self._added = [path for path in self._added if not is_in(path, folder)]
        self._listed = [path for path in self._listed if not is_in(path, folder)]

    def beside(self, base: Path | None) -> list[Path]:
        """Return the outermost folders that are not in ``base``."""
        folders = outermost([*self._listed, *self._added])
        return [path for path in folders if base is None or not is_in(path, base)]


def is_in(path: Path, folder: Path) -> bool:
    """Whether a path is a folder or below it."""
    return path == folder or folder in path.parents
