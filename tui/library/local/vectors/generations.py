"""Opens the index files that the catalog names, after checking each completely."""

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
    """Open a flat file that is bit for bit the one in the catalog; None if it is not.

    It is mapped. A file of another user's library is copied into memory before the check, since its
    owner may truncate it meanwhile.
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
    """Map a graph that is bit for bit the one in the catalog; None if it is not.

    USearch trusts its files, and another user controls both a file and its checksum: a malicious
    file could take over the process. So another user's graph is never opened.
    """
    return _open_graph(data_dir, generation, mapped=True)


def load_graph(data_dir: Path, generation: Generation) -> HnswGraph | None:
    """Load a graph into memory, to add to it; None if it is not the one in the catalog."""
    return _open_graph(data_dir, generation, mapped=False)


def _open_graph(data_dir: Path, generation: Generation, *, mapped: bool) -> HnswGraph | None:
    if is_foreign(data_dir):
        return None
    from tui.library.local.vectors import hnsw_graph  # imports USearch, so only if needed

    path = _intact(data_dir, generation)
    if path is None or generation.dtype != hnsw_graph.DTYPE:
        return None
    return hnsw_graph.HnswGraph.open(path, generation.dim, generation.seq_covered, mapped=mapped)


def is_usable(data_dir: Path, generation: Generation) -> bool:
    """Whether a saved file is the one in the catalog, in a format that this version reads.

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
    """Whether a row has valid values: the catalog may be damaged or malicious."""
    names = ("seq_covered", "n", "dim", "size", "crc32")
    numbers = [getattr(generation, name) for name in names]
    return (
        all(isinstance(number, int) and number >= 0 for number in numbers)
        and isinstance(generation.file, str)
        and is_file_name(generation.file)
    )
