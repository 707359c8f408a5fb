"""Which files a query may show, and in which order those stand that are not ranked by meaning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from tui.core.lru_cache import LruCache
from tui.search.ranking.content_groups import group_contents

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from tui.core.domain import Keys
    from tui.library.base.records import FileTable
    from tui.search.local.picture_table import PictureTable
    from tui.search.local.raw_pairs import RawPairs
    from tui.search.query.terms import Filter, Query, Sort
    from tui.search.ranking.content_groups import ContentGroups

    Where = tuple[Path | None, tuple[Filter, ...]]

_KEPT = 4


class FileSource(Protocol):
    """What is asked of the catalog; callable from several threads."""

    def files(self, model_id: str, scope: Path | None = None) -> FileTable:
        """The available files whose content has an embedding of that model."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class SelectedFiles:
    """The files that a query may show.

    Attributes:
        copies: these, by content.
        contents: the contents that may be found; None means all.
        count: how many contents there are.
        shown: by file id, which files these are; the last one is none. None means all.
    """

    copies: ContentGroups
    contents: Keys | None
    count: int
    shown: NDArray[np.bool_] | None = None


class FileSelector:
    """Keeps what was chosen last, since people type on in one folder; not thread-safe.

    Args:
        catalog: the library.
        columns: what filters and orders look at.
        model_id: the model.
        pairs: raw files to show as one with their pictures; None shows all.
    """

    def __init__(
        self,
        catalog: FileSource,
        columns: PictureTable,
        model_id: str,
        pairs: RawPairs | None = None,
    ) -> None:
        self._pairs = pairs
        self._absent: frozenset[Path] = frozenset()
        self._catalog = catalog
        self._columns = columns
        self._model_id = model_id
        self._choices: LruCache[Where, SelectedFiles] = LruCache(_KEPT)
        self._browsed: LruCache[tuple[Where, Sort | None, bool], Keys] = LruCache(_KEPT)

    def clear(self) -> None:
        """The library has changed."""
        self._choices.clear()
        self._browsed.clear()

    def exclude_folders(self, absent: frozenset[Path]) -> bool:
        """Leave out all files below folders that are absent now; True if that changes anything."""
        if absent == self._absent:
            return False
        self._absent = absent
        self.clear()
        return True

    def select(self, query: Query) -> SelectedFiles:
        """Return the files that a query may show by meaning."""
        where = query.scope, query.filters
        return self._choices.get(where, lambda: self._choose(*where))

    def browse(self, query: Query, *, fold: bool = True) -> Keys:
        """Return the pictures of the folder that pass the filters: in order, else newest first.

        Args:
            query: its scope, filters and order.
            fold: leave out raw files whose picture is there.
        """
        key = (query.scope, query.filters), query.sort, fold
        return self._browsed.get(key, lambda: self._folded(self._browse(query), fold=fold))

    def match_names(self, query: Query, *, fold: bool = True) -> Keys:
        """Return the pictures whose name holds every word, or whose folder is named as typed.

        They come in the query's order; without one first the files whose whole name was typed, then
        those of the folders, then the others, each by id.

        Args:
            query: its words, scope, filters and order.
            fold: leave out raw files whose picture is there.
        """
        from tui.search.matching.named_folders import named_folders
        from tui.search.ranking.name_fusion import exact_rows, query_words, rows_in

        columns = self._columns
        passing = self._mask(query.scope, query.filters)
        whole = query_words(query)[1]
        folders = [] if whole is None else named_folders(columns).find(whole)
        by_name = np.flatnonzero(columns.names.filter_rows(query.words, passing))
        exact = by_name[:0] if whole is None else exact_rows(whole, by_name, columns.names)
        inside = rows_in(folders, columns)
        rows = np.concatenate([exact, inside[passing[inside]], by_name])
        rows = rows[np.sort(np.unique(rows, return_index=True)[1])]
        return self._folded(self.sort(columns.file_ids[rows], query.sort), fold=fold)

    def sort(self, file_ids: Keys, sort: Sort | None) -> Keys:
        """Put files in an order; without one they stay as they are.

        Files that went meanwhile are left out.
        """
        if sort is None:
            return file_ids
        known = self._columns.file_ids
        rows = np.searchsorted(known, file_ids[_among(file_ids, known)])
        return known[self._order(sort, rows)]

    def sample(self, count: int) -> Keys:
        """Return some contents of the library, all where these are few; always the same ones."""
        contents = self._catalog.files(self._model_id).content_ids
        if len(contents) > count:
            contents = contents[np.random.default_rng(1).integers(0, len(contents), count)]
        return np.unique(contents)

    def content_of(self, file_id: int) -> int | None:
        """Return what a file holds; None where the model has no vector of it."""
        table = self._catalog.files(self._model_id)
        place = int(np.searchsorted(table.file_ids, file_id))
        if place == len(table) or table.file_ids[place] != file_id:
            return None
        return int(table.content_ids[place])

    def _choose(self, scope: Path | None, filters: tuple[Filter, ...]) -> SelectedFiles:
        table = self._catalog.files(self._model_id, scope)
        file_ids, content_ids = table.file_ids, table.content_ids
        if filters or self._absent:
            passing = self._columns.file_ids[self._mask(None, filters)]
            here = _among(file_ids, passing)
            file_ids, content_ids = file_ids[here], content_ids[here]
        if self._pairs is not None:
            file_ids, content_ids = self._pairs.merge_contents(file_ids, content_ids)
        copies = group_contents(file_ids, content_ids)
        limited = scope is not None or bool(filters) or bool(self._absent)
        contents = copies.contents()
        if not limited:
            return SelectedFiles(copies, None, len(contents))
        shown = np.zeros(int(file_ids.max(initial=-1)) + 2, dtype=np.bool_)
        shown[file_ids] = True
        return SelectedFiles(copies, contents, len(contents), shown)

    def _folded(self, found: Keys, *, fold: bool) -> Keys:
        return self._pairs.drop_raw(found) if fold and self._pairs is not None else found

    def _browse(self, query: Query) -> Keys:
        from tui.search.query.terms import Sort

        rows = np.flatnonzero(self._mask(query.scope, query.filters))
        sort = query.sort
        if sort is None or sort.key == "score":
            sort = Sort("date", sort.reverse if sort is not None else False)
        return self._columns.file_ids[self._order(sort, rows)]

    def _mask(self, scope: Path | None, filters: tuple[Filter, ...]) -> NDArray[np.bool_]:
        from tui.search.local.filters import in_scope, select_rows

        mask = select_rows(filters, self._columns, scope)
        for root in self._absent:
            mask &= ~in_scope(self._columns, root)
        return mask

    def _order(self, sort: Sort, rows: Keys) -> Keys:
        from tui.search.local.filters import sort_rows

        return sort_rows(sort, self._columns, rows)


def _among(file_ids: Keys, others: Keys) -> NDArray[np.bool_]:
    """Return which files are among others, which ascend."""
    if not len(others):
        return np.zeros(len(file_ids), dtype=np.bool_)
    places = np.minimum(np.searchsorted(others, file_ids), len(others) - 1)
    found: NDArray[np.bool_] = others[places] == file_ids
    return found
