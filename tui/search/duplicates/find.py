"""Pictures that are there more than once: the same bytes, or so alike that one of them will do.

Files with the same bytes are one content, so that part is a look at the catalog. What is nearly
the same is found by the model's vectors (``similarity_join``) and then looked at
(``pixel_similarity``). A group has a best file, and every other one is like that one. Groups are
not chained: where A is like B and B is like C, C need not be like A, and to keep A for C would lose
a picture.

Every file that would be in a group is looked at on its disk first (``on_disk``): one that is gone
or has changed is no copy, and two paths to one physical file are one file.

A raw file beside the JPEG of the same shot is no duplicate; it is left out
(``matching.raw_companions``), and so is one that looks like a JPEG of its name beside it, whatever
their dates say.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tui.library.base.unit_vectors import fetch_unit_vectors
from tui.search.duplicates.groups import DuplicateGroup, SearchProgress
from tui.search.duplicates.on_disk import DiskFile, DiskInspector, drop_aliases
from tui.search.duplicates.pixel_similarity import FingerprintCache
from tui.search.duplicates.similarity_join import SimilarityJoin
from tui.search.matching.raw_companions import (
    find_lookalikes,
    find_raw_companions,
    shot_facts,
)
from tui.storage.path_encoding import bare

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import Protocol

    from numpy.typing import NDArray

    from tui.core.domain import Cancelled, FileDetails, Keys, PictureInfo, Vectors
    from tui.library.base.records import FileTable
    from tui.search.duplicates.groups import Phase
    from tui.search.matching.raw_companions import ShotFacts

    class DuplicateSource(Protocol):
        """What is asked of the catalog; callable from several threads."""

        def files(self, model_id: str, scope: Path | None = None) -> FileTable:
            """The available files whose content has an embedding of that model."""
            ...

        def details(self, file_ids: Sequence[int]) -> list[FileDetails]:
            """What is known of these files, in this order."""
            ...

    class VectorSource(Protocol):
        """What is asked of the index."""

        @property
        def model_id(self) -> str:
            """The model whose vectors these are."""
            ...

        def vectors(self, keys: Keys) -> tuple[Keys, NDArray[np.float16]]:
            """The keys that it has, and their vectors, in an order of its own."""
            ...


THRESHOLD = 0.95
"""The cosine from which two pictures may be nearly the same, unless one says otherwise."""

LOWEST_THRESHOLD = 0.8

SAME_PIXELS_FROM = 0.15
"""How much lower the cosine may be where the pixels agree, at ``THRESHOLD`` or below: a copy that
was saved again is often further away for a small model than for the eye."""

_LOOK, _SAME_LOOK = 0.9, 0.99

_CHUNK = 10_000
"""Files that are looked up at a time."""


def find_duplicates(
    catalog: DuplicateSource,
    index: VectorSource,
    *,
    scope: Path | None = None,
    threshold: float | None = THRESHOLD,
    cancelled: Cancelled = lambda: False,
    on_progress: Callable[[SearchProgress], None] = lambda _: None,
    looks: FingerprintCache | None = None,
    pair_raw: bool = True,
    disk: DiskInspector | None = None,
) -> list[DuplicateGroup]:
    """Find the groups, those that waste most bytes first; slow, so call it in a worker.

    Args:
        catalog: the library.
        index: the model's vectors.
        scope: only files below this folder; None means everywhere.
        threshold: a cosine from ``LOWEST_THRESHOLD`` to 1; None finds the same bytes alone.
        cancelled: asked several times a second; True gives no groups.
        on_progress: told several times a second.
        looks: keep one for several searches, so that each picture is looked at once.
        pair_raw: a raw file and the JPEG of the same shot are one picture.
        disk: looks at the files; knows afterwards how many were not there.

    Raises:
        CatalogError: the catalog can't be read.
    """
    shelf = _read_contents(catalog, index, scope, pair_raw=pair_raw)
    likes = near = None
    if threshold is not None:
        places, near = _near(shelf, index)
        positions = near.positions_with_match(
            _floor(threshold), cancelled, _tell(on_progress, "comparing")
        )
        likes = dict(zip(shelf.contents[places[positions]].tolist(), positions, strict=True))
    disk = disk or DiskInspector()
    candidates = _candidates(shelf, likes or {})
    files = list(_details(catalog, shelf.file_ids[candidates]))
    seen = drop_aliases(disk.inspect_all(files, cancelled, _tell(on_progress, "checking")))
    kept = candidates[np.isin(shelf.file_ids[candidates], list(seen))]
    shelf = _shelved(shelf.file_ids[kept], shelf.contents[shelf.places[kept]])
    taker = np.arange(len(shelf.contents), dtype=np.int64)
    cosines = np.ones(len(shelf.contents), dtype=np.float32)
    if threshold is not None and near is not None and likes and not cancelled():
        there = np.flatnonzero([content in likes for content in shelf.contents.tolist()])
        keys = shelf.contents[there]
        near = near.take(np.array([likes[key] for key in keys.tolist()], dtype=np.int64))
        looks = looks or FingerprintCache()
        looks.compute(_paths(catalog, shelf, there), cancelled, _tell(on_progress, "looking"))
        alike = partial(_alike, _PixelComparison(looks, keys, threshold))
        some, some_cosines = near.cluster(_floor(threshold), alike, cancelled)
        taker[there], cosines[there] = there[some], some_cosines
    copies = {file.file_id: (file, seen[file.file_id]) for file in files if file.file_id in seen}
    return [] if cancelled() else _groups(copies, shelf, taker, cosines)


def _floor(threshold: float) -> float:
    """Return the cosine from which pictures are looked at."""
    return threshold - SAME_PIXELS_FROM if threshold <= THRESHOLD else threshold


class _PixelComparison(NamedTuple):
    """What is needed to look at pictures: their looks, their contents by position, how alike."""

    looks: FingerprintCache
    keys: Keys
    threshold: float


def _alike(eye: _PixelComparison, one: int, others: Keys, cosines: Vectors) -> NDArray[np.bool_]:
    """Tell which positions are copies of one: to the model and the eye, or surely to the eye."""
    correlations = eye.looks.correlations(int(eye.keys[one]), eye.keys[others])
    alike = (correlations >= _LOOK) & (cosines >= eye.threshold)
    same: NDArray[np.bool_] = alike | (correlations >= _SAME_LOOK)
    return same


@dataclass(frozen=True, slots=True, eq=False)
class _ContentTable:
    """Files in order of preference, the best first, and their contents in that order.

    ``places`` says where in ``contents`` each file's content is, ``firsts`` where in ``file_ids``
    the best file of each content is.
    """

    file_ids: Keys
    places: Keys
    contents: Keys
    firsts: Keys


def _read_contents(
    catalog: DuplicateSource, index: VectorSource, scope: Path | None, *, pair_raw: bool
) -> _ContentTable:
    table = catalog.files(index.model_id, scope)
    kept = np.zeros(len(table), dtype=np.bool_)
    worth = np.zeros((4, len(table)), dtype=np.int64)
    folders, names = [""] * len(table), [""] * len(table)
    infos: list[PictureInfo | None] = [None] * len(table)
    for file in _details(catalog, table.file_ids):
        place = int(np.searchsorted(table.file_ids, file.file_id))
        kept[place] = True
        worth[:3, place] = _worth(file)
        folders[place], names[place] = os.path.split(file.path)
        infos[place] = file.info
    worth[3, sorted(range(len(names)), key=lambda place: (folders[place], names[place]))] = (
        np.arange(len(names))
    )
    if pair_raw:

        def vectors(places: Keys) -> Vectors:
            return fetch_unit_vectors(table.content_ids[places], index.vectors)

        def facts(places: Keys) -> ShotFacts:
            return shot_facts([infos[place] for place in places.tolist()])

        compared = list(map(bare, names))
        kept &= find_raw_companions(folders, compared, facts, vectors) < 0
        kept &= ~find_lookalikes(folders, compared, vectors)
    ids, contents, worth = table.file_ids[kept], table.content_ids[kept], worth[:, kept]
    order = np.lexsort((worth[3], worth[2], -worth[1], -worth[0]))
    return _shelved(ids[order], contents[order])


def _shelved(ids: Keys, contents: Keys) -> _ContentTable:
    """Put files in order of preference, and their contents, on a shelf."""
    known, firsts, places = np.unique(contents, return_index=True, return_inverse=True)
    by_worth = np.argsort(firsts)
    rank = np.empty(len(known), dtype=np.int64)
    rank[by_worth] = np.arange(len(known))
    return _ContentTable(ids, rank[places], known[by_worth], firsts[by_worth])


def _candidates(shelf: _ContentTable, likes: Container[int]) -> Keys:
    """Return the places of files that may be copies, those to prefer first."""
    crowded = np.bincount(shelf.places, minlength=len(shelf.contents)) > 1
    liked = np.array([content in likes for content in shelf.contents.tolist()], dtype=np.bool_)
    return np.flatnonzero((crowded | liked)[shelf.places])


def _near(shelf: _ContentTable, index: VectorSource) -> tuple[Keys, SimilarityJoin]:
    """Return the places whose contents have a vector, and these to compare."""
    keys, matrix = index.vectors(shelf.contents)
    rows = np.full(int(shelf.contents.max(initial=0)) + 1, -1, dtype=np.int64)
    rows[keys] = np.arange(len(keys))
    there = np.flatnonzero(rows[shelf.contents] >= 0)
    return there, SimilarityJoin(matrix, rows[shelf.contents[there]])


def _worth(file: FileDetails) -> tuple[int, int, int]:
    """Return what decides which copy is the best: pixels, bytes, date."""
    info = file.info
    if info is None:
        return 0, file.size, file.mtime_ns
    date = file.mtime_ns if info.taken_ns is None else info.taken_ns
    return info.width * info.height, file.size, date


def _details(catalog: DuplicateSource, file_ids: Keys) -> Iterator[FileDetails]:
    for start in range(0, len(file_ids), _CHUNK):
        yield from catalog.details(file_ids[start : start + _CHUNK].tolist())


def _paths(catalog: DuplicateSource, shelf: _ContentTable, places: Keys) -> dict[int, Path]:
    """Return the best file of some contents, by content."""
    file_ids = shelf.file_ids[shelf.firsts[places]]
    contents = dict(zip(file_ids.tolist(), shelf.contents[places].tolist(), strict=True))
    return {contents[file.file_id]: file.path for file in _details(catalog, file_ids)}


def _tell(
    on_progress: Callable[[SearchProgress], None], phase: Phase
) -> Callable[[int, int], None]:
    return lambda done, total: on_progress(SearchProgress(phase, done, total))


def _groups(
    files: Mapping[int, tuple[FileDetails, DiskFile]],
    shelf: _ContentTable,
    taker: Keys,
    cosines: Vectors,
) -> list[DuplicateGroup]:
    group = taker[shelf.places]
    crowded = np.flatnonzero(np.bincount(group, minlength=len(taker))[group] > 1)
    order = crowded[np.argsort(group[crowded], kind="stable")]
    groups = []
    for places in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
        if len(places) > 1:
            contents = shelf.places[places].tolist()
            here = [files[file_id] for file_id in shelf.file_ids[places].tolist()]
            scores = np.minimum(cosines[contents], 1.0)
            groups.append(
                DuplicateGroup(
                    tuple(file for file, _ in here),
                    "near" if len(set(contents)) > 1 else "identical",
                    tuple(scores.tolist()),
                    tuple(content == contents[0] for content in contents),
                    tuple(seen for _, seen in here),
                )
            )
    return sorted(groups, key=lambda group: (-group.spare_bytes, group.best.path))
