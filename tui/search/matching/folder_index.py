"""The folders of a library, searched by path, by name and by word."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from tui.search.matching.folder_names import FolderMatcher
from tui.search.matching.named_folders import NamedFolders

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path


class FolderIndex:
    """Finds folders; reads their names when they are first needed.

    Args:
        paths: encoded folders by id, as the catalog stores them.
        roots: the indexed folders; the names of folders above them do not count.
    """

    def __init__(self, paths: Mapping[int, bytes], roots: Sequence[Path]) -> None:
        self.paths = paths
        self.roots = roots

    def preload(self) -> None:
        """Read the folders' names now."""
        len(self._named.with_word(""))
        self._matcher  # noqa: B018 - makes it

    def resolve(self, text: str) -> list[int]:
        """Return the ids of the folders that ``in:`` with a text selects, and of all below them."""
        return self._matcher.resolve(text)

    def find_named(self, text: str) -> list[int]:
        """Return the ids of the folders that are named like a text, and of all below them."""
        return self._named.find(text)

    def find_with_words(self, words: Iterable[str]) -> list[int]:
        """Return the ids of the folders that have any of some words in their path, ascending."""
        return sorted({number for word in words for number in self._named.with_word(word)})

    @cached_property
    def _matcher(self) -> FolderMatcher:
        return FolderMatcher(self.paths, self.roots)

    @cached_property
    def _named(self) -> NamedFolders:
        return NamedFolders(self.paths, self.roots)
