"""The engine over a library on a server; it answers as `tui.search.local.engine.Engine` does.

Nothing of the library is kept here but what was shown last. What others write is taken up when
somebody asks, at most every two seconds.
"""

from __future__ import annotations

import math
import time
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from tui.library.base.unit_vectors import to_float32
from tui.library.milvus.rows.collection import MOST
from tui.library.milvus.rows.expressions import with_ids
from tui.library.milvus.rows.schema import id_of
from tui.search.milvus.cached_table import EVERYTHING, CachedTable, ServerLimits
from tui.search.milvus.filters import below_folders, build_row_filter, narrow
from tui.search.milvus.library_facts import LibraryMetadata
from tui.search.milvus.name_matching import MilvusNameMatcher
from tui.search.milvus.ranker import RemoteRanker, limited
from tui.search.milvus.raw_pairs import MilvusRawPairs
from tui.search.milvus.sorted_listing import SortedListing
from tui.search.query.terms import Filter
from tui.search.ranking.example_images import ExampleImages, StoredVector
from tui.search.ranking.folding import default_fold_threshold
from tui.search.ranking.interface import StaleQueryError
from tui.search.ranking.name_fusion import query_words
from tui.search.ranking.query_vectors import QueryVectors
from tui.search.ranking.ranking import QueryVector, Ranking, load_hits
from tui.storage.path_encoding import encode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from tui.core.domain import Cancelled, Hit, ImageEmbedder, TextEmbedder
    from tui.search.milvus.collection_reader import RemoteLibrary
    from tui.search.milvus.filters import RowFilter
    from tui.search.query.parse import Query
    from tui.search.ranking.query_vector_cache import QueryVectorCache

_LIMITS = ServerLimits()


def _never() -> bool:
    return False


def _alone(_: int) -> bool:
    return False


class MilvusEngine:
    """Searches a library on a server with one model; may be called from any thread.

    Args:
        library: reads the model's rows and what the library remembers; closed with this.
        embedder: the model's text tower, which may also be attached later.
        open_images: loads its image tower, for pictures outside the library.
        kept: the vectors of earlier runs' queries.
        near: the cosine from which two pictures fold into one; None for the model's own, above 1
            for none but copies.
        pair_raw: show a raw file and the JPEG or HEIC of the same shot as one.
        limits: how much is asked of the server at once.
    """

    def __init__(
        self,
        library: RemoteLibrary,
        embedder: TextEmbedder | None = None,
        *,
        open_images: Callable[[], ImageEmbedder] | None = None,
        kept: QueryVectorCache | None = None,
        near: float | None = None,
        pair_raw: bool = True,
        limits: ServerLimits = _LIMITS,
    ) -> None:
        self._library = library
        self._table = CachedTable(library)
        self._facts = LibraryMetadata(library, self._table)
        self._names = MilvusNameMatcher(self._table, self._facts, limits.named)
        self._shots = MilvusRawPairs(self._table, enabled=pair_raw)
        self._listing = SortedListing(self._table, self._shots, limits.listed)
        near = default_fold_threshold(library.model_id) if near is None else near
        self._ranker = RemoteRanker(
            self._table, self._names, self._listing, self._shots, near=near, depth=limits.depth
        )
        pictures = ExampleImages(library.roots, self._stored, open_images)
        self._vectors = QueryVectors(library.model_id, pictures, kept)
        self._version: int | None = None
        self._limits = limits
        self._looked = -limits.looked_every
        self._news = False
        self._lock = Lock()
        if embedder is not None:
            self.attach(embedder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def model_id(self) -> str:
        """The model that the library is searched with."""
        return self._library.model_id

    @property
    def is_semantic(self) -> bool:
        """A text tower is attached; without one, new words are matched with file names."""
        return self._vectors.embedder is not None

    def is_cached(self, query: Query) -> bool:
        """Tell whether the query's texts are at hand, so that there is nothing to embed."""
        return self._vectors.is_cached(query)

    def attach(self, embedder: TextEmbedder) -> None:
        """Search by meaning from now on.

        Raises:
            ModelError: the embedder is of another model than the index.
        """
        with self._lock:
            self._vectors.attach(embedder)

    def warm_up(self) -> None:
        """Take a sample of the library, which says how common a name is and a cosine.

        That takes 0.2 s, so that it is better done before the first search; others can go on
        meanwhile.
        """
        with self._lock:
            self._look()
            total = self._table.count(EVERYTHING)
        sample = self._table.take_sample(total)
        with self._lock:
            self._table.use_sample(sample)

    def refresh(self) -> bool:
        """Take up what anybody committed since; True if a search may now answer differently.

        Raises:
            ServerError: the server is away.
        """
        with self._lock:
            self._looked = -math.inf  # whoever asks that wants to know it now
            self._look()
            news, self._news = self._news, False
            return news

    def search(
        self,
        query: Query,
        generation: int = 0,
        cancelled: Cancelled = _never,
        *,
        fold: bool = True,
    ) -> Ranking:
        """Rank the library, or the query's scope.

        Args:
            query: what to look for; without ideas everything that passes its filters, newest
                first.
            generation: comes back in the ranking.
            cancelled: asked between steps.
            fold: make one hit of files that show the same, and of a raw file and its picture;
                without it every file is a hit.

        Raises:
            StaleQueryError: ``cancelled`` said so.
            ServerError: the server is away.
        """

        def step() -> None:
            if cancelled():
                raise StaleQueryError

        with self._lock:
            step()
            query, vector = self._vectors.embed_query(query)
            step()
            self._look()
            chosen = self._chosen(query, by_name=vector is None)
            step()
            if vector is not None:
                ranking = self._ranker.rank(vector, query, chosen, generation, step=step, fold=fold)
                return replace(ranking, query_vector=QueryVector(self.model_id, vector))
            total = self._table.count(chosen)
            step()
            if self._listing.is_beyond(chosen, query.sort):
                query = limited(query)
            first = self._named_as_typed(query, chosen)
            found, rest = self._listing.list_first(chosen, query.sort, fold=fold, before=first)
            total = total if rest else len(found)
            return Ranking(generation, query, found, None, False, total, rest, folded=fold)

    def extend(self, ranking: Ranking) -> Ranking:
        """Rank what the server gives of the hits below those that are ranked.

        That are some thousands; a hint says so where there are more.

        Raises:
            ServerError: the server is away.
        """
        if not ranking.unranked_count:
            return ranking
        with self._lock:
            vector = self._vectors.vector_of(ranking)
            chosen = self._chosen(ranking.query, by_name=vector is None)
            if vector is not None:
                return self._ranker.extend(vector, chosen, ranking)
            sort, fold = ranking.query.sort, ranking.folded
            first = self._named_as_typed(ranking.query, chosen)
            found, _ = self._listing.list_first(chosen, sort, deep=True, fold=fold, before=first)
            more = found[~np.isin(found, ranking.file_ids)]
            ids = np.concatenate([ranking.file_ids, more])
            if max(ranking.total, self._table.count(chosen.prefilter)) > MOST:
                return replace(
                    ranking, query=limited(ranking.query), file_ids=ids, unranked_count=0
                )
            return replace(ranking, file_ids=ids, total=len(ids), unranked_count=0)

    def prewarm_scope(self, query: Query) -> None:
        """Count the pictures where a query looks, before something is described there.

        Raises:
            ServerError: the server is away.
        """
        with self._lock:
            self._table.count(self._chosen(query, by_name=False))

    def hits(self, ranking: Ranking, start: int, stop: int) -> list[Hit]:
        """Look up the hits from ``start`` to before ``stop``; files gone meanwhile are left out.

        Raises:
            ServerError: the server is away.
        """
        with self._lock:
            has_raw = self._shots.has_raw if ranking.folded else _alone
            return load_hits(ranking, start, stop, self._table.details, has_raw)

    def explain(self, ranking: Ranking, hit: Hit) -> Hit:
        """Return a hit with each idea of its query and the cosine of the two.

        Raises:
            ServerError: the server is away.
        """
        with self._lock:
            vector = self._table.vectors([hit.file.file_id]).get(hit.file.file_id)
            if vector is None:
                return hit
            row = to_float32(vector[np.newaxis])[0]
            return replace(hit, matches=self._vectors.term_scores(ranking.query, row))

    def remember(self, query: Query) -> None:
        """Keep the vectors of a query's texts on disk, so that asking again needs no model."""
        with self._lock:
            self._vectors.remember(query)

    def close(self) -> None:
        """Let go of the server; no search after this."""
        with self._lock:
            self._library.close()

    def _look(self) -> None:
        """Take up what was committed since, unless that was looked at a moment ago."""
        now = time.monotonic()
        if now - self._looked < self._limits.looked_every:
            return
        version = self._library.version()
        self._looked = now
        if version != self._version:
            self._news = self._version is not None
            self._version = version
            for part in (self._table, self._facts, self._names):
                part.invalidate()
            self._vectors.refresh()

    def _named_as_typed(self, query: Query, chosen: RowFilter) -> list[RowFilter]:
        """Return the rows whose whole name a query is, and those in folders that it names."""
        whole = None if query.only_browses else query_words(query)[1]
        if whole is None:
            return []
        everything = self._chosen(query, by_name=False)
        found = []
        if exact := self._names.exact(whole, chosen):
            found.append(narrow(everything, with_ids(exact)))
        if folders := self._facts.folders_named(whole):
            found.append(narrow(everything, below_folders(folders)))
        return found

    def _chosen(self, query: Query, *, by_name: bool) -> RowFilter:
        """Return the rows that a query may show; by name, its words are filters as well."""
        filters = query.filters
        if by_name and query.words and not query.only_browses:
            filters += (Filter("name", " ".join(query.words)),)
        return build_row_filter(filters, query.scope, self._facts)

    def _stored(self, path: Path) -> StoredVector | None:
        """Return the vector of a picture of the library, None where it is not there."""
        number = id_of(encode(path))
        vector = self._table.vectors([number]).get(number)
        if vector is None:
            return None
        for file in self._table.details([number]):
            return StoredVector(to_float32(vector[np.newaxis])[0], file.size, file.mtime_ns)
        return None
