"""Finds raw files and the pictures that are displayed instead of them, among rows on a server.

Only fetched rows are searched. If the picture of a raw file was fetched too, the two become one
hit. A raw file whose picture may be shown but was not fetched is hidden: it is shown with the
picture.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np

from tui.core.name_folding import search_key
from tui.library.base.unit_vectors import fetch_unit_vectors
from tui.library.milvus.rows.collection import MOST
from tui.library.milvus.rows.schema import unquote
from tui.search.matching.raw_companions import DISPLAYED_SUFFIXES, find_raw_companions, shot_facts
from tui.search.milvus.filters import is_in, narrow
from tui.storage.formats import RAW_SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.core.domain import Half, Keys, PictureInfo
    from tui.search.milvus.cached_table import CachedTable
    from tui.search.milvus.filters import RowFilter
    from tui.search.milvus.post_filter import Row


class MilvusRawPairs:
    """Finds the pictures of raw files; not thread-safe.

    Args:
        table: the rows of the library.
        enabled: display a raw file and the picture of the same shot as one.
    """

    def __init__(self, table: CachedTable, *, enabled: bool) -> None:
        self._table = table
        self._enabled = enabled
        self._with_raw: set[int] = set()

    def has_raw(self, file_id: int) -> bool:
        """Whether a picture also represents a raw file, as far as rows were fetched."""
        return file_id in self._with_raw

    def pair(self, rows: Sequence[Row], row_filter: RowFilter) -> tuple[Keys, list[int]]:
        """Find the pictures of the raw files among fetched rows.

        Args:
            rows: with their paths.
            row_filter: selects the rows that may be shown.

        Returns:
            For each row the index of the row that represents it, -1 for none, shape ``(n,)``;
                and the indices of raw files whose picture may be shown but was not fetched.
        """
        indices = range(len(rows)) if self._enabled else ()
        raw = [index for index in indices if _suffix(rows[index]) in RAW_SUFFIXES]
        if not raw:
            return np.full(len(rows), -1, dtype=np.int64), []
        companions = self._companions(rows)
        self._with_raw.update(rows[index]["id"] for index in companions[companions >= 0].tolist())
        unpaired = [index for index in raw if companions[index] < 0]
        unpaired_rows = [rows[index] for index in unpaired]
        beside = self._pictures_beside(unpaired_rows, row_filter)
        unfetched = self._companions([*unpaired_rows, *beside])[: len(unpaired)]
        hidden = [index for index, other in zip(unpaired, unfetched, strict=True) if other >= 0]
        return companions, hidden

    def _companions(self, rows: Sequence[Row]) -> Keys:
        paths = list(map(_split, rows))
        ids = np.array([row["id"] for row in rows], dtype=np.int64)
        return find_raw_companions(
            [folder for folder, _ in paths],
            [search_key(os.fsdecode(unquote(name))) for _, name in paths],
            lambda positions: shot_facts(self._infos(ids[positions])),
            lambda positions: fetch_unit_vectors(ids[positions], self._fetch),
        )

    def _infos(self, ids: Keys) -> list[PictureInfo | None]:
        file_ids = ids.tolist()
        files = self._table.details(list(dict.fromkeys(file_ids)))
        infos = {file.file_id: file.info for file in files}
        return [infos.get(number) for number in file_ids]

    def _fetch(self, ids: Keys) -> tuple[Keys, Half]:
        vectors = self._table.vectors(ids.tolist())
        rows = np.stack(list(vectors.values())) if vectors else np.empty((0, 0), dtype=np.float16)
        return np.array(list(vectors), dtype=np.int64), rows

    def _pictures_beside(self, raw: Sequence[Row], row_filter: RowFilter) -> Sequence[Row]:
        """Return the pictures that may be shown in the folders of some raw files."""
        folders = dict.fromkeys(_split(row)[0] for row in raw)
        if not folders:
            return ()
        text = f"{is_in('folder', map(unquote, folders))} and {is_in('ext', DISPLAYED_SUFFIXES)}"
        return self._table.query(narrow(row_filter, text), ("path",), MOST)


def _split(row: Row) -> tuple[str, str]:
    folder, _, name = row["path"].rpartition("/")
    return folder or "/", name


def _suffix(row: Row) -> str:
    return str(row["path"]).rpartition(".")[2].lower()
