"""From a query to ranked files: embed, search the index, fuse with names, fold, measure.

Without a text tower the engine still answers queries that it has met before, pictures of the
library, filters, and all else by file name; `Engine.attach` sharpens it later.
"""

from __future__ import annotations

from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING

from tui.library.local.vectors.searching import LIMITS, IndexLimits
from tui.search.local.name_index import NameIndex
from tui.search.local.picture_table import PictureTable
from tui.search.local.ranker import Ranker
from tui.search.local.raw_pairs import RawPairs
from tui.search.local.selection import FileSelector
from tui.search.matching.missing_folders import add_missing_hint
from tui.search.ranking.example_images import ExampleImages, stored_vector_finder
from tui.search.ranking.folding import default_fold_threshold
from tui.search.ranking.interface import StaleQueryError
from tui.search.ranking.query_vectors import QueryVectors
from tui.search.ranking.ranking import QueryVector, Ranking, load_hits

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Self

    from tui.core.domain import Cancelled, Hit, ImageEmbedder, TextEmbedder
    from tui.library.local.catalog.reader import Catalog
    from tui.search.local.ranker import SearchableIndex
    from tui.search.query.parse import Query
    from tui.search.ranking.query_vector_cache import QueryVectorCache

__all__ = ["Engine", "Ranking", "StaleQueryError"]


def _never() -> bool:
    return False


def _alone(_: int) -> bool:
    return False


class Engine:
    """Searches one library with one model; may be called from any thread.

    Args:
        catalog: the library.
        index: the model's vectors.
        embedder: its text tower, which may also be attached later.
        open_images: loads its image tower, for pictures outside the library.
        kept: the vectors of earlier runs' queries.
        near: the cosine from which two pictures fold into one; None for the model's own, above 1
            for none but copies.
        pair_raw: show a raw file and the JPEG or HEIC of the same shot as one.
        limits: say how many results are ranked at first.
        absent: tells which indexed folders are missing now; what lies below these is no result.
    """

    def __init__(
        self,
        catalog: Catalog,
        index: SearchableIndex,
        embedder: TextEmbedder | None = None,
        *,
        open_images: Callable[[], ImageEmbedder] | None = None,
        kept: QueryVectorCache | None = None,
        near: float | None = None,
        pair_raw: bool = True,
        limits: IndexLimits = LIMITS,
        absent: Callable[[], frozenset[Path]] = frozenset,
    ) -> None:
        self._catalog = catalog
        self._index = index
        self._columns = PictureTable(catalog)
        stored = stored_vector_finder(catalog, index.model_id)
        pictures = ExampleImages(catalog.roots, stored, open_images)
        self._vectors = QueryVectors(index.model_id, pictures, kept)
        self._pairs = (
            RawPairs(self._columns, lambda: len(index), index.vectors) if pair_raw else None
        )
        self._selection = FileSelector(catalog, self._columns, index.model_id, self._pairs)
        self._names = NameIndex(self._columns, lambda: len(index), self._pairs)
        near = default_fold_threshold(index.model_id) if near is None else near
        self._ranker = Ranker(index, self._selection, self._names.find, near, limits)
        self._absent = absent
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
        """Read the names of the whole library, so that words find these as well.

        It takes seconds in a library of a million pictures, so that is not left to a search, and
        others can go on meanwhile.
        """
        words = self._names.read()
        if self._pairs is not None:
            self._pairs.preload()
        with self._lock:
            self._names.load(words)
            if self._pairs is not None:
                self._pairs.reload()
                self._selection.clear()

    def refresh(self) -> bool:
        """Take up what was committed since; True if a search may now answer differently."""
        with self._lock:
            version = self._catalog.data_version()
            index_changed = self._index.refresh()
            folders_changed = self._selection.exclude_folders(self._absent())
            if version == self._version and not index_changed:
                return folders_changed
            self._version = version
            self._columns.refresh()
            self._selection.clear()
            if self._pairs is not None:
                self._pairs.refresh()
            self._names.refresh()
            self._vectors.refresh()
            self._ranker.refresh()
            return True

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
        """

        def step() -> None:
            if cancelled():
                raise StaleQueryError

        with self._lock:
            step()
            absent = self._absent()
            self._selection.exclude_folders(absent)
            query, vector = self._vectors.embed_query(query)
            query = add_missing_hint(query, absent)
            step()
            if vector is not None:
                ranking = self._ranker.rank(vector, query, generation, step=step, fold=fold)
                return replace(ranking, query_vector=QueryVector(self.model_id, vector))
            by_name = bool(query.words) and not query.only_browses
            listed = self._selection.match_names if by_name else self._selection.browse
            found = listed(query, fold=fold)
            return Ranking(generation, query, found, None, False, len(found), folded=fold)

    def extend(self, ranking: Ranking) -> Ranking:
        """Rank all hits of a query; those that were ranked stay where they are.

        Where there are many, only ``Limits.at_first`` of them are at first; the whole takes a
        comparison with every vector.
        """
        if not ranking.unranked_count:
            return ranking
        with self._lock:
            vector = self._vectors.vector_of(ranking)
            return ranking if vector is None else self._ranker.extend(vector, ranking)

    def prewarm_scope(self, query: Query) -> None:
        """Work out where a query looks, before something is described there.

        In a folder of 100,000 pictures that takes up to 0.1 s.
        """
        with self._lock:
            self._ranker.prewarm_scope(query)

    def hits(self, ranking: Ranking, start: int, stop: int) -> list[Hit]:
        """Look up the hits from ``start`` to before ``stop``; files gone meanwhile are left out."""
        has_raw = self._has_raw() if ranking.folded else _alone
        return load_hits(ranking, start, stop, self._catalog.details, has_raw)

    def _has_raw(self) -> Callable[[int], bool]:
        """Return what tells whether a picture stands for a raw file too.

        The pairs are worked out under the lock alone, or a refresh would change the columns
        meanwhile and the pairs of the old library would be kept.
        """
        if self._pairs is None:
            return _alone
        known = self._pairs.current
        if known is None:
            with self._lock:
                known = self._pairs.load()
        return known.has_raw

    def explain(self, ranking: Ranking, hit: Hit) -> Hit:
        """Return a hit with each idea of its query and the cosine of the two."""
        with self._lock:
            vector = self._ranker.vector_of(hit.file.file_id)
            if vector is None:
                return hit
            return replace(hit, matches=self._vectors.term_scores(ranking.query, vector))

    def remember(self, query: Query) -> None:
        """Keep the vectors of a query's texts on disk, so that asking again needs no model."""
        with self._lock:
            self._vectors.remember(query)

    def close(self) -> None:
        """Let go of the catalog; no search after this."""
        with self._lock:
            self._catalog.close()
