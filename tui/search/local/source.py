"""The backend, reader and words of a library in a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.core.closing import Closing
from tui.library.local.vectors.vector_index import VectorIndex
from tui.models.registry import open_images
from tui.search.local.backend import LocalBackend
from tui.search.local.picture_table import PictureTable
from tui.search.local.vocabulary import read_vocabulary
from tui.search.matching.missing_folders import FolderPresence

if TYPE_CHECKING:
    from tui.core.settings import Settings
    from tui.library.local.catalog.reader import Catalog
    from tui.models.runtime.spec import ModelSpec
    from tui.search.query.completion import Vocabulary


class LocalSource(Closing):
    """An open catalog; closing it closes the catalog."""

    def __init__(self, catalog: Catalog, settings: Settings) -> None:
        self._catalog = catalog
        self._settings = settings

    def close(self) -> None:
        """Close the catalog."""
        self._catalog.close()

    def backend(self, spec: ModelSpec) -> LocalBackend:
        """Return the backend of a model, with its image tower for pictures outside the library."""
        return LocalBackend(
            self._catalog,
            VectorIndex(self._catalog, spec.model_id),
            open_images=lambda: open_images(spec, self._settings),
            pair_raw=self._settings.pair_raw,
            missing_folders=FolderPresence(self._catalog.roots).find_missing,
        )

    def reader(self) -> Catalog:
        """Return the catalog."""
        return self._catalog

    def vocabulary(self) -> Vocabulary:
        """Return the words of completion."""
        return read_vocabulary(PictureTable(self._catalog))

    def duplicate_source(
        self,
        model_id: str,
        contents: dict[str, int],  # noqa: ARG002 - the catalog numbers contents itself
    ) -> tuple[Catalog, VectorIndex]:
        """Return the files, and the vectors of a model."""
        return self._catalog, VectorIndex(self._catalog, model_id)
