"""The one way from a generation in the catalog to an open file: checked first, whole or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.library.base.permissions import is_foreign
from tui.library.local.vectors.flat_file import open_vectors, over_vectors, size_of
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
    found = (made for made in catalog.generations(model_id) if made.kind == kind)
    return next(found, None)


def open_flat(data_dir: Path, made: Generation) -> VectorFile | None:
    """Open a flat file that is bit for bit what the catalog says; None if it is not.

    It is mapped; that of another user's library is copied into memory while it is checked, since
    its owner may cut it while it is read.
    """
    facts = (made.model_id, made.n, made.dim)
    if not _is_plausible(made) or made.size != size_of(made.n, made.dim):
        return None
    path = index_folder(data_dir) / made.file
    if is_foreign(data_dir):
        data = read_intact(path, made.size, made.crc32)
        return None if data is None else over_vectors(data, *facts)
    return open_vectors(path, *facts) if is_intact(path, made.size, made.crc32) else None


def view_graph(data_dir: Path, made: Generation) -> HnswGraph | None:
    """Map a graph that is bit for bit what the catalog says; None if it is not.

    USearch trusts what its files say, and the checksum of another user's file lies beside it: a
    file that was made to harm could take over the process. So none of another user's is opened.
    """
    if is_foreign(data_dir):
        return None
    from tui.library.local.vectors.hnsw_graph import (  # USearch: only where there is a graph
        DTYPE,
        HnswGraph,
    )

    path = _intact(data_dir, made)
    if path is None or made.dtype != DTYPE:
        return None
    return HnswGraph.view(path, made.dim, made.seq_covered)


def load_graph(data_dir: Path, made: Generation) -> HnswGraph | None:
    """Read such a graph into memory, to add to it; None if it is not what the catalog says."""
    if is_foreign(data_dir):
        return None
    from tui.library.local.vectors.hnsw_graph import DTYPE, HnswGraph

    path = _intact(data_dir, made)
    if path is None or made.dtype != DTYPE:
        return None
    return HnswGraph.load(path, made.dim, made.seq_covered)


def is_usable(data_dir: Path, made: Generation) -> bool:
    """Whether a saved file is what the catalog says, and of a format that is known here.

    Of another user's graph only the checksum is compared.
    """
    if made.kind == GRAPH and is_foreign(data_dir):
        return _intact(data_dir, made) is not None
    opener = open_flat if made.kind == VECTORS else view_graph
    return opener(data_dir, made) is not None


def _intact(data_dir: Path, made: Generation) -> Path | None:
    path = index_folder(data_dir) / made.file
    return path if _is_plausible(made) and is_intact(path, made.size, made.crc32) else None


def _is_plausible(made: Generation) -> bool:
    """Whether a row may be true: the catalog may be damaged, or made to harm."""
    numbers = (made.seq_covered, made.n, made.dim, made.size, made.crc32)
    return (
        all(isinstance(number, int) and number >= 0 for number in numbers)
        and isinstance(made.file, str)
        and is_file_name(made.file)
    )
