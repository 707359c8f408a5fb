"""Raw files and the pictures that stand for them, among rows on a server.

Only what was found is looked at: of a raw file whose picture was found too, the picture takes it
in; one whose picture may be shown but lies deeper makes room for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tui.library.formats import RAW_SUFFIXES
from tui.library.milvus.expressions import with_ids
from tui.library.milvus.fields import id_of, path_of
from tui.library.paths import encode
from tui.search.milvus.expressions import narrowed
from tui.search.pairs import SHOWN, companions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tui.domain import Keys
    from tui.search.milvus.expressions import Where
    from tui.search.milvus.table import Row, Table


class Shots:
    """Finds what stands for raw files; not thread-safe.

    Args:
        table: has the rows that were not found.
        enabled: a raw file and the picture of the same shot are shown as one.
    """

    def __init__(self, table: Table, *, enabled: bool) -> None:
        self._table = table
        self._enabled = enabled
        self._with_raw: set[int] = set()

    def has_raw(self, file_id: int) -> bool:
        """Whether a picture was found to stand for a raw file too."""
        return file_id in self._with_raw

    def pair(self, rows: Sequence[Row], chosen: Where) -> tuple[Keys, list[int]]:
        """Find what stands for the raw files among some rows.

        Args:
            rows: what was found, with its paths.
            chosen: says which rows may be shown.

        Returns:
            For each row the place of the one that stands for it, -1 for none, shape ``(n,)``; and
            the places of raw files whose picture is not among the rows, but may be shown.
        """
        places = range(len(rows)) if self._enabled else ()
        raw = [place for place in places if _suffix(rows[place]["path"]) in RAW_SUFFIXES]
        if not raw:
            return np.full(len(rows), -1, dtype=np.int64), []
        split = [row["path"].rpartition("/") for row in rows]
        found = companions([folder for folder, _, _ in split], [name for _, _, name in split])
        self._with_raw.update(rows[place]["id"] for place in found[found >= 0].tolist())
        asked = {
            number: place
            for place in raw
            if found[place] < 0
            for number in _ids(rows[place]["path"])
        }
        there = (
            self._table.query(narrowed(chosen, with_ids(asked)), (), len(asked)) if asked else []
        )
        return found, sorted({asked[row["id"]] for row in there})


def _suffix(path: str) -> str:
    return path.rpartition(".")[2].lower()


def _ids(path: str) -> Iterator[int]:
    """Yield the ids that the pictures of a raw file's shot would have."""
    whole = path_of(path)
    for suffix in SHOWN:
        for spelled in (suffix, suffix.upper(), suffix.capitalize()):
            yield id_of(encode(whole.with_suffix(f".{spelled}")))
