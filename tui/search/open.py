"""Opens a library to search it, to read its files and to find duplicates.

The modules of a backend are imported when a library of its kind is opened. Every function raises
CatalogError where a catalog is damaged, is from a newer version or can't be opened, and ServerError
where a server is unavailable, rejects the user or has no such library.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

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
    from tui.models.runtime.spec import ModelSpec
    from tui.search.duplicates.find import DuplicateSource, VectorSource
    from tui.search.library_reader import LibraryReader
    from tui.search.local.source import LocalSource
    from tui.search.milvus.source import MilvusSource
    from tui.search.query.completion import Vocabulary

    SearchSource = LocalSource | MilvusSource


def open_engine(settings: Settings) -> SearchEngine:
    """Open the library with the index of the selected model, without a text tower.

    Raises:
        ModelError: the model is unknown.
    """
    return open_both(settings, find_model(settings.model, settings))[1]


def open_reader(settings: Settings) -> LibraryReader:
    """Open the library to read its files, folders and failures.

    Raises:
        ModelError: the model is unknown.
    """
    with _closed_on_error(settings) as source:
        return source.reader()


def open_both(settings: Settings, spec: ModelSpec) -> tuple[LibraryReader, SearchEngine]:
    """Open the library once for both; closing either closes the other."""
    cache = QueryVectorCache(settings.data_dir, spec.model_id, prompts_for(spec.model_id))
    with _closed_on_error(settings) as source:
        return source.reader(), SearchEngine(source.backend(spec), cache=cache)


def read_words(settings: Settings) -> Vocabulary:
    """Return the words that the library has for completion."""
    with _open_source(settings) as source:
        return source.vocabulary()


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

        return MilvusSource(library.connect(), settings)
    assert isinstance(library, LocalLibrary)
    from tui.search.local.source import LocalSource

    return LocalSource(library.open_catalog(), settings)
