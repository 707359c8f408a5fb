"""Selects the files that a query may return, and orders those that are not ranked by meaning."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from tui.core.lru_cache import LruCache
from tui.search.local.sorted_ids import locate
from tui.search.ranking.content_groups import group_contents
from tui.search.ranking.sorted_walk import LibraryOrder

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from tui.core.domain import Keys, Mask
    from tui.library.local.catalog.reader import Catalog
    from tui.search.local.picture_table import PictureTable
    from tui.search.local.raw_pairs import RawPairs
    from tui.search.query.terms import Filter, Query, Sort
    from tui.search.ranking.content_groups import ContentGroups

    SelectionKey = tuple[Path | None, tuple[Filter, ...]]
    """A scope and filters."""

_CACHED_SELECTIONS = 4


@dataclass(frozen=True, eq=False)
class SelectedFiles:
    """The files that a query may return.

    Attributes:
        groups: the files by content.
        contents: the contents that a search may find; None means all.
        count: the number of contents.
        shown: by file id, whether a file is selected; the last value is False. None means all.
    """

    groups: ContentGroups
    contents: Keys | None
    count: int
    shown: Mask | None = None

    @cached_property
    def content_of(self) -> NDArray[np.int32]:
        """The content by file id, -1 for a file that is not selected; the last value is -1."""
        file_ids, counts = self.groups.file_ids, self.groups.counts
        by_id = np.full(int(file_ids.max(initial=-1)) + 2, -1, dtype=np.int32)
        by_id[file_ids] = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
        return by_id


class FileSelector:
    """Caches the last selections, since people keep typing in one folder; not thread-safe.

    Args:
        catalog: the library.
        table: the columns that filters and orders compare.
        model_id: the model.
        pairs: raw files that are one hit with their pictures; None shows all.
    """

    def __init__(
        self,
        catalog: Catalog,
        table: PictureTable,
        model_id: str,
        pairs: RawPairs | None = None,
    ) -> None:
        self._pairs = pairs
        self._excluded: frozenset[Path] = frozenset()
        self._catalog = catalog
        self._table = table
        self._model_id = model_id
        self._selections: LruCache[SelectionKey, SelectedFiles] = LruCache(_CACHED_SELECTIONS)
        self._listings: LruCache[tuple[SelectionKey, Sort | None, bool], Keys] = LruCache(
            _CACHED_SELECTIONS
        )

    def clear(self) -> None:
        """Discard all selections after the library has changed."""
        self._selections.clear()
        self._listings.clear()

    def exclude_folders(self, folders: frozenset[Path]) -> bool:
        """Exclude all files below some folders; return True if these folders have changed."""
        if folders == self._excluded:
            return False
        self._excluded = folders
        self.clear()
        return True

    def select(self, query: Query) -> SelectedFiles:
        """Return the files that a query may return by meaning."""
        key = query.scope, query.filters
        return self._selections.get(key, lambda: self._select(*key))

    def browse(self, query: Query, *, fold: bool = True) -> Keys:
        """Return the files in scope that pass the filters: in the query's order, else newest first.

        Args:
            query: provides the scope, filters and order.
            fold: drop raw files whose picture is listed.
        """
        key = (query.scope, query.filters), query.sort, fold
        return self._listings.get(key, lambda: self._fold(self._browse(query), fold=fold))

    def match_names(self, query: Query, *, fold: bool = True) -> Keys:
        """Return the files whose name contains every word, or whose folder is named like the query.

        They come in the query's order. Without one, files whose whole name was typed come first,
        then those of the folders, then the others, each by id.

        Args:
            query: provides the words, scope, filters and order.
            fold: drop raw files whose picture is listed.
        """
        from tui.search.ranking.name_fusion import query_words

        table = self._table
        passing = self._mask(query.scope, query.filters)
        whole = query_words(query)[1]
        folders = [] if whole is None else table.folder_index.find_named(whole)
        by_name = np.flatnonzero(table.names.filter_rows(query.words, passing))
        exact = in_folders = by_name[:0]
        if whole is not None:
            exact = table.names.with_whole_name(whole, by_name)
        if folders:
            in_folders = np.flatnonzero(table.in_folders(folders) & passing)
        rows = np.concatenate([exact, in_folders, by_name])
        rows = rows[np.sort(np.unique(rows, return_index=True)[1])]
        return self._fold(self.sort(table.file_ids[rows], query.sort), fold=fold)

    def sort(self, file_ids: Keys, sort: Sort | None) -> Keys:
        """Return files in an order, None for their own, without files that no longer exist."""
        if sort is None:
            return file_ids
        rows, exists = locate(file_ids, self._table.file_ids)
        return self._table.file_ids[self._sort_rows(sort, rows[exists])]

    def library_order(self, selection: SelectedFiles, sort: Sort) -> LibraryOrder:
        """Return the library's files in an order, with the contents of the selected ones."""
        from tui.search.local.filters import all_rows

        rows = all_rows(sort, self._table)
        return LibraryOrder(self._table.file_ids, rows, selection.content_of)

    def sample(self, count: int) -> Keys:
        """Return a sample of the library's contents, all of a small one; always the same."""
        contents = self._catalog.files(self._model_id).content_ids
        if len(contents) > count:
            contents = contents[np.random.default_rng(1).integers(0, len(contents), count)]
        return np.unique(contents)

    def content_of(self, file_id: int) -> int | None:
        """Return the content of a file; None if it has no vector of the model."""
        table = self._catalog.files(self._model_id)
        (row,), (exists,) = locate(np.array([file_id]), table.file_ids)
        return int(table.content_ids[row]) if exists else None

    def _select(self, scope: Path | None, filters: tuple[Filter, ...]) -> SelectedFiles:
        files = self._catalog.files(self._model_id, scope)
        file_ids, content_ids = files.file_ids, files.content_ids
        if filters or self._excluded:
            _, passes = locate(file_ids, self._table.file_ids[self._mask(None, filters)])
            file_ids, content_ids = file_ids[passes], content_ids[passes]
        if self._pairs is not None:
            file_ids, content_ids = self._pairs.merge_contents(file_ids, content_ids)
        groups = group_contents(file_ids, content_ids)
        contents = groups.contents()
        if scope is None and not filters and not self._excluded:
            return SelectedFiles(groups, None, len(contents))
        shown = np.zeros(int(file_ids.max(initial=-1)) + 2, dtype=np.bool_)
        shown[file_ids] = True
        return SelectedFiles(groups, contents, len(contents), shown)

    def _fold(self, file_ids: Keys, *, fold: bool) -> Keys:
        return self._pairs.drop_raw(file_ids) if fold and self._pairs is not None else file_ids

    def _browse(self, query: Query) -> Keys:
        from tui.search.query.terms import browsing_order

        rows = np.flatnonzero(self._mask(query.scope, query.filters))
        return self._table.file_ids[self._sort_rows(browsing_order(query.sort), rows)]

    def _mask(self, scope: Path | None, filters: tuple[Filter, ...]) -> Mask:
        from tui.search.local.filters import in_scope, select_rows

        mask = select_rows(filters, self._table, scope)
        for folder in self._excluded:
            mask &= ~in_scope(self._table, folder)
        return mask

    def _sort_rows(self, sort: Sort, rows: Keys) -> Keys:
        from tui.search.local.filters import sort_rows

        return sort_rows(sort, self._table, rows)
