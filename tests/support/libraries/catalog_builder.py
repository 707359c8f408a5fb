"""A small library of coloured pictures without files: rows and vectors, and an engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tests.support.embedders import ColourEmbedder
from tui.core.domain import ImageFile, PictureInfo
from tui.library.base.records import IndexedFile
from tui.library.local.catalog.reader import Catalog
from tui.library.local.catalog.writer import CatalogWriter
from tui.library.local.vectors.vector_index import VectorIndex
from tui.search.engine import SearchEngine
from tui.search.local.backend import LocalBackend
from tui.search.query.parse import parse

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tui.core.domain import Hit, Vectors
    from tui.search.ranking.query_vector_cache import QueryVectorCache

MODEL = "colours-1"


def coloured_file(
    path: Path, clock: int, content: str, colour: str, tilt: float = 0.0
) -> IndexedFile:
    """Return a file whose date is a number of seconds; equal contents are copies.

    ``tilt`` moves its vector a little away from the colour's.
    """
    file = ImageFile(path, 10 * clock, clock * 10**9, clock)
    vector = ColourEmbedder().embed_text([colour])[0] + np.array([0, 0, 0, tilt], np.float32)
    vector = (vector / np.linalg.norm(vector)).astype(np.float32)
    return IndexedFile(file, content.encode().ljust(16), PictureInfo(64, 48, "PNG"), vector)


class CatalogBuilder:
    """A catalog below a folder, to which pictures are added one by one.

    Attributes:
        root: the indexed folder.
        catalog: the catalog.
    """

    def __init__(self, folder: Path) -> None:
        self.root = folder / "pictures"
        self.catalog = Catalog.open(folder / "data")
        self._writer = CatalogWriter(self.catalog)
        self._writer.add_root(self.root)
        self._writer.register_model(MODEL, 4)
        self._clock = 0

    def add_picture(self, name: str, content: str, colour: str, *, tilt: float = 0.0) -> None:
        """Add a picture, newer than the existing ones.

        Args:
            name: its path below the root.
            content: represents its bytes; equal ones are copies.
            colour: the colour of the picture.
            tilt: moves its vector a little away from the colour's.
        """
        self._clock += 1
        file = coloured_file(self.root / name, self._clock, content, colour, tilt)
        self._writer.commit(MODEL, [file])

    def remove(self, file_id: int) -> None:
        """Remove a file."""
        self._writer.remove_files([file_id])

    def engine(
        self,
        embedder: ColourEmbedder | None = None,
        *,
        cache: QueryVectorCache | None = None,
        fold_threshold: float | None = None,
        **options: Any,
    ) -> SearchEngine:
        """Open an engine, with the options of its backend; it closes only itself."""
        catalog = Catalog.open(self.catalog.data_dir, read_only=True)
        backend = LocalBackend(catalog, VectorIndex(catalog, MODEL), **options)
        return SearchEngine(backend, embedder, cache=cache, fold_threshold=fold_threshold)


class CountingEmbedder(ColourEmbedder):
    """Records the texts that it embeds."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def embed_text(self, texts: Sequence[str]) -> Vectors:
        self.texts.extend(texts)
        return super().embed_text(texts)


def search_hits(
    engine: SearchEngine, text: str, scope: Path | None = None, *, fold: bool = False
) -> list[Hit]:
    """Search and return every hit."""
    ranking = engine.search(parse(text, scope), fold=fold)
    return engine.hits(ranking, 0, len(ranking))


def search_names(
    engine: SearchEngine, text: str, scope: Path | None = None, *, fold: bool = False
) -> list[str]:
    """Search and return the names of all hits."""
    return [hit.file.path.name for hit in search_hits(engine, text, scope, fold=fold)]
