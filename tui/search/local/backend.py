"""Searches a library in a folder: its catalog, vector index and file names."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from tui.library.base.unit_vectors import to_float32
from tui.library.local.vectors.searching import LIMITS, IndexLimits
from tui.search.backend import (
    CandidateSet,
    FileListing,
    SearchBackend,
    has_no_raw_file,
)
from tui.search.local.name_index import NameIndex
from tui.search.local.picture_table import PictureTable
from tui.search.local.raw_pairs import RawPairs
from tui.search.local.selection import FileSelector, SelectedFiles
from tui.search.matching.missing_folders import add_missing_hint
from tui.search.ranking.candidates import Candidates, cosines
from tui.search.ranking.example_images import ExampleImages, StoredVector
from tui.storage.path_encoding import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tui.core.domain import FileDetails, Half, ImageEmbedder, Keys, Scores, Vectors
    from tui.library.local.catalog.reader import Catalog
    from tui.library.local.vectors.vector_index import VectorIndex
    from tui.search.backend import RetrievalRequest
    from tui.search.query.terms import Query, Sort
    from tui.search.ranking.sorted_walk import LibraryOrder

_SAMPLE = 4096
"""The number of contents whose cosines measure the noise."""


class LocalBackend(SearchBackend[SelectedFiles]):
    """Reads a catalog and the index of one model.

    Args:
        catalog: the library; closed with the backend.
        index: the model's vectors.
        open_images: loads the model's image tower, for pictures outside the library.
        pair_raw: show a raw file and the JPEG or HEIC of the same shot as one.
        limits: say how many contents are ranked at first.
        missing_folders: returns the indexed folders that are missing now; files below them are
            not shown.
    """

    def __init__(
        self,
        catalog: Catalog,
        index: VectorIndex,
        *,
        open_images: Callable[[], ImageEmbedder] | None = None,
        pair_raw: bool = True,
        limits: IndexLimits = LIMITS,
        missing_folders: Callable[[], frozenset[Path]] = frozenset,
    ) -> None:
        super().__init__(ExampleImages(catalog.roots, self._stored_vector, open_images))
        self._catalog = catalog
        self._index = index
        self._limits = limits
        self._missing_folders = missing_folders
        self._table = PictureTable(catalog)
        self._pairs = RawPairs(self._table, index.__len__, index.vectors) if pair_raw else None
        self._selector = FileSelector(catalog, self._table, index.model_id, self._pairs)
        self._names = NameIndex(self._table, index.__len__, self._pairs)
        self._sample: Half | None = None
        self._version = catalog.data_version()

    @property
    def model_id(self) -> str:
        """The model of the index."""
        return self._index.model_id

    def __len__(self) -> int:
        return len(self._index)

    def close(self) -> None:
        """Close the catalog."""
        self._catalog.close()

    # --- changes ------------------------------------------------------------------------------

    def warm_up(self) -> None:
        """Read the names of the whole library; searches can run meanwhile."""
        words = self._names.read()
        if self._pairs is not None:
            self._pairs.preload()
        with self.lock:
            self._names.load(words)
            if self._pairs is not None:
                self._pairs.reload()
                self._selector.clear()

    def preload(self) -> None:
        """Read the columns that filters compare, and sort the files in each order."""
        from tui.search.local.filters import preload_orders

        self._table.preload()
        preload_orders(self._table)

    def refresh(self) -> bool:
        """Read new commits, and check for missing folders."""
        version = self._catalog.data_version()
        index_changed = self._index.refresh()
        folders_changed = self._selector.exclude_folders(self._missing_folders())
        if version == self._version and not index_changed:
            return folders_changed
        self._version = version
        self._table.refresh()
        self._selector.clear()
        if self._pairs is not None:
            self._pairs.refresh()
        self._names.refresh()
        self.example_images.refresh()
        self._sample = None
        return True

    def begin_search(self, query: Query) -> Query:
        """Exclude missing folders, and add a hint if the query would show one."""
        missing = self._missing_folders()
        self._selector.exclude_folders(missing)
        return add_missing_hint(query, missing)

    # --- searching ----------------------------------------------------------------------------

    def select(self, query: Query) -> SelectedFiles:
        """Return the files that a query may return, with their contents."""
        return self._selector.select(query)

    def count(self, selection: SelectedFiles) -> int:
        """Return how many files are selected."""
        return len(selection.groups.file_ids)

    def prewarm_scope(self, selection: SelectedFiles) -> None:
        """Search once among the contents, so that the index caches them."""
        contents = selection.contents
        if contents is not None and len(contents):
            _, rows = self._index.vectors(contents[:1])
            if len(rows):
                self._index.search(to_float32(rows)[0], 1, contents)

    def retrieve(
        self, vector: Vectors, selection: SelectedFiles, request: RetrievalRequest
    ) -> CandidateSet:
        """Search the index, and the names for the query's words."""
        contents = selection.contents
        searched = len(self._index) if contents is None else len(contents)
        depth = searched if request.everything else self._limits.at_first(searched)
        keys, scores = self._index.search(vector, depth, contents)
        request.check()
        is_library = contents is None and depth == searched
        sort = request.query.sort
        ranks_all = depth >= searched or (sort is not None and sort.key != "score")
        return CandidateSet(
            Candidates(keys, scores, scores),
            scores,
            selection.groups,
            self._names.find(request.query, selection, None if ranks_all else keys),
            background=partial(self._background, vector, scores if is_library else None),
            vectors=self._index.vectors,
            cosines=partial(self._index.cosines, vector),
            is_complete=depth >= searched,
            includes_lowest=True,
            content_count=selection.count,
        )

    def list_files(self, request: RetrievalRequest) -> FileListing:
        """List all files whose names have the query's words, or all that pass its filters."""
        query = request.query
        by_name = bool(query.words) and not query.only_browses
        list_all = self._selector.match_names if by_name else self._selector.browse
        file_ids = list_all(query, fold=request.fold)
        return FileListing(file_ids, len(file_ids))

    def sort(self, file_ids: Keys, sort: Sort) -> Keys:
        """Sort by a column of the picture table."""
        return self._selector.sort(file_ids, sort)

    def library_order(self, selection: SelectedFiles, sort: Sort) -> LibraryOrder:
        """Return the picture table in an order."""
        return self._selector.library_order(selection, sort)

    # --- single files -------------------------------------------------------------------------

    def details(self, file_ids: Sequence[int]) -> list[FileDetails]:
        """Read the catalog, which needs no lock."""
        return self._catalog.details(file_ids)

    def raw_file_test(self) -> Callable[[int], bool]:
        """Return the test of the raw pairs.

        They are computed under the lock: a refresh meanwhile would change the picture table, and
        outdated pairs would be cached.
        """
        if self._pairs is None:
            return has_no_raw_file
        pairs = self._pairs.current
        if pairs is None:
            with self.lock:
                pairs = self._pairs.load()
        return pairs.has_raw

    def vector_of(self, file_id: int) -> Vectors | None:
        """Return the vector of the file's content."""
        content = self._selector.content_of(file_id)
        if content is None:
            return None
        _, rows = self._index.vectors(np.array([content], dtype=np.int64))
        return to_float32(rows)[0] if len(rows) else None

    def _stored_vector(self, path: Path) -> StoredVector | None:
        """Return the vector of a picture of the library; None for any other."""
        records = self._catalog.file_records(path.parent, self.model_id, deep=False)
        file = records.get(encode(path))
        if file is None or not file.embedded or file.content_id is None:
            return None
        (vector,) = self._catalog.vectors(self.model_id, [file.content_id])
        return StoredVector(vector, file.size, file.mtime_ns)

    # --- parts of a candidate set -------------------------------------------------------------

    def _background(self, vector: Vectors, library_scores: Scores | None) -> Scores:
        """Return some of the library's cosines, or those of a sample."""
        if library_scores is not None:
            return library_scores[:: max(1, len(library_scores) // _SAMPLE)]
        if self._sample is None:
            self._sample = self._index.vectors(self._selector.sample(_SAMPLE))[1]
        return cosines(vector, self._sample)
