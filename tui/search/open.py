"""Opening a library to search it, and for what is asked of it beside searches.

What belongs to a server is imported when a library is on one.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from tui.library.base.storage_access import limit_storage
from tui.library.local.catalog.reader import Catalog
from tui.library.local.vectors.vector_index import open_index
from tui.models.registry import find_model, open_images
from tui.models.runtime.prompt_templates import prompts_for
from tui.search.local.engine import Engine
from tui.search.matching.missing_folders import FolderPresence
from tui.search.ranking.query_vector_cache import QueryVectorCache

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.core.settings import Settings
    from tui.library.milvus.store import MilvusStore
    from tui.models.registry import ModelSpec
    from tui.search.duplicates.find import DuplicateSource, VectorSource
    from tui.search.query.completion import Vocabulary
    from tui.search.ranking.interface import LibraryReader, SearchEngine


def open_engine(settings: Settings) -> SearchEngine:
    """Open the library with the chosen model's index, still without a text tower.

    Raises:
        ModelError: the model is unknown.
        CatalogError: the catalog is damaged, is from a newer version or can't be opened.
        ServerError: the library's server is away or refuses, or has no such library.
    """
    limit_storage(settings)
    spec = find_model(settings.model, settings)
    if settings.is_remote:
        return _remote_engine(_remote(settings), spec, settings)
    return engine_over(Catalog.open(settings.library_dir, read_only=True), spec, settings)


def open_reader(settings: Settings) -> LibraryReader:
    """Open the library for what is asked of it beside searches.

    Raises:
        ModelError: the model is unknown.
        CatalogError: the catalog is damaged, is from a newer version or can't be opened.
        ServerError: the library's server is away or refuses, or has no such library.
    """
    limit_storage(settings)
    if settings.is_remote:
        from tui.search.milvus.library_reader import MilvusReader

        model_id = find_model(settings.model, settings).model_id
        return MilvusReader(_remote(settings), model_id)
    return Catalog.open(settings.library_dir, read_only=True)


def open_both(settings: Settings, spec: ModelSpec) -> tuple[LibraryReader, SearchEngine]:
    """Open the library once for both; closing the first closes the other.

    Raises:
        CatalogError: the catalog is damaged, is from a newer version or can't be opened.
        ServerError: the library's server is away or refuses, or has no such library.
    """
    limit_storage(settings)
    if settings.is_remote:
        from tui.search.milvus.library_reader import MilvusReader

        store = _remote(settings)
        return MilvusReader(store, spec.model_id), _remote_engine(store, spec, settings)
    catalog = Catalog.open(settings.library_dir, read_only=True)
    return catalog, engine_over(catalog, spec, settings)


def engine_over(catalog: Catalog, spec: ModelSpec, settings: Settings) -> Engine:
    """Search an open library with a model, still without a text tower."""
    return Engine(
        catalog,
        open_index(catalog, spec.model_id),
        open_images=lambda: open_images(spec, settings),
        kept=_kept(spec, settings),
        pair_raw=settings.pair_raw,
        absent=FolderPresence(catalog.roots).find_missing,
    )


def read_words(settings: Settings) -> Vocabulary:
    """Return the words that the library has for completion.

    Raises:
        CatalogError: the catalog is damaged, is from a newer version or can't be opened.
        ServerError: the library's server is away or refuses, or has no such library.
    """
    if settings.is_remote:
        from tui.search.milvus.library_reader import MilvusReader

        model_id = find_model(settings.model, settings).model_id
        with MilvusReader(_remote(settings), model_id) as reader:
            return reader.vocabulary()
    from tui.search.local.picture_table import PictureTable
    from tui.search.local.vocabulary import read_vocabulary

    with Catalog.open(settings.library_dir, read_only=True) as catalog:
        return read_vocabulary(PictureTable(catalog))


@contextmanager
def open_duplicate_source(
    settings: Settings, model_id: str, contents: dict[str, int]
) -> Iterator[tuple[DuplicateSource, VectorSource]]:
    """Open what duplicates are looked for in: the files, and the vectors of a model.

    Args:
        settings: say where the library is.
        model_id: whose vectors are compared.
        contents: give the same for several searches, so that what was looked at stays known.

    Raises:
        CatalogError: the catalog is damaged, is from a newer version or can't be opened.
        ServerError: the library's server is away or refuses, or has no such library.
    """
    limit_storage(settings)
    if settings.is_remote:
        from tui.search.milvus.duplicate_source import MilvusDuplicateSource

        store = _remote(settings)
        try:
            shelf = MilvusDuplicateSource(store, model_id, contents)
            yield shelf, shelf
        finally:
            store.close()
        return
    with Catalog.open(settings.library_dir, read_only=True) as catalog:
        yield catalog, open_index(catalog, model_id)


def _remote(settings: Settings) -> MilvusStore:
    from tui.library.milvus.opening import open_milvus

    return open_milvus(settings.library)


def _remote_engine(store: MilvusStore, spec: ModelSpec, settings: Settings) -> SearchEngine:
    from tui.search.milvus.collection_reader import RemoteLibrary
    from tui.search.milvus.engine import MilvusEngine

    return MilvusEngine(
        RemoteLibrary(store, spec.model_id),
        open_images=lambda: open_images(spec, settings),
        kept=_kept(spec, settings),
        pair_raw=settings.pair_raw,
    )


def _kept(spec: ModelSpec, settings: Settings) -> QueryVectorCache:
    return QueryVectorCache(settings.data_dir, spec.model_id, prompts_for(spec.model_id))
