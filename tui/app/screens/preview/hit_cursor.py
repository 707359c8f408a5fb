"""The position of the preview among the hits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.app.screens.preview.details import position_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tui.app.model.nearby_hits import HitFetched, NearbyHits
    from tui.core.domain import FileDetails, Hit
    from tui.search.ranking.ranking import Ranking


class HitCursor:
    """The index of the shown hit, and of the one to show once it has been looked up.

    Args:
        hits: finds hits by index.
        index: of the first hit to show.
        total: the number of hits.
        ranking: the ranking in which the indexes count.

    Attributes:
        index: of the shown hit.
        target: of the hit to show next; equal to ``index`` unless it is being looked up.
        ranking: the ranking in which the indexes count.
        total: the number of hits.
        direction: of the last move, 1 or -1.
    """

    def __init__(self, hits: NearbyHits, index: int, total: int, ranking: Ranking | None) -> None:
        self.index = self.target = index
        self.total = total
        self.ranking = ranking
        self._hits = hits
        self.direction = 1
        self._removed: set[int] = set()

    @property
    def text(self) -> str:
        """The position of the target, as shown."""
        return position_text(self.target, self.total, self.ranking)

    @property
    def steps(self) -> int:
        """The number of hits from the shown one to the target."""
        return self.target - self.index

    def clamped(self, index: int) -> int:
        """Return an index, at most the first or last one."""
        return max(0, min(index, self.total - 1))

    def seek(self, index: int, direction: int) -> bool:
        """Make a hit the target, or the next one in a direction if its file was removed.

        Returns:
            False without such a hit; the target stays.
        """
        self.direction = direction
        while 0 <= index < self.total:
            hit = self._hits.get(index)
            if hit is None or not self.is_removed(hit):
                self.target = index
                return True
            index += direction
        return False

    def target_hit(self) -> Hit | None:
        """Return the target; look it up if it is not loaded."""
        hit = self._hits.get(self.target)
        if hit is None:
            self._hits.look_up([self.target])
        return hit

    def receive(self, message: HitFetched) -> bool:
        """Cache a hit that was looked up; return False if it belongs to an earlier ranking."""
        return self._hits.add(message)

    def remove(self, file_ids: Iterable[int]) -> None:
        """Skip these files."""
        self._removed.update(file_ids)

    def is_removed(self, hit: Hit | None) -> bool:
        """Return whether the file of a hit was removed."""
        return hit is not None and hit.file.file_id in self._removed

    def change_ranking(self, ranking: Ranking) -> None:
        """Count in another ranking; the index stays until the shown hit is found in it."""
        self.ranking = ranking
        self.total = ranking.count
        self._hits.forget()

    def put(self, index: int) -> Hit | None:
        """Note the index of the shown hit in another ranking; return the hit if it is loaded."""
        self.index = self.target = index
        return self._hits.get(index)

    def following(self, *, round_the_end: bool) -> list[FileDetails]:
        """Return the files on both sides, that in the direction of travel first."""
        ahead, behind = self.index + self.direction, self.index - self.direction
        if round_the_end:
            ahead %= max(1, self.total)
        sides = [index for index in (ahead, behind) if 0 <= index < self.total]
        hits = self._hits.beside(self.index, sides)
        return [hit.file for hit in hits if not self.is_removed(hit)]
