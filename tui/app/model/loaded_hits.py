"""The details of hits around the window, by index in the ranking."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tui.app.model.result_window import Window
    from tui.core.domain import FileDetails, Hit

MAX_LOADED = 2_000
"""The number of hits above which those far from the window are dropped."""


class LoadedHits:
    """Caches the hits of one ranking."""

    def __init__(self) -> None:
        self._hits: dict[int, Hit] = {}

    def get(self, index: int) -> Hit | None:
        """Return the hit at an index if it is loaded."""
        return self._hits.get(index)

    def files(self) -> list[FileDetails]:
        """Return the details of all loaded files."""
        return [hit.file for hit in self._hits.values()]

    def replace(self, hits: Iterable[Hit]) -> None:
        """Drop all hits and add those of another ranking."""
        self._hits = {hit.rank - 1: hit for hit in hits}

    def add(self, hits: Iterable[Hit], window: Window) -> None:
        """Add hits of the same ranking; if there are many, keep only those near the window."""
        self._hits.update((hit.rank - 1, hit) for hit in hits)
        if len(self._hits) > MAX_LOADED:
            margin = MAX_LOADED // 4
            nearby = range(window.start - margin, window.stop + margin)
            self._hits = {index: hit for index, hit in self._hits.items() if index in nearby}

    def lacks_any(self, window: Window) -> bool:
        """Return whether a hit in or near the window is not loaded."""
        return any(index not in self._hits for index in window.nearby)
