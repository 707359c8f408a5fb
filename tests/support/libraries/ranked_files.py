"""The files of one hit of a ranking."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.search.ranking.ranking import Ranking


def files_at(ranking: Ranking, position: int) -> list[int]:
    """Return the ids of the files of a hit, the displayed one first."""
    if ranking.groups is None or ranking.copies is None:
        return [int(ranking.file_ids[position])]
    row = int(ranking.groups.visible_rows()[0][position])
    stop = row + int(ranking.copies[position])
    return [int(file_id) for file_id in ranking.groups.file_ids[row:stop]]
