"""Groups rows of a server into contents: numbers, copies and raw files of pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tui.search.backend import NamedContents
from tui.search.ranking.candidates import Candidates
from tui.search.ranking.content_groups import group_contents
from tui.search.ranking.name_fusion import best_by_content

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.core.domain import Half, Keys, Scores, Vectors
    from tui.search.milvus.cached_table import CachedTable
    from tui.search.milvus.filters import RowFilter
    from tui.search.milvus.name_matching import NamedRows
    from tui.search.milvus.post_filter import Row
    from tui.search.milvus.raw_pairs import MilvusRawPairs

_HIDDEN = -1
"""The content of a raw file whose picture ranks lower and represents it."""


class RowContents:
    """The contents of rows, numbered in the order of the rows.

    A raw file gets the content of its picture if both are among the rows.

    Args:
        nearest: the rows nearest to a vector, best first.
        named: the rows whose names match; some may be among the nearest.
        pairs: finds the pictures of raw files.
        selection: the rows that may be shown.
        hide_raw: drop raw files whose picture may be shown but is not among the rows.

    Attributes:
        groups: the files by content; copies by path, raw files last.
    """

    def __init__(
        self,
        nearest: Sequence[Row],
        named: Sequence[Row],
        pairs: MilvusRawPairs,
        selection: RowFilter,
        *,
        hide_raw: bool,
    ) -> None:
        nearest_ids = {row["id"] for row in nearest}
        rows = [*nearest, *(row for row in named if row["id"] not in nearest_ids)]
        numbers: dict[str, int] = {}
        contents = np.array(
            [numbers.setdefault(row["content"], len(numbers)) for row in rows], np.int64
        )
        ids = np.array([row["id"] for row in rows], dtype=np.int64)
        pictures, hidden = pairs.pair(rows, selection)
        is_raw = pictures >= 0
        contents[is_raw] = contents[pictures[is_raw]]
        if hide_raw:
            contents[hidden] = _HIDDEN
        by_path = np.array(sorted(range(len(rows)), key=lambda row: rows[row]["path"]), np.int64)
        order = np.concatenate([by_path[~is_raw[by_path]], by_path[is_raw[by_path]]])
        order = order[contents[order] != _HIDDEN]
        self.groups = group_contents(ids[order], contents[order])
        self._contents = contents
        self._content_of = dict(zip(ids.tolist(), contents.tolist(), strict=True))
        self._is_nearest = (contents != _HIDDEN) & ~is_raw
        self._is_nearest[len(nearest) :] = False

    def candidates(self, scores: Scores) -> Candidates:
        """Return the contents of the nearest rows, each once, with the rows' scores."""
        rows = np.flatnonzero(self._is_nearest)
        _, first = np.unique(self._contents[rows], return_index=True)
        rows = rows[np.sort(first)]
        return Candidates(self._contents[rows], scores[rows], scores[rows])

    def named(self, names: NamedRows) -> NamedContents:
        """Return the contents of named rows with the value of the best name of each."""
        positions, values = names.matches
        contents = np.array(
            [self._content_of[names.rows[row]["id"]] for row in positions.tolist()], np.int64
        )
        is_shown = contents != _HIDDEN
        best = best_by_content(contents[is_shown], values[is_shown])
        return NamedContents(*best, names.values_of)

    def vectors(self, table: CachedTable, contents: Keys) -> tuple[Keys, Half]:
        """Return the contents that have a row, and their vectors."""
        ids = self._first_files(contents)
        vectors = table.vectors(ids)
        present = [position for position, file_id in enumerate(ids) if file_id in vectors]
        rows = [vectors[ids[position]] for position in present]
        return contents[present], np.stack(rows) if rows else np.empty((0, 0), dtype=np.float16)

    def cosines(self, table: CachedTable, vector: Vectors, contents: Keys) -> tuple[Keys, Scores]:
        """Return the contents that have a row, and their cosines with a vector."""
        ids = self._first_files(contents)
        present, scores = table.scores(vector, ids)
        content_of = dict(zip(ids, contents.tolist(), strict=True))
        return np.array([content_of[file_id] for file_id in present.tolist()], np.int64), scores

    def _first_files(self, contents: Keys) -> list[int]:
        ids: list[int] = self.groups.file_ids[self.groups.starts[contents]].tolist()
        return ids
