"""Searches a library on a Milvus server.

Only the latest results are cached. Commits of other processes are noticed when a search begins, at
most every ``ServerLimits.check_seconds`` seconds.
"""

from __future__ import annotations

import math
import time
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from tui.library.base.unit_vectors import to_float32
from tui.library.milvus.rows.collection import MOST
from tui.library.milvus.rows.expressions import with_ids
from tui.library.milvus.rows.schema import id_of
from tui.search.backend import CandidateSet, FileListing, SearchBackend
from tui.search.milvus.cached_table import EVERYTHING, CachedTable, ServerLimits
from tui.search.milvus.filters import RowFilter, below_folders, build_row_filter, narrow
from tui.search.milvus.library_metadata import LibraryMetadata
from tui.search.milvus.name_matching import FIELDS, MilvusNameMatcher
from tui.search.milvus.raw_pairs import MilvusRawPairs
from tui.search.milvus.row_contents import RowContents
from tui.search.milvus.sorted_listing import SortedListing
from tui.search.query.terms import Filter
from tui.search.ranking.candidates import cosines
from tui.search.ranking.example_images import ExampleImages, StoredVector
from tui.search.ranking.name_fusion import query_words
from tui.storage.path_encoding import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tui.core.domain import FileDetails, ImageEmbedder, Keys, Scores, Vectors
    from tui.library.milvus.store import MilvusStore
    from tui.search.backend import RetrievalRequest
    from tui.search.query.terms import Query, Sort

_LIMITS = ServerLimits()


class MilvusBackend(SearchBackend[RowFilter]):
    """Reads the rows of one model.

    Args:
        store: the library; closed with the backend.
        model_id: the model.
        open_images: loads the model's image tower, for pictures outside the library.
        pair_raw: show a raw file and the JPEG or HEIC of the same shot as one.
        limits: the sizes of requests to the server.
    """

    result_limit = MOST

    def __init__(
        self,
        store: MilvusStore,
        model_id: str,
        *,
        open_images: Callable[[], ImageEmbedder] | None = None,
        pair_raw: bool = True,
        limits: ServerLimits = _LIMITS,
    ) -> None:
        super().__init__(ExampleImages(store.roots, self._stored_vector, open_images))
        self._store = store
        self._model_id = model_id
        self._limits = limits
        self._table = CachedTable(store, model_id)
        self._metadata = LibraryMetadata(store, model_id, self._table)
        self._names = MilvusNameMatcher(self._table, self._metadata, limits.name_search_files)
        self._pairs = MilvusRawPairs(self._table, enabled=pair_raw)
        self._listing = SortedListing(self._table, self._pairs, limits.list_size)
        self._version: int | None = None
        self._checked_at = -math.inf
        self._has_changed = False

    @property
    def model_id(self) -> str:
        """The model of the rows."""
        return self._model_id

    def __len__(self) -> int:
        return self._table.count(EVERYTHING)

    def close(self) -> None:
        """Close the connection."""
        self._store.close()

    # --- changes ------------------------------------------------------------------------------

    def warm_up(self) -> None:
        """Read a sample of the library, which shows how common names and cosines are."""
        with self.lock:
            self._notice_commits()
            total = self._table.count(EVERYTHING)
        sample = self._table.take_sample(total)
        with self.lock:
            self._table.use_sample(sample)

    def refresh(self) -> bool:
        """Ask the server at once; return True if a commit was noticed since the last refresh."""
        self._checked_at = -math.inf
        self._notice_commits()
        has_changed, self._has_changed = self._has_changed, False
        return has_changed

    def begin_search(self, query: Query) -> Query:
        """Notice commits, and return the query unchanged."""
        self._notice_commits()
        return query

    def _notice_commits(self) -> None:
        """Clear the caches if the library has changed; check every ``check_seconds`` at most."""
        now = time.monotonic()
        if now - self._checked_at < self._limits.check_seconds:
            return
        version = self._store.version()
        self._checked_at = now
        if version != self._version:
            self._has_changed = self._version is not None
            self._version = version
            for part in (self._table, self._metadata, self._names):
                part.invalidate()
            self.example_images.refresh()

    # --- searching ----------------------------------------------------------------------------

    def select(self, query: Query) -> RowFilter:
        """Return the filter for the rows that a query may return."""
        return build_row_filter(query.filters, query.scope, self._metadata)

    def count(self, selection: RowFilter) -> int:
        """Return the number of rows that pass; an estimate if the server can only narrow."""
        return self._table.count(selection)

    def prewarm_scope(self, selection: RowFilter) -> None:
        """Count the rows."""
        self._table.count(selection)

    def retrieve(
        self, vector: Vectors, selection: RowFilter, request: RetrievalRequest
    ) -> CandidateSet:
        """Search the vectors, and the names for the query's words."""
        depth = MOST if request.everything else self._limits.depth
        rows, scores = self._table.search(vector, selection, FIELDS, depth)
        request.check()
        fits = self._table.count(selection.prefilter) <= depth
        is_complete = fits and (request.everything or len(rows) >= self._table.count(selection))
        request.check()
        names = None
        if request.query.words:
            names = self._names.find(request.query, selection, rows, is_complete=is_complete)
            request.check()
        named_rows = () if names is None else names.rows
        hide_raw = request.fold or not request.everything
        contents = RowContents(rows, named_rows, self._pairs, selection, hide_raw=hide_raw)
        return CandidateSet(
            contents.candidates(scores),
            scores,
            contents.groups,
            None if names is None else contents.named(names),
            background=partial(self._background, vector),
            vectors=partial(contents.vectors, self._table),
            cosines=partial(contents.cosines, self._table, vector),
            is_complete=is_complete or request.everything,
            is_limited=request.everything and not fits,
        )

    def list_files(self, request: RetrievalRequest) -> FileListing:
        """List the first rows that pass; a query's words are a filter on names."""
        query = request.query
        selection = self._name_filter(query)
        request.check()
        total = self._table.count(selection)
        request.check()
        file_ids, unlisted_count = self._listing.list_first(
            selection,
            query.sort,
            deep=request.everything,
            fold=request.fold,
            before=self._exact_matches(query, selection),
        )
        if request.everything:
            is_limited = self._table.count(selection.prefilter) > MOST
        else:
            is_limited = self._listing.is_beyond(selection, query.sort)
        total = total if unlisted_count else len(file_ids)
        return FileListing(file_ids, total, unlisted_count, is_limited=is_limited)

    def sort(self, file_ids: Keys, sort: Sort) -> Keys:
        """Sort by a field of the rows."""
        return self._listing.sort(file_ids, sort)

    def library_order(self, selection: RowFilter, sort: Sort) -> None:
        """Return None.

        The server can't sort, and `SortedListing` finds each part of an order by counting: a walk
        would send more requests than ranking all that it lists.
        """

    def _name_filter(self, query: Query) -> RowFilter:
        """Return the filter for the rows that a query may return if its words filter names."""
        filters = query.filters
        if query.words and not query.only_browses:
            filters += (Filter("name", " ".join(query.words)),)
        return build_row_filter(filters, query.scope, self._metadata)

    def _exact_matches(self, query: Query, selection: RowFilter) -> list[RowFilter]:
        """Return filters for rows whose whole name is the query, and for folders that it names."""
        name = None if query.only_browses else query_words(query)[1]
        if name is None:
            return []
        everything = self.select(query)
        matches = []
        if file_ids := self._names.exact(name, selection):
            matches.append(narrow(everything, with_ids(file_ids)))
        if folders := self._metadata.folders_named(name):
            matches.append(narrow(everything, below_folders(folders)))
        return matches

    def _background(self, vector: Vectors) -> Scores:
        return cosines(vector, self._table.sample().vectors)

    # --- single files -------------------------------------------------------------------------

    def details(self, file_ids: Sequence[int]) -> list[FileDetails]:
        """Return the details from the cache or the server."""
        with self.lock:
            return self._table.details(file_ids)

    def raw_file_test(self) -> Callable[[int], bool]:
        """Return the test of the pairs among earlier results."""
        return self._pairs.has_raw

    def vector_of(self, file_id: int) -> Vectors | None:
        """Return the vector of a row."""
        row = self._table.vectors([file_id]).get(file_id)
        if row is None:
            return None
        vector: Vectors = to_float32(row[np.newaxis])[0]
        return vector

    def _stored_vector(self, path: Path) -> StoredVector | None:
        """Return the vector of a picture of the library; None for any other."""
        file_id = id_of(encode(path))
        vector = self.vector_of(file_id)
        if vector is None:
            return None
        for file in self._table.details([file_id]):
            return StoredVector(vector, file.size, file.mtime_ns)
        return None
