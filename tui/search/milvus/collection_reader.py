"""What a search reads of a library on a server: one model's rows, and the notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tui.library.base.unit_vectors import refuse_other_length

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tui.core.domain import Vectors
    from tui.library.milvus.rows.schema import Row
    from tui.library.milvus.store import MilvusStore
    from tui.search.ranking.content_groups import Scores


class RemoteLibrary:
    """Reads a library; every method may be called from any thread.

    A model that nothing was indexed with has no rows yet; it may have some later.

    Args:
        store: the library; closed with this.
        model_id: the model.
    """

    def __init__(self, store: MilvusStore, model_id: str) -> None:
        self.model_id = model_id
        self._store = store
        notes = store.model_metadata(model_id)
        self.version = store.changed
        self.close = store.close
        self.roots = store.roots
        self.folders = notes.folders
        self.cameras = notes.cameras
        self.last_run = notes.last_run

    def query(
        self, expression: str, fields: Iterable[str], limit: int, *, strong: bool = False
    ) -> list[Row]:
        """Return rows that pass, in no order; ``strong`` waits for all that was written."""
        rows = self._store.rows(self.model_id)
        return [] if rows is None else rows.query(expression, fields, limit, strong=strong)

    def count(self, expression: str, *, strong: bool = False) -> int:
        """Return how many rows pass."""
        rows = self._store.rows(self.model_id)
        return 0 if rows is None else rows.count(expression, strong=strong)

    def search(
        self,
        vector: Vectors,
        expression: str,
        fields: Iterable[str],
        limit: int,
        *,
        ef: int,
        strong: bool = False,
    ) -> tuple[list[Row], Scores]:
        """Return the best rows that pass, best first, and their inner products."""
        rows = self._store.rows(self.model_id)
        if rows is None:
            return [], np.empty(0, dtype=np.float32)
        refuse_other_length(self.model_id, rows.dim, len(vector))
        return rows.search(vector, expression, fields, limit, ef=ef, strong=strong)
