"""Finds duplicates in a library: files with the same bytes, and nearly identical pictures.

Files with the same bytes are one content, so the catalog knows them. Nearly identical pictures are
found by the model's vectors (``similarity_join``), and then their pixels are compared
(``pixel_similarity``). A group has a best file, and every other file resembles that one. Groups are
not chained: if A resembles B and B resembles C, C need not resemble A, and keeping only A would
lose a picture.

Every file of a possible group is checked on its disk first (``on_disk``): a file that is missing or
has changed is not a copy, and two paths to one physical file are one file.

A raw file beside the JPEG of the same shot is not a duplicate and is skipped
(``matching.raw_companions``), and so is one that looks like the JPEG with the same name beside it,
whatever their dates are.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tui.core.name_folding import search_key
from tui.library.base.unit_vectors import fetch_unit_vectors
from tui.search.duplicates.groups import DuplicateGroup, DuplicateProgress
from tui.search.duplicates.on_disk import DiskFile, DiskInspector, drop_aliases
from tui.search.duplicates.pixel_similarity import FingerprintCache
from tui.search.duplicates.similarity_join import SimilarityJoin
from tui.search.matching.raw_companions import find_lookalikes, find_raw_companions, shot_facts

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import Protocol

    from tui.core.domain import Cancelled, FileDetails, Half, Keys, Mask, PictureInfo, Vectors
    from tui.library.base.records import FileTable
    from tui.search.duplicates.groups import Phase
    from tui.search.matching.raw_companions import ShotFacts

    class DuplicateSource(Protocol):
        """The files of a library; thread-safe."""

        def files(self, model_id: str, scope: Path | None = None) -> FileTable:
            """Return the available files whose content has an embedding of the model."""
            ...

        def details(self, file_ids: Sequence[int]) -> list[FileDetails]:
            """Return the files in the order of their ids."""
            ...

    class VectorSource(Protocol):
        """The vectors of a model."""

        @property
        def model_id(self) -> str:
            """The model's id."""
            ...

        def vectors(self, keys: Keys) -> tuple[Keys, Half]:
            """Return the keys that have a vector, and their vectors in the same order."""
            ...


THRESHOLD = 0.95
"""The default cosine from which two pictures may be nearly the same."""

SAME_PIXELS_FROM = 0.15
"""How far the cosine may be below a threshold up to ``THRESHOLD`` if the pixels agree: a copy that
was saved again often differs more to a small model than to the eye."""

_SIMILAR_PIXELS, _SAME_PIXELS = 0.9, 0.99
"""Correlations of fingerprints."""

_BATCH = 10_000
"""The number of files whose details are read at a time."""


def find_duplicates(
    catalog: DuplicateSource,
    index: VectorSource,
    *,
    scope: Path | None = None,
    threshold: float | None = THRESHOLD,
    cancelled: Cancelled = lambda: False,
    on_progress: Callable[[DuplicateProgress], None] = lambda _: None,
    fingerprints: FingerprintCache | None = None,
    pair_raw: bool = True,
    disk: DiskInspector | None = None,
) -> list[DuplicateGroup]:
    """Find groups of duplicates, those that waste most bytes first; slow, so call it in a worker.

    Args:
        catalog: the files of the library.
        index: the vectors of the model.
        scope: search only files below this folder; None is the whole library.
        threshold: a cosine from 0.8 to 1; None finds identical files only.
        cancelled: called several times a second; True ends the search without groups.
        on_progress: called several times a second.
        fingerprints: share them between searches, to read each picture once.
        pair_raw: treat a raw file and the JPEG of the same shot as one picture.
        disk: checks the files; counts those that are missing.

    Raises:
        CatalogError: the catalog can't be read.
    """
    table = _read_contents(catalog, index, scope, pair_raw=pair_raw)
    position_of: dict[int, int] = {}
    join = None
    if threshold is not None:
        rows, join = _similarity_join(table, index)
        positions = join.positions_with_match(
            _min_cosine(threshold), cancelled, _report(on_progress, "comparing")
        )
        contents = table.contents[rows[positions]]
        position_of = dict(zip(contents.tolist(), positions.tolist(), strict=True))
    candidates = _candidates(table, position_of)
    files = list(_details(catalog, table.file_ids[candidates]))
    disk = disk or DiskInspector()
    on_disk = drop_aliases(disk.inspect_all(files, cancelled, _report(on_progress, "checking")))
    candidates = candidates[np.isin(table.file_ids[candidates], list(on_disk))]
    table = _content_table(table.file_ids[candidates], table.contents[table.rows[candidates]])
    leaders = np.arange(len(table.contents), dtype=np.int64)
    cosines = np.ones(len(table.contents), dtype=np.float32)
    if threshold is not None and join is not None and position_of and not cancelled():
        rows = np.flatnonzero([content in position_of for content in table.contents.tolist()])
        keys = table.contents[rows]
        join = join.take(np.array([position_of[key] for key in keys.tolist()], dtype=np.int64))
        fingerprints = fingerprints or FingerprintCache()
        best_paths = _best_paths(catalog, table, rows)
        fingerprints.compute(best_paths, cancelled, _report(on_progress, "looking"))
        comparison = _PixelComparison(fingerprints, keys, threshold)
        row_leaders, row_cosines = join.cluster(
            _min_cosine(threshold), comparison.are_copies, cancelled
        )
        leaders[rows], cosines[rows] = rows[row_leaders], row_cosines
    copies = {
        file.file_id: (file, on_disk[file.file_id]) for file in files if file.file_id in on_disk
    }
    return [] if cancelled() else _groups(copies, table, leaders, cosines)


def _min_cosine(threshold: float) -> float:
    """Return the cosine from which pixels are compared."""
    return threshold - SAME_PIXELS_FROM if threshold <= THRESHOLD else threshold


class _PixelComparison(NamedTuple):
    """Compares pictures by their fingerprints and cosines; ``keys`` are contents by position."""

    fingerprints: FingerprintCache
    keys: Keys
    threshold: float

    def are_copies(self, leader: int, positions: Keys, cosines: Vectors) -> Mask:
        """Return a mask of the copies of a leader: by cosine and pixels, or by pixels alone."""
        correlations = self.fingerprints.correlations(int(self.keys[leader]), self.keys[positions])
        similar = (correlations >= _SIMILAR_PIXELS) & (cosines >= self.threshold)
        mask: Mask = similar | (correlations >= _SAME_PIXELS)
        return mask


@dataclass(frozen=True, slots=True, eq=False)
class _ContentTable:
    """Files in order of preference, the best first, and their contents in that order.

    Attributes:
        file_ids: the files.
        rows: of each file, the row of its content in ``contents``.
        contents: the contents.
        firsts: of each content, the index of its best file in ``file_ids``.
    """

    file_ids: Keys
    rows: Keys
    contents: Keys
    firsts: Keys


def _read_contents(
    catalog: DuplicateSource, index: VectorSource, scope: Path | None, *, pair_raw: bool
) -> _ContentTable:
    files = catalog.files(index.model_id, scope)
    compared = np.zeros(len(files), dtype=np.bool_)
    worth = np.zeros((4, len(files)), dtype=np.int64)
    folders, names = [""] * len(files), [""] * len(files)
    infos: list[PictureInfo | None] = [None] * len(files)
    for file in _details(catalog, files.file_ids):
        row = int(np.searchsorted(files.file_ids, file.file_id))
        compared[row] = True
        worth[:3, row] = _worth(file)
        folders[row], names[row] = os.path.split(file.path)
        infos[row] = file.info
    by_path = sorted(range(len(names)), key=lambda row: (folders[row], names[row]))
    worth[3, by_path] = np.arange(len(names))
    if pair_raw:

        def vectors_at(rows: Keys) -> Vectors:
            return fetch_unit_vectors(files.content_ids[rows], index.vectors)

        def facts_at(rows: Keys) -> ShotFacts:
            return shot_facts([infos[row] for row in rows.tolist()])

        bare_names = list(map(search_key, names))
        compared &= find_raw_companions(folders, bare_names, facts_at, vectors_at) < 0
        compared &= ~find_lookalikes(folders, bare_names, vectors_at)
    ids, contents = files.file_ids[compared], files.content_ids[compared]
    pixels, size, date, path_rank = worth[:, compared]
    order = np.lexsort((path_rank, date, -size, -pixels))
    return _content_table(ids[order], contents[order])


def _content_table(file_ids: Keys, content_ids: Keys) -> _ContentTable:
    """Make a table of files in order of preference."""
    contents, firsts, codes = np.unique(content_ids, return_index=True, return_inverse=True)
    by_preference = np.argsort(firsts)
    row_of = np.empty(len(contents), dtype=np.int64)
    row_of[by_preference] = np.arange(len(contents))
    return _ContentTable(file_ids, row_of[codes], contents[by_preference], firsts[by_preference])


def _candidates(table: _ContentTable, similar: Container[int]) -> Keys:
    """Return the indices of files that may be copies, the best ones first."""
    repeated = np.bincount(table.rows, minlength=len(table.contents)) > 1
    is_similar = np.array([key in similar for key in table.contents.tolist()], dtype=np.bool_)
    return np.flatnonzero((repeated | is_similar)[table.rows])


def _similarity_join(table: _ContentTable, index: VectorSource) -> tuple[Keys, SimilarityJoin]:
    """Return the rows whose contents have a vector, and the join of these vectors."""
    keys, matrix = index.vectors(table.contents)
    vector_row = np.full(int(table.contents.max(initial=0)) + 1, -1, dtype=np.int64)
    vector_row[keys] = np.arange(len(keys))
    rows = np.flatnonzero(vector_row[table.contents] >= 0)
    return rows, SimilarityJoin(matrix, vector_row[table.contents[rows]])


def _worth(file: FileDetails) -> tuple[int, int, int]:
    """Return a sort key for the best copy: pixels, bytes and date."""
    info = file.info
    if info is None:
        return 0, file.size, file.mtime_ns
    date = file.mtime_ns if info.taken_ns is None else info.taken_ns
    return info.width * info.height, file.size, date


def _details(catalog: DuplicateSource, file_ids: Keys) -> Iterator[FileDetails]:
    for start in range(0, len(file_ids), _BATCH):
        yield from catalog.details(file_ids[start : start + _BATCH].tolist())


def _best_paths(catalog: DuplicateSource, table: _ContentTable, rows: Keys) -> dict[int, Path]:
    """Return the path of the best file of each content, by content."""
    file_ids = table.file_ids[table.firsts[rows]]
    content_of = dict(zip(file_ids.tolist(), table.contents[rows].tolist(), strict=True))
    return {content_of[file.file_id]: file.path for file in _details(catalog, file_ids)}


def _report(
    on_progress: Callable[[DuplicateProgress], None], phase: Phase
) -> Callable[[int, int], None]:
    return lambda done, total: on_progress(DuplicateProgress(phase, done, total))


def _groups(
    copies: Mapping[int, tuple[FileDetails, DiskFile]],
    table: _ContentTable,
    leaders: Keys,
    cosines: Vectors,
) -> list[DuplicateGroup]:
    leader_of = leaders[table.rows]
    grouped = np.flatnonzero(np.bincount(leader_of, minlength=len(leaders))[leader_of] > 1)
    order = grouped[np.argsort(leader_of[grouped], kind="stable")]
    groups = []
    for indices in np.split(order, np.flatnonzero(np.diff(leader_of[order])) + 1):
        if len(indices) > 1:
            rows = table.rows[indices].tolist()
            members = [copies[file_id] for file_id in table.file_ids[indices].tolist()]
            scores = np.minimum(cosines[rows], 1.0)
            groups.append(
                DuplicateGroup(
                    tuple(file for file, _ in members),
                    "near" if len(set(rows)) > 1 else "identical",
                    tuple(scores.tolist()),
                    tuple(row == rows[0] for row in rows),
                    tuple(disk_file for _, disk_file in members),
                )
            )
    return sorted(groups, key=lambda group: (-group.spare_bytes, group.best.path))
