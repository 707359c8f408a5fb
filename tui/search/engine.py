"""From a query to ranked files: embed, search the index, expand contents to files.

Without a text tower the engine still answers, by file name; `Engine.attach` sharpens it later.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Protocol

import numpy as np

from tui.domain import Hit, ModelError
from tui.library.index_search import LIMITS
from tui.search.rank import Copies, group_copies, rank_files
from tui.search.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Self

    from tui.config import Settings
    from tui.domain import Cancelled, FileDetails, Keys, TextEmbedder, VectorIndex, Vectors
    from tui.library.records import FileTable
    from tui.search.query import Query
    from tui.search.rank import Scores

_VECTORS_KEPT = 512
_SCOPES_KEPT = 4


class StaleQueryError(Exception):
    """The caller asked to stop: a newer query has come."""


class Library(Protocol):
    """What the engine asks of the catalog; callable from several threads."""

    def data_version(self) -> int:
        """Differs when anything was committed since."""
        ...

    def files(self, model_id: str, scope: Path | None = None) -> FileTable:
        """The available files whose content has an embedding of that model."""
        ...

    def newest(self, scope: Path | None = None) -> Keys:
        """The ids of all available files, by date taken, else mtime; newest first."""
        ...

    def names_matching(self, words: Sequence[str], scope: Path | None, limit: int) -> list[int]:
        """The ids of files whose name holds every word."""
        ...

    def details(self, file_ids: Sequence[int]) -> list[FileDetails]:
        """What is known of these files, in this order."""
        ...

    def close(self) -> None:
        """Let go of the database."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """The answer to one query: ids only, so that a million hits stay small.

    Attributes:
        generation: the caller's number for this query, to drop stale answers by.
        query: what was asked.
        file_ids: best first, int64, shape ``(n,)``.
        scores: their cosines, float32, shape ``(n,)``; None where the order is by name or date.
        semantic: the order comes from a model.
        total: how many files the query has, which may be more than are ranked here.
    """

    generation: int
    query: Query
    file_ids: Keys
    scores: Scores | None
    semantic: bool
    total: int

    def __len__(self) -> int:
        return len(self.file_ids)


def _never() -> bool:
    return False


class Engine:
    """Searches one library with one model; may be called from any thread."""

    def __init__(
        self, catalog: Library, index: VectorIndex, embedder: TextEmbedder | None = None
    ) -> None:
        self._catalog = catalog
        self._index = index
        self._embedder: TextEmbedder | None = None
        self._vectors: Recent[str, Vectors] = Recent(_VECTORS_KEPT)
        self._copies: Recent[Path | None, Copies] = Recent(_SCOPES_KEPT)
        self._newest: Recent[Path | None, Keys] = Recent(_SCOPES_KEPT)
        self._version = catalog.data_version()
        self._lock = Lock()
        if embedder is not None:
            self.attach(embedder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def model_id(self) -> str:
        """The model that the library is searched with."""
        return self._index.model_id

    @property
    def is_semantic(self) -> bool:
        """A text tower is attached; without one, words are matched with file names."""
        return self._embedder is not None

    def has_met(self, query: Query) -> bool:
        """Tell whether the query's vector is at hand, so that there is nothing to embed."""
        return query.text in self._vectors

    def attach(self, embedder: TextEmbedder) -> None:
        """Search by meaning from now on.

        Raises:
            ModelError: the embedder is of another model than the index.
        """
        if embedder.model_id != self._index.model_id:
            raise ModelError(
                f"The index is of the model {self._index.model_id}, not of {embedder.model_id}; "
                "choose the model that the folder was indexed with."
            )
        with self._lock:
            self._embedder = embedder
            self._vectors.clear()

    def refresh(self) -> bool:
        """Take up what was committed since; True if a search may now answer differently."""
        with self._lock:
            version = self._catalog.data_version()
            index_changed = self._index.refresh()
            if version == self._version and not index_changed:
                return False
            self._version = version
            self._copies.clear()
            self._newest.clear()
            return True

    def search(self, query: Query, generation: int = 0, cancelled: Cancelled = _never) -> Ranking:
        """Rank the library, or the query's scope.

        Args:
            query: what to look for; an empty one gives everything, newest first.
            generation: comes back in the ranking.
            cancelled: asked between steps.

        Raises:
            StaleQueryError: ``cancelled`` said so.
        """
        with self._lock:
            _stop_if(cancelled)
            if query.is_empty:
                file_ids = self._browse(query.scope)
                return Ranking(generation, query, file_ids, None, False, len(file_ids))
            if self._embedder is None:
                return self._by_name(query, generation)
            return self._by_meaning(self._embedder, query, generation, cancelled)

    def hits(self, ranking: Ranking, start: int, stop: int) -> list[Hit]:
        """Look up the hits from ``start`` to before ``stop``; files gone meanwhile are left out."""
        start = max(start, 0)
        file_ids = ranking.file_ids[start:stop].tolist()
        found = {details.file_id: details for details in self._catalog.details(file_ids)}
        scores: list[float | None] = [None] * len(file_ids)
        if ranking.scores is not None:
            scores = ranking.scores[start:stop].tolist()
        return [
            Hit(rank, score, found[file_id])
            for rank, (file_id, score) in enumerate(zip(file_ids, scores, strict=True), start + 1)
            if file_id in found
        ]

    def close(self) -> None:
        """Let go of the catalog; no search after this."""
        with self._lock:
            self._catalog.close()

    def _browse(self, scope: Path | None) -> Keys:
        return self._newest.get(scope, lambda: self._catalog.newest(scope))

    def _by_name(self, query: Query, generation: int) -> Ranking:
        found = self._catalog.names_matching(query.words, query.scope, LIMITS.exact)
        file_ids = np.array(found, dtype=np.int64)
        return Ranking(generation, query, file_ids, None, False, len(file_ids))

    def _by_meaning(
        self, embedder: TextEmbedder, query: Query, generation: int, cancelled: Cancelled
    ) -> Ranking:
        vector = self._vector(embedder, query.text)
        _stop_if(cancelled)
        copies = self._files(query.scope)
        _stop_if(cancelled)
        scope = None if query.scope is None else copies.contents()
        depth = len(self._index) if scope is None else len(scope)
        if depth > LIMITS.exact:
            depth = LIMITS.depth
        keys, scores = self._index.search(vector, depth, scope)
        _stop_if(cancelled)
        file_ids, file_scores = rank_files(keys, scores, copies)
        return Ranking(generation, query, file_ids, file_scores, True, len(copies.file_ids))

    def _vector(self, embedder: TextEmbedder, text: str) -> Vectors:
        return self._vectors.get(text, lambda: embedder.embed_text([text])[0])

    def _files(self, scope: Path | None) -> Copies:
        def read() -> Copies:
            table = self._catalog.files(self.model_id, scope)
            return group_copies(table.file_ids, table.content_ids)

        return self._copies.get(scope, read)


def _stop_if(cancelled: Cancelled) -> None:
    if cancelled():
        raise StaleQueryError


def open_engine(settings: Settings) -> Engine:
    """Open the library with the chosen model's index, still without a text tower.

    Raises:
        ModelError: the model is unknown.
        CatalogError: the catalog is damaged, is from a newer version or can't be opened.
    """
    from tui.library.catalog import Catalog
    from tui.library.index import open_index
    from tui.models.registry import find_model

    model_id = find_model(settings.model, settings).model_id
    catalog = Catalog.open(settings.data_dir, read_only=True)
    return Engine(catalog, open_index(catalog, model_id))
