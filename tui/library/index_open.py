"""The one way from a generation in the catalog to an open file: checked first, whole or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.library.index_file import index_folder, is_intact
from tui.library.vector_file import open_vectors

if TYPE_CHECKING:
    from pathlib import Path

    from tui.library.catalog import Catalog
    from tui.library.index_graph import Graph
    from tui.library.records import Generation
    from tui.library.vector_file import VectorFile

VECTORS = "vectors"
GRAPH = "usearch"


def newest(catalog: Catalog, model_id: str, kind: str) -> Generation | None:
    """Return the catalog's newest saved file of a model and kind."""
    found = (made for made in catalog.generations(model_id) if made.kind == kind)
    return next(found, None)


def open_flat(data_dir: Path, made: Generation) -> VectorFile | None:
    """Map a flat file that is bit for bit what the catalog says; None if it is not."""
    path = _intact(data_dir, made)
    return None if path is None else open_vectors(path, made.model_id, made.n, made.dim)


def view_graph(data_dir: Path, made: Generation) -> Graph | None:
    """Map a graph that is bit for bit what the catalog says; None if it is not."""
    from tui.library.index_graph import DTYPE, Graph  # USearch: only where there is a graph

    path = _intact(data_dir, made)
    if path is None or made.dtype != DTYPE:
        return None
    return Graph.view(path, made.dim, made.seq_covered)


def load_graph(data_dir: Path, made: Generation) -> Graph | None:
    """Read such a graph into memory, to add to it; None if it is not what the catalog says."""
    from tui.library.index_graph import DTYPE, Graph

    path = _intact(data_dir, made)
    if path is None or made.dtype != DTYPE:
        return None
    return Graph.load(path, made.dim, made.seq_covered)


def is_usable(data_dir: Path, made: Generation) -> bool:
    """Whether a saved file is what the catalog says, and of a format that is known here."""
    opener = open_flat if made.kind == VECTORS else view_graph
    return opener(data_dir, made) is not None


def _intact(data_dir: Path, made: Generation) -> Path | None:
    path = index_folder(data_dir) / made.file
    return path if is_intact(path, made.size, made.crc32) else None
