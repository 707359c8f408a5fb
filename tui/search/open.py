"""Opening a library to search it, and for what is asked of it beside searches.

What belongs to a server is imported when a library is on one. Every function raises CatalogError
where a catalog is damaged, is from a newer version or can't be opened, and ServerError where a
server is unavailable, rejects the user or has no such library.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from tui.library.local.library import LocalLibrary
from tui.library.milvus.library import MilvusLibrary
from tui.library.open import open_library
from tui.models.registry import find_model
from tui.models.runtime.prompt_templates import prompts_for
from tui.search.engine import SearchEngine
from tui.search.ranking.query_vector_cache import QueryVectorCache

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.core.settings import Settings
    from tui.models.registry import ModelSpec
    from tui.search.backend import SearchBackend
    from tui.search.duplicates.find import DuplicateSource, VectorSource
    from tui.search.library_reader import LibraryReader
    from tui.search.query.completion import Vocabulary


class SearchSource(AbstractContextManager["SearchSource"], Protocol):
    """What searches read of an open library."""

    def backend(self, spec: ModelSpec, settings: Settings) -> SearchBackend[Any]:
        """Return what an engine reads; closing it closes the library."""
        ...

    def reader(self, settings: Settings) -> LibraryReader:
        """Return a reader; closing it closes the library."""
        ...

    def vocabulary(self, settings: Settings) -> Vocabulary:
        """Return the words that the library has for completion."""
        ...

    def duplicate_source(
        self, model_id: str, contents: dict[str, int]
    ) -> tuple[DuplicateSource, VectorSource]:
        """Return the files that are compared, and the vectors of a model."""
        ...

    def close(self) -> None:
        """Close the library."""
        ...


def open_engine(settings: Settings) -> SearchEngine:
    """Open the library with the chosen model's index, still without a text tower.

    Raises:
        ModelError: the model is unknown.
    """
    return open_both(settings, find_model(settings.model, settings))[1]


def open_reader(settings: Settings) -> LibraryReader:
    """Open the library for what is asked of it beside searches.

    Raises:
        ModelError: the model is unknown.
    """
    with _closed_on_error(settings) as source:
        return source.reader(settings)


def open_both(settings: Settings, spec: ModelSpec) -> tuple[LibraryReader, SearchEngine]:
    """Open the library once for both; closing either closes the other."""
    cache = QueryVectorCache(settings.data_dir, spec.model_id, prompts_for(spec.model_id))
    with _closed_on_error(settings) as source:
        return source.reader(settings), SearchEngine(source.backend(spec, settings), cache=cache)


def read_words(settings: Settings) -> Vocabulary:
    """Return the words that the library has for completion."""
    with _open_source(settings) as source:
        return source.vocabulary(settings)


@contextmanager
def open_duplicate_source(
    settings: Settings, model_id: str, contents: dict[str, int]
) -> Iterator[tuple[DuplicateSource, VectorSource]]:
    """Open the files and the vectors in which duplicates are searched.

    Args:
        settings: name the library.
        model_id: the model of the vectors.
        contents: the numbers of contents; one dict for several searches keeps them equal.
    """
    with _open_source(settings) as source:
        yield source.duplicate_source(model_id, contents)


@contextmanager
def _closed_on_error(settings: Settings) -> Iterator[SearchSource]:
    source = _open_source(settings)
    try:
        yield source
    except BaseException:
        source.close()
        raise


def _open_source(settings: Settings) -> SearchSource:
    library = open_library(settings)
    if isinstance(library, MilvusLibrary):
        from tui.search.milvus.source import MilvusSource

        return MilvusSource(library.connect())
    assert isinstance(library, LocalLibrary)
    from tui.search.local.source import LocalSource

    return LocalSource(library.open_catalog())
