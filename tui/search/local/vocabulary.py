"""The words that a library has for completion. Loads NumPy; call it in a worker."""

from __future__ import annotations

from collections import Counter
from heapq import nsmallest
from typing import TYPE_CHECKING

import numpy as np

from tui.search.query.completion import Vocabulary
from tui.storage.path_encoding import decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from tui.search.local.picture_table import Coded, Columns

_MOST = 2_000
"""How many folders are offered; more would be felt at the key."""


def read_vocabulary(columns: Columns, earlier: Sequence[str] = ()) -> Vocabulary:
    """Return a library's folders, cameras and formats, those of most pictures first.

    Args:
        columns: reads two of them where they are not loaded yet.
        earlier: queries that were typed before, the last one first.
    """
    return Vocabulary(
        folders=_folders(columns),
        cameras=_by_count(columns.cameras),
        formats=_by_count(columns.extensions),
        earlier=earlier,
    )


def _folders(columns: Columns) -> tuple[str, ...]:
    files = np.bincount(columns.folders)
    pictures = (
        (decode(columns.folder_paths[number]), int(files[number]))
        for number in np.flatnonzero(files).tolist()
    )
    return folder_names(pictures, columns.roots)


def folder_names(pictures: Iterable[tuple[Path, int]], roots: Iterable[Path]) -> tuple[str, ...]:
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


def _by_count(column: Coded) -> tuple[str, ...]:
    counts = np.bincount(column.codes, minlength=len(column.values))
    places = np.argsort(-counts, kind="stable")
    return tuple(column.values[place] for place in places.tolist() if column.values[place])
