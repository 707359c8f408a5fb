"""Resolves the folders that ``in:`` selects: by path, by a part of a path, or by name."""

from __future__ import annotations

import os
from collections import Counter
from heapq import nsmallest
from typing import TYPE_CHECKING

from tui.core.name_folding import search_key
from tui.storage.objects.path import is_address
from tui.storage.path_encoding import decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

_MAX_SUGGESTIONS = 2_000
"""With more folders, completion would respond too slowly."""


class FolderMatcher:
    """Compares the folders of a library without regard to case and accents.

    Args:
        paths: encoded folders by id, as the catalog stores them.
        roots: the indexed folders; folders above them are not matched by name.
    """

    def __init__(self, paths: Mapping[int, bytes], roots: Sequence[Path]) -> None:
        self._full = {
            number: f"{_comparable(str(decode(path)))}/" for number, path in paths.items()
        }
        tops = sorted((_comparable(str(root)) for root in roots), key=len)
        self._from_root = {number: _from_root(path, tops) for number, path in self._full.items()}

    def resolve(self, text: str) -> list[int]:
        """Return the ids of the folders that a text selects, and of all folders below them.

        An absolute path (``~`` is the home folder) or an address selects that folder. Any other
        text selects folders with these names below each other, anywhere in the library:
        ``2023/paris``. If no folder has such a name, it selects the folders whose name begins with
        it.
        """
        expanded = os.path.expanduser(text)  # noqa: PTH111 - Path.expanduser raises
        path = _comparable(expanded).rstrip("/")
        if os.path.isabs(expanded) or is_address(expanded):  # noqa: PTH117 - no path is made of it
            return _first_matches(self._full, str.startswith, (f"{path}/", path))
        name = f"/{path.lstrip('/')}"
        return _first_matches(self._from_root, str.__contains__, (f"{name}/", name))


def folder_suggestions(
    pictures: Iterable[tuple[Path, int]], roots: Iterable[Path]
) -> tuple[str, ...]:
    """Return folders as paths from their root, those with most pictures below them first.

    Args:
        pictures: folders, each with the number of pictures directly in it.
        roots: the indexed folders.
    """
    counts: Counter[str] = Counter()
    tops = sorted(roots, key=lambda root: len(root.parts))
    for path, number in pictures:
        root = next((root for root in tops if path.is_relative_to(root)), path)
        parts = path.relative_to(root).parts
        counts[root.name or str(root)] += number
        for depth in range(1, len(parts) + 1):
            counts["/".join(parts[:depth])] += number
    return tuple(nsmallest(_MAX_SUGGESTIONS, counts, key=lambda name: (-counts[name], name)))


def _comparable(path: str) -> str:
    return search_key(path).replace(os.sep, "/")


def _from_root(path: str, tops: Sequence[str]) -> str:
    """Return a path from the name of the outermost root that contains it."""
    for top in tops:
        if path.startswith(f"{top.rstrip('/')}/"):
            return path[top.rstrip("/").rfind("/") :] if top != "/" else path
    return path


def _first_matches(
    paths: Mapping[int, str], test: Callable[[str, str], bool], spellings: Iterable[str]
) -> list[int]:
    """Return the folders that match the first spelling that any folder matches."""
    for spelling in spellings:
        if numbers := [number for number, path in paths.items() if test(path, spelling)]:
            return numbers
    return []
