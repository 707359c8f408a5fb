"""The metadata that queries on a server refer to: folders, cameras, names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.core.lru_cache import LruCache
from tui.search.matching.folder_index import FolderIndex
from tui.search.matching.typos import tolerates_typo
from tui.search.milvus.cached_table import EVERYTHING
from tui.search.milvus.filters import name_contains, narrow
from tui.search.milvus.post_filter import names_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tui.library.milvus.store import MilvusStore
    from tui.search.milvus.cached_table import CachedTable

_MAX_NAMES = 1000
"""The most names that are compared with a word to find out whether any contains it."""


class LibraryMetadata:
    """Reads metadata and rows when they are first needed; not thread-safe.

    Args:
        store: the library.
        model_id: the model.
        table: the model's rows.
    """

    def __init__(self, store: MilvusStore, model_id: str, table: CachedTable) -> None:
        self._metadata = store.model_metadata(model_id)
        self._roots = store.roots
        self._table = table
        self._folders: FolderIndex | None = None
        self._cameras: Sequence[str] | None = None
        self._last_run: int | None = None
        self._misspelt: LruCache[str, bool] = LruCache(256)

    def invalidate(self) -> None:
        """Discard the metadata after the library has changed."""
        self._folders = self._cameras = self._last_run = None
        self._misspelt.clear()

    @property
    def cameras(self) -> Sequence[str]:
        """All cameras' names, as their pictures spell them."""
        if self._cameras is None:
            self._cameras = self._metadata.cameras()
        return self._cameras

    @property
    def last_run(self) -> int:
        """The start of the last run that found new pictures, as in the rows; -1 for none."""
        if self._last_run is None:
            self._last_run = self._metadata.last_run()
        return self._last_run

    def resolve_folder(self, text: str) -> list[bytes]:
        """Return the folders that ``in:`` with a text selects, and all below them."""
        return self._paths_of(self._folder_index().resolve(text))

    def folders_with(self, words: Iterable[str]) -> list[bytes]:
        """Return the folders that have any of the words in their path."""
        return self._paths_of(self._folder_index().find_with_words(words))

    def folders_named(self, text: str) -> list[bytes]:
        """Return the folders that are named like a text, and all below them."""
        return self._paths_of(self._folder_index().find_named(text))

    def is_misspelt(self, part: str) -> bool:
        """Whether a part of a name may have a typo, since no name contains it literally."""
        return tolerates_typo(part) and self._misspelt.get(part, lambda: not self._is_in_name(part))

    def _is_in_name(self, part: str) -> bool:
        rows = self._table.query(narrow(EVERYTHING, name_contains(part)), ("path",), _MAX_NAMES)
        return len(rows) == _MAX_NAMES or bool(names_of(rows).contains(part).any())

    def _paths_of(self, folder_ids: Iterable[int]) -> list[bytes]:
        paths = self._folder_index().paths
        return [paths[number] for number in folder_ids]

    def _folder_index(self) -> FolderIndex:
        if self._folders is None:
            paths = dict(enumerate(self._metadata.folders()))
            self._folders = FolderIndex(paths, self._roots())
        return self._folders
