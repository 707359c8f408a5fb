"""The one way from a generation in the catalog to an open file: checked first, whole or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.library.base.permissions import is_foreign
from tui.library.local.vectors.flat_file import open_vectors, size_of, view_vectors
from tui.library.local.vectors.index_files import index_folder, is_file_name, is_intact, read_intact

if TYPE_CHECKING:
    from pathlib import Path

    from tui.library.base.records import Generation
    from tui.library.local.catalog.reader import Catalog
    from tui.library.local.vectors.flat_file import VectorFile
    from tui.library.local.vectors.hnsw_graph import HnswGraph

VECTORS = "vectors"
GRAPH = "usearch"


def newest(catalog: Catalog, model_id: str, kind: str) -> Generation | None:
    """Return the catalog's newest saved file of a model and kind."""
    return next((each for each in catalog.generations(model_id) if each.kind == kind), None)


def open_flat(data_dir: Path, generation: Generation) -> VectorFile | None:
    """Open a flat file that is bit for bit what the catalog says; None if it is not.

    It is mapped; that of another user's library is copied into memory while it is checked, since
    its owner may cut it while it is read.
    """
    facts = (generation.model_id, generation.n, generation.dim)
    if not _is_plausible(generation) or generation.size != size_of(generation.n, generation.dim):
        return None
    path = index_folder(data_dir) / generation.file
    if is_foreign(data_dir):
        data = read_intact(path, generation.size, generation.crc32)
        return None if data is None else view_vectors(data, *facts)
    return open_vectors(path, *facts) if _intact(data_dir, generation) else None


def view_graph(data_dir: Path, generation: Generation) -> HnswGraph | None:
    """Map a graph that is bit for bit what the catalog says; None if it is not.

    USearch trusts what its files say, and the checksum of another user's file lies beside it: a
    file that was made to harm could take over the process. So none of another user's is opened.
    """
    return _open_graph(data_dir, generation, mapped=True)


def load_graph(data_dir: Path, generation: Generation) -> HnswGraph | None:
    """Read such a graph into memory, to add to it; None if it is not what the catalog says."""
    return _open_graph(data_dir, generation, mapped=False)


def _open_graph(data_dir: Path, generation: Generation, *, mapped: bool) -> HnswGraph | None:
    if is_foreign(data_dir):
        return None
    from tui.library.local.vectors import hnsw_graph  # loads USearch, so only where there is one

    path = _intact(data_dir, generation)
    if path is None or generation.dtype != hnsw_graph.DTYPE:
        return None
    return hnsw_graph.HnswGraph.open(path, generation.dim, generation.seq_covered, mapped=mapped)


def is_usable(data_dir: Path, generation: Generation) -> bool:
    """Whether a saved file is what the catalog says, and of a format that is known here.

    Of another user's graph only the checksum is compared.
    """
    if generation.kind == GRAPH and is_foreign(data_dir):
        return _intact(data_dir, generation) is not None
    opener = open_flat if generation.kind == VECTORS else view_graph
    return opener(data_dir, generation) is not None


def _intact(data_dir: Path, generation: Generation) -> Path | None:
    path = index_folder(data_dir) / generation.file
    intact = _is_plausible(generation) and is_intact(path, generation.size, generation.crc32)
    return path if intact else None


def _is_plausible(generation: Generation) -> bool:
    """Whether a row may be true: the catalog may be damaged, or made to harm."""
    names = ("seq_covered", "n", "dim", "size", "crc32")
    numbers = [getattr(generation, name) for name in names]
    return (
        all(isinstance(number, int) and number >= 0 for number in numbers)
        and isinstance(generation.file, str)
        and is_file_name(generation.file)
    )
