"""Reads counts, details and words of a library on a server."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from tui.core.closing import Closing
from tui.library.milvus.metadata import ROOT
from tui.library.milvus.rows.expressions import FOUND
from tui.library.milvus.rows.schema import unquote
from tui.search.matching.folder_names import folder_suggestions
from tui.search.query.completion import Vocabulary
from tui.storage.path_encoding import decode

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tui.core.domain import FileDetails
    from tui.library.milvus.store import MilvusStore

_FRESH = 1.0
"""Seconds for which counts stay fresh; fresh ones make the server wait for all writes."""

_SAMPLE = 4096
"""The number of rows in which formats are counted."""


class MilvusReader(Closing):
    """Reads facts about the pictures that one model has embedded; thread-safe.

    Args:
        store: the library; closed with the reader.
        model_id: the model.
    """

    def __init__(self, store: MilvusStore, model_id: str) -> None:
        self._store = store
        self._model_id = model_id
        self.roots = store.roots
        self.count = store.count
        self.failures = store.failures
        self._refreshed_at = -_FRESH

    def close(self) -> None:
        """Close the connection."""
        self._store.close()

    def folder_counts(self, parent: Path) -> dict[str, int]:
        """Return each child folder's name with the number of pictures anywhere below it."""
        if time.monotonic() - self._refreshed_at >= _FRESH:
            self._store.metadata.all(ROOT, strong=True)
            if (rows := self._store.rows(self._model_id)) is not None:
                rows.count(strong=True)
            self._refreshed_at = time.monotonic()
        return self._store.folder_counts(parent)

    def details(self, file_ids: Iterable[int]) -> list[FileDetails]:
        """Return the details of files in the same order, without deleted files."""
        return self._store.details(file_ids, self._model_id)

    def vocabulary(self) -> Vocabulary:
        """Return the words of completion."""
        notes = self._store.model_metadata(self._model_id)
        pictures = [(decode(path), count) for path, count in notes.folders().items()]
        return Vocabulary(
            folders=folder_suggestions(pictures, self._store.roots()),
            cameras=notes.cameras(),
            formats=self._formats(),
        )

    def _formats(self) -> list[str]:
        rows = self._store.rows(self._model_id)
        if rows is None:
            return []
        counts = Counter(row["ext"] for row in rows.query(FOUND, ["ext"], _SAMPLE))
        return [decode(unquote(name)).name for name, _ in counts.most_common() if name]
