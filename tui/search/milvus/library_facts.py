"""What queries are understood by on a server: folders, cameras, and which names there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.core.lru_cache import LruCache
from tui.search.matching.folder_names import FolderMatcher
from tui.search.matching.named_folders import NamedFolders
from tui.search.matching.typos import tolerates_typo
from tui.search.milvus.cached_table import EVERYTHING
from tui.search.milvus.filters import name_contains, narrow
from tui.search.milvus.post_filter import names_of, names_with_part

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tui.search.milvus.cached_table import CachedTable
    from tui.search.milvus.collection_reader import RemoteLibrary

_LOOKED_AT = 1000
"""Names that may hold a word and are looked at to tell whether one does."""


class LibraryMetadata:
    """Answers from the notes and the rows, read when they are first needed; not thread-safe."""

    def __init__(self, library: RemoteLibrary, table: CachedTable) -> None:
        self._library = library
        self._table = table
        self._folders: Mapping[int, bytes] | None = None
        self._names: FolderMatcher | None = None
        self._named: NamedFolders | None = None
        self._cameras: Sequence[str] | None = None
        self._last_run: int | None = None
        self._misspelt: LruCache[str, bool] = LruCache(256)

    def invalidate(self) -> None:
        """The library has changed."""
        self._folders = self._names = self._named = self._cameras = self._last_run = None
        self._misspelt.clear()

    @property
    def cameras(self) -> Sequence[str]:
        """All cameras' names, as they say them."""
        if self._cameras is None:
            self._cameras = self._library.cameras()
        return self._cameras

    @property
    def last_run(self) -> int:
        """When the last run began that found new pictures, as in the rows; -1 for none."""
        if self._last_run is None:
            self._last_run = self._library.last_run()
        return self._last_run

    def resolve_folder(self, wanted: str) -> list[bytes]:
        """Return the folders that ``in:`` means, and all below them."""
        paths = self._paths()
        if self._names is None:
            self._names = FolderMatcher(paths, self._library.roots())
        return [paths[number] for number in self._names.resolve(wanted)]

    def folders_with(self, words: Iterable[str]) -> list[bytes]:
        """Return the folders that have any of some words in their path."""
        named = self._by_name()
        numbers = {number for word in words for number in named.with_word(word)}
        return [self._paths()[number] for number in sorted(numbers)]

    def folders_named(self, text: str) -> list[bytes]:
        """Return the folders that are named as a text says, and all below them."""
        return [self._paths()[number] for number in self._by_name().find(text)]

    def _by_name(self) -> NamedFolders:
        if self._named is None:
            self._named = NamedFolders(self._paths(), self._library.roots())
        return self._named

    def is_misspelt(self, part: str) -> bool:
        """Whether a part of a name may have a slip, since no name holds it as it is."""
        return tolerates_typo(part) and self._misspelt.get(part, lambda: not self._is_held(part))

    def _is_held(self, part: str) -> bool:
        rows = self._table.query(narrow(EVERYTHING, name_contains(part)), ("path",), _LOOKED_AT)
        found = names_with_part(names_of(rows), part, misspelt=False)
        return len(rows) == _LOOKED_AT or bool(found.any())

    def _paths(self) -> Mapping[int, bytes]:
        if self._folders is None:
            self._folders = dict(enumerate(self._library.folders()))
        return self._folders
