"""Reads the words that a library offers for completion; slow, so call it in a worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tui.search.matching.folder_names import folder_suggestions
from tui.search.query.completion import Vocabulary
from tui.storage.path_encoding import decode

if TYPE_CHECKING:
    from tui.search.local.categorical import Categorical
    from tui.search.local.picture_table import PictureTable


def read_vocabulary(table: PictureTable) -> Vocabulary:
    """Return a library's folders, cameras and formats, the most frequent first."""
    return Vocabulary(
        folders=_folders(table),
        cameras=_by_count(table.cameras),
        formats=_by_count(table.extensions),
    )


def _folders(table: PictureTable) -> tuple[str, ...]:
    files = np.bincount(table.folders)
    pictures = (
        (decode(table.folder_paths[number]), int(files[number]))
        for number in np.flatnonzero(files).tolist()
    )
    return folder_suggestions(pictures, table.roots)


def _by_count(column: Categorical) -> tuple[str, ...]:
    counts = np.bincount(column.codes, minlength=len(column.values))
    order = np.argsort(-counts, kind="stable")
    return tuple(column.values[code] for code in order.tolist() if column.values[code])
