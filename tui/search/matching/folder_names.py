"""Which folders ``in:`` means: by path, by a part of a path, or by name."""

from __future__ import annotations

import os
from collections import Counter
from heapq import nsmallest
from typing import TYPE_CHECKING

from tui.storage.objects.path import is_address
from tui.storage.path_encoding import bare, decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path


class FolderMatcher:
    """The folders of a library as they are compared: case and accents do not matter.

    Args:
        paths: folders as the catalog keeps them, by id.
        roots: the folders that were given to index; what lies above them is no name to go by.
    """

    def __init__(self, paths: Mapping[int, bytes], roots: Sequence[Path]) -> None:
        self._whole = {number: f"{_spelled(str(decode(path)))}/" for number, path in paths.items()}
        tops = sorted((_spelled(str(root)) for root in roots), key=len)
        self._within = {number: _below(path, tops) for number, path in self._whole.items()}

    def resolve(self, wanted: str) -> list[int]:
        """Return the ids of the folders that are meant, and of all below them.

        An absolute path (``~`` is the home folder) or an address means that folder. Anything else
        means folders with these names one below the other, anywhere in the library: ``2023/paris``.
        While no folder has such a name, those are meant whose name begins so.
        """
        expanded = os.path.expanduser(wanted)  # noqa: PTH111 - Path.expanduser raises
        asked = _spelled(expanded).rstrip("/")
        if os.path.isabs(expanded) or is_address(expanded):  # noqa: PTH117 - no path is made of it
            return _first_found(self._whole, str.startswith, (f"{asked}/", asked))
        name = f"/{asked.lstrip('/')}"
        return _first_found(self._within, str.__contains__, (f"{name}/", name))


def _spelled(path: str) -> str:
    return bare(path).replace(os.sep, "/")


def _below(path: str, tops: Sequence[str]) -> str:
    """Cut off what lies above the outermost root that holds a folder."""
    for top in tops:
        if path.startswith(f"{top.rstrip('/')}/"):
            return path[top.rstrip("/").rfind("/") :] if top != "/" else path
    return path


def _first_found(
    paths: Mapping[int, str], test: Callable[[str, str], bool], spellings: Iterable[str]
) -> list[int]:
    for spelling in spellings:
        if found := [number for number, path in paths.items() if test(path, spelling)]:
            return found
    return []


_MOST = 2_000
"""How many folders are offered; more would be felt at the key."""


def folder_suggestions(
    pictures: Iterable[tuple[Path, int]], roots: Iterable[Path]
) -> tuple[str, ...]:
    """Return folders by their names below their root, those with most pictures below them first.

    Args:
        pictures: folders, with how many pictures lie in each itself.
        roots: the folders that were given to index.
    """
    counts: Counter[str] = Counter()
    tops = sorted(roots, key=lambda root: len(root.parts))
    for path, number in pictures:
        root = next((root for root in tops if path.is_relative_to(root)), path)
        parts = path.relative_to(root).parts
        counts[root.name or str(root)] += number
        for depth in range(1, len(parts) + 1):
            counts["/".join(parts[:depth])] += number
    return tuple(nsmallest(_MOST, counts, key=lambda folder: (-counts[folder], folder)))
