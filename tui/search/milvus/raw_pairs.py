"""Raw files and the pictures that stand for them, among rows on a server.

Only what was found is looked at: of a raw file whose picture was found too, the picture takes it
in; one whose picture may be shown but lies deeper makes room for it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np

from tui.library.milvus.rows.collection import MOST
from tui.library.milvus.rows.schema import unquoted
from tui.search.matching.raw_companions import (
    DISPLAYED_SUFFIXES,
    find_raw_companions,
    shot_facts,
    unit_vectors_of,
)
from tui.search.milvus.filters import is_in, narrow
from tui.storage.formats import RAW_SUFFIXES
from tui.storage.path_encoding import bare

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tui.core.domain import Keys, PictureInfo
    from tui.search.milvus.cached_table import CachedTable, Row
    from tui.search.milvus.filters import RowFilter


class MilvusRawPairs:
    """Finds what stands for raw files; not thread-safe.

    Args:
        table: has the rows that were not found.
        enabled: a raw file and the picture of the same shot are shown as one.
    """

    def __init__(self, table: CachedTable, *, enabled: bool) -> None:
        self._table = table
        self._enabled = enabled
        self._with_raw: set[int] = set()

    def has_raw(self, file_id: int) -> bool:
        """Whether a picture was found to stand for a raw file too."""
        return file_id in self._with_raw

    def pair(self, rows: Sequence[Row], chosen: RowFilter) -> tuple[Keys, list[int]]:
        """Find what stands for the raw files among some rows.

        Args:
            rows: what was found, with its paths.
            chosen: says which rows may be shown.

        Returns:
            For each row the place of the one that stands for it, -1 for none, shape ``(n,)``; and
            the places of raw files whose picture is not among the rows, but may be shown.
        """
        places = range(len(rows)) if self._enabled else ()
        raw = [place for place in places if _suffix(rows[place]) in RAW_SUFFIXES]
        if not raw:
            return np.full(len(rows), -1, dtype=np.int64), []
        found = self._companions(rows)
        self._with_raw.update(rows[place]["id"] for place in found[found >= 0].tolist())
        alone = [place for place in raw if found[place] < 0]
        beside = self._beside([rows[place] for place in alone], chosen)
        there = self._companions([*(rows[place] for place in alone), *beside])[: len(alone)]
        return found, [place for place, other in zip(alone, there, strict=True) if other >= 0]

    def _companions(self, rows: Sequence[Row]) -> Keys:
        split = list(map(_split, rows))
        ids = np.array([row["id"] for row in rows], dtype=np.int64)
        return find_raw_companions(
            [folder for folder, _ in split],
            [bare(os.fsdecode(unquoted(name))) for _, name in split],
            lambda places: shot_facts(self._infos(ids[places])),
            lambda places: unit_vectors_of(ids[places], self._take),
        )

    def _infos(self, ids: Keys) -> list[PictureInfo | None]:
        wanted = ids.tolist()
        known = {
            file.file_id: file.info for file in self._table.details(list(dict.fromkeys(wanted)))
        }
        return [known.get(number) for number in wanted]

    def _take(self, ids: Keys) -> tuple[Keys, NDArray[np.float16]]:
        found = self._table.vectors(ids.tolist())
        rows = np.stack(list(found.values())) if found else np.empty((0, 0), dtype=np.float16)
        return np.array(list(found), dtype=np.int64), rows

    def _beside(self, raw: Sequence[Row], chosen: RowFilter) -> Sequence[Row]:
        """Return the pictures that may be shown in the folders of some raw files."""
        folders = dict.fromkeys(_split(row)[0] for row in raw)
        if not folders:
            return ()
        text = f"{is_in('folder', map(unquoted, folders))} and {is_in('ext', DISPLAYED_SUFFIXES)}"
        return self._table.query(narrow(chosen, text), ("path",), MOST)


def _split(row: Row) -> tuple[str, str]:
    folder, _, name = row["path"].rpartition("/")
    return folder or "/", name


def _suffix(row: Row) -> str:
    return str(row["path"]).rpartition(".")[2].lower()
