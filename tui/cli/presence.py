"""Results of folders that are there: a catalog still knows those that were renamed or unplugged."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tui.library.remote import RemotePath

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tui.domain import Hit
    from tui.search.interface import LibraryReader, SearchEngine
    from tui.search.ranking import Ranking

_BLOCK = 256


def missing_roots(roots: Sequence[Path]) -> list[Path]:
    """Return those of a library's folders that are not on this machine now."""
    return [root for root in roots if not isinstance(root, RemotePath) and not root.is_dir()]


def present_hits(
    engine: SearchEngine,
    library: LibraryReader,
    ranking: Ranking,
    number: int,
    missing: Sequence[Path],
) -> list[Hit]:
    """Return the first hits whose files may be there; a copy stands in for one that is not.

    Args:
        engine: made the ranking.
        library: tells the copies of a hit.
        ranking: the answer.
        number: how many are wanted at most.
        missing: folders that are not there.
    """
    hits: list[Hit] = []
    for place, hit in _all(engine, ranking):
        files = [hit.file]
        if hit.copies > 1 and _is_below(hit.file.path, missing):
            files = library.details(ranking.files_at(place))
        file = next((file for file in files if not _is_below(file.path, missing)), None)
        if file is not None:
            hits.append(replace(hit, file=file, rank=len(hits) + 1))
        if len(hits) == number:
            break
    return hits


def _all(engine: SearchEngine, ranking: Ranking) -> Iterator[tuple[int, Hit]]:
    for start in range(0, ranking.count, _BLOCK):
        if start + _BLOCK > len(ranking) and ranking.rest:
            ranking = engine.deepen(ranking)
        for hit in engine.hits(ranking, start, start + _BLOCK):
            yield hit.rank - 1, hit


def _is_below(path: Path, folders: Sequence[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)
