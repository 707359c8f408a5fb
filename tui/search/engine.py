"""The search engine: from a query to ranked hits, over any backend.

Without a text tower the engine still answers queries of filters, example pictures and texts whose
vectors are cached, and matches all other words with file names. `SearchEngine.attach` adds the
tower.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tui.core.closing import Closing
from tui.core.domain import Hit
from tui.search.backend import RetrievalRequest, StaleQueryError, has_no_raw_file
from tui.search.ranker import Ranker, add_limit_hint, continue_walk
from tui.search.ranking.folding import default_fold_threshold
from tui.search.ranking.match_reasons import ReasonFinder
from tui.search.ranking.query_vectors import QueryVectors
from tui.search.ranking.ranking import QueryVector, Ranking

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.core.domain import Cancelled, TextEmbedder
    from tui.search.backend import SearchBackend
    from tui.search.query.terms import Query
    from tui.search.ranking.query_vector_cache import QueryVectorCache


class SearchEngine(Closing):
    """Searches one library with one model; may be called from any thread.

    Args:
        backend: reads the library; closed with the engine.
        embedder: the model's text tower, which may also be attached later.
        cache: the vectors of earlier runs' queries.
        fold_threshold: the cosine from which two pictures fold into one hit; None for the model's
            default. Above 1, only copies fold.
    """

    def __init__(
        self,
        backend: SearchBackend[Any],
        embedder: TextEmbedder | None = None,
        *,
        cache: QueryVectorCache | None = None,
        fold_threshold: float | None = None,
    ) -> None:
        self._backend = backend
        self._vectors = QueryVectors(backend.model_id, backend.example_images, cache)
        if fold_threshold is None:
            fold_threshold = default_fold_threshold(backend.model_id)
        self._ranker = Ranker(backend, fold_threshold)
        if embedder is not None:
            self.attach(embedder)

    @property
    def model_id(self) -> str:
        """The model that the library is searched with."""
        return self._backend.model_id

    @property
    def is_semantic(self) -> bool:
        """A text tower is attached; without one, new words are matched with file names."""
        return self._vectors.embedder is not None

    def is_cached(self, query: Query) -> bool:
        """Whether all texts of a query are cached; the event loop may call it."""
        return self._vectors.is_cached(query)

    def attach(self, embedder: TextEmbedder) -> None:
        """Search semantically with a text tower.

        Raises:
            ModelError: the tower is of another model than the index.
        """
        with self._backend.lock:
            self._vectors.attach(embedder)

    def warm_up(self) -> None:
        """Prepare the first search of file names; may take seconds."""
        self._backend.warm_up()

    def preload(self) -> None:
        """Read the columns of the first filters and orders in advance; may take seconds."""
        self._backend.preload()

    def refresh(self) -> bool:
        """Read new commits; return True if a search may now give another answer."""
        with self._backend.lock:
            return self._backend.refresh()

    def prewarm_scope(self, query: Query) -> None:
        """Cache the data that the first words in a query's scope will need."""
        with self._backend.lock:
            self._backend.prewarm_scope(self._backend.select(query))

    def search(
        self,
        query: Query,
        generation: int = 0,
        cancelled: Cancelled = lambda: False,
        *,
        fold: bool = True,
        needed: int | None = None,
    ) -> Ranking:
        """Rank the library, or the query's scope.

        Args:
            query: the query; without terms all files that pass its filters, newest first.
            generation: a number to copy into the ranking.
            cancelled: called between steps.
            fold: make one hit of files that show the same, and of a raw file and its picture.
                Otherwise every file is a hit.
            needed: how many hits are needed now if the query has an order; `extend` lists the
                others. None for all.

        Raises:
            StaleQueryError: ``cancelled`` returned True.
        """
        check = _check(cancelled)
        with self._backend.lock:
            check()
            query, vector = self._vectors.embed_query(query)
            check()
            query = self._backend.begin_search(query)
            request = RetrievalRequest(query, fold, needed=needed, check=check)
            if vector is None:
                return self._list(request, generation)
            ranking = self._ranker.rank(vector, request, generation)
            return replace(ranking, query_vector=QueryVector(self.model_id, vector))

    def extend(
        self,
        ranking: Ranking,
        needed: int | None = None,
        cancelled: Cancelled = lambda: False,
    ) -> Ranking:
        """Append the hits below those that are ranked, as many as the backend lists.

        If the vector can no longer be computed, the ranking is returned unchanged.

        Args:
            ranking: the hits so far.
            needed: how many hits are needed if they are listed in parts; None for all.
            cancelled: called between steps if hits are listed in parts.

        Raises:
            StaleQueryError: ``cancelled`` returned True.
        """
        if ranking.walk is not None:
            return continue_walk(ranking, needed, _check(cancelled))
        if not ranking.unranked_count:
            return ranking
        with self._backend.lock:
            if not ranking.semantic:
                return self._extend_list(ranking)
            vector = self._vectors.vector_of(ranking)
            return ranking if vector is None else self._ranker.extend(vector, ranking)

    def hits(self, ranking: Ranking, start: int, stop: int) -> list[Hit]:
        """Load the hits from ``start`` to before ``stop``, without deleted files."""
        has_raw = self._backend.raw_file_test() if ranking.folded else has_no_raw_file
        start = max(start, 0)
        file_ids = ranking.file_ids[start:stop].tolist()
        files = {file.file_id: file for file in self._backend.details(file_ids)}
        scores, strengths, copies = (
            [None] * len(file_ids) if values is None else values[start:stop].tolist()
            for values in (ranking.scores, ranking.strengths, ranking.copies)
        )
        reasons = ReasonFinder(ranking.query, ranking.scale)
        return [
            Hit(
                start + row + 1,
                scores[row],
                files[file_id],
                strengths[row],
                copies[row] or 1,
                has_raw=has_raw(file_id),
                reason=reasons.find(files[file_id].path, scores[row], strengths[row]),
            )
            for row, file_id in enumerate(file_ids)
            if file_id in files
        ]

    def explain(self, ranking: Ranking, hit: Hit) -> Hit:
        """Return a hit with the cosine of each term of its query."""
        with self._backend.lock:
            vector = self._backend.vector_of(hit.file.file_id)
            if vector is None:
                return hit
            return replace(hit, matches=self._vectors.term_scores(ranking.query, vector))

    def remember(self, query: Query) -> None:
        """Save the vectors of a query's texts, so that later runs need no model for them."""
        with self._backend.lock:
            self._vectors.remember(query)

    def close(self) -> None:
        """Close the backend."""
        with self._backend.lock:
            self._backend.close()

    # --- steps, under the lock ----------------------------------------------------------------

    def _list(self, request: RetrievalRequest, generation: int) -> Ranking:
        """Return the first files in an order that no model decides."""
        listing = self._backend.list_files(request)
        query, limit = request.query, self._backend.result_limit
        if limit is not None and listing.is_limited:
            query = add_limit_hint(query, limit)
        return Ranking(
            generation,
            query,
            listing.file_ids,
            scores=None,
            semantic=False,
            total=listing.total,
            unranked_count=listing.unlisted_count,
            folded=request.fold,
        )

    def _extend_list(self, ranking: Ranking) -> Ranking:
        request = RetrievalRequest(ranking.query, ranking.folded, everything=True)
        listing = self._backend.list_files(request)
        more = listing.file_ids[~np.isin(listing.file_ids, ranking.file_ids)]
        file_ids = np.concatenate([ranking.file_ids, more])
        query, total, limit = ranking.query, len(file_ids), self._backend.result_limit
        if limit is not None and (listing.is_limited or ranking.total > limit):
            query, total = add_limit_hint(query, limit), ranking.total
        return replace(ranking, query=query, file_ids=file_ids, total=total, unranked_count=0)


def _check(cancelled: Cancelled) -> Callable[[], None]:
    def check() -> None:
        if cancelled():
            raise StaleQueryError

    return check
