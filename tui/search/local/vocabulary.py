"""The words that a library has for completion. Loads NumPy; call it in a worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tui.search.matching.folder_names import folder_suggestions
from tui.search.query.completion import Vocabulary
from tui.storage.path_encoding import decode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.search.local.picture_table import Categorical, PictureTable


def read_vocabulary(columns: PictureTable, earlier: Sequence[str] = ()) -> Vocabulary:
    """Return a library's folders, cameras and formats, those of most pictures first.

    Args:
        columns: reads two of them where they are not loaded yet.
        earlier: queries that were typed before, the last one first.
    """
    return Vocabulary(
        folders=_folders(columns),
        cameras=_by_count(columns.cameras),
        formats=_by_count(columns.extensions),
        history=earlier,
    )


def _folders(columns: PictureTable) -> tuple[str, ...]:
    files = np.bincount(columns.folders)
    pictures = (
        (decode(columns.folder_paths[number]), int(files[number]))
        for number in np.flatnonzero(files).tolist()
    )
    return folder_suggestions(pictures, columns.roots)


def _by_count(column: Categorical) -> tuple[str, ...]:
    counts = np.bincount(column.codes, minlength=len(column.values))
    places = np.argsort(-counts, kind="stable")
    return tuple(column.values[place] for place in places.tolist() if column.values[place])
