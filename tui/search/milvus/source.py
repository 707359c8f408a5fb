"""The backend, reader and words of a library on a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.core.closing import Closing
from tui.models.registry import find_model, open_images
from tui.search.milvus.backend import MilvusBackend
from tui.search.milvus.duplicate_source import MilvusDuplicateSource
from tui.search.milvus.library_reader import MilvusReader

if TYPE_CHECKING:
    from tui.core.settings import Settings
    from tui.library.milvus.store import MilvusStore
    from tui.models.runtime.spec import ModelSpec
    from tui.search.query.completion import Vocabulary


class MilvusSource(Closing):
    """A connection to a library; closing it closes the connection."""

    def __init__(self, store: MilvusStore, settings: Settings) -> None:
        self._store = store
        self._settings = settings

    def close(self) -> None:
        """Close the connection."""
        self._store.close()

    def backend(self, spec: ModelSpec) -> MilvusBackend:
        """Return the backend of a model, with its image tower for pictures outside the library."""
        return MilvusBackend(
            self._store,
            spec.model_id,
            open_images=lambda: open_images(spec, self._settings),
            pair_raw=self._settings.pair_raw,
        )

    def reader(self) -> MilvusReader:
        """Return a reader of the files that the selected model has embedded."""
        spec = find_model(self._settings.model, self._settings)
        return MilvusReader(self._store, spec.model_id)

    def vocabulary(self) -> Vocabulary:
        """Return the words of completion."""
        return self.reader().vocabulary()

    def duplicate_source(
        self, model_id: str, contents: dict[str, int]
    ) -> tuple[MilvusDuplicateSource, MilvusDuplicateSource]:
        """Return the files, and the vectors of a model."""
        source = MilvusDuplicateSource(self._store, model_id, contents)
        return source, source
