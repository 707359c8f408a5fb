"""Opening a library to search it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.library.catalog import Catalog
from tui.library.index import open_index
from tui.models.prompts import prompts_for
from tui.models.registry import find_model, open_images
from tui.search.engine import Engine
from tui.search.vectors_kept import KeptVectors

if TYPE_CHECKING:
    from tui.config import Settings
    from tui.models.registry import ModelSpec
    from tui.search.interface import LibraryReader, SearchEngine


def open_engine(settings: Settings) -> SearchEngine:
    """Open the library with the chosen model's index, still without a text tower.

    Raises:
        ModelError: the model is unknown.
        CatalogError: the catalog is damaged, is from a newer version or can't be opened.
    """
    spec = find_model(settings.model, settings)
    return engine_over(Catalog.open(settings.library_dir, read_only=True), spec, settings)


def open_reader(settings: Settings) -> LibraryReader:
    """Open the library for what is asked of it beside searches.

    Raises:
        CatalogError: the catalog is damaged, is from a newer version or can't be opened.
    """
    return Catalog.open(settings.library_dir, read_only=True)


def engine_over(catalog: Catalog, spec: ModelSpec, settings: Settings) -> Engine:
    """Search an open library with a model, still without a text tower."""
    return Engine(
        catalog,
        open_index(catalog, spec.model_id),
        open_images=lambda: open_images(spec, settings),
        kept=KeptVectors(settings.data_dir, spec.model_id, prompts_for(spec.model_id)),
        pair_raw=settings.pair_raw,
    )
