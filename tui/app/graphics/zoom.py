"""The visible part of a zoomed picture."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Towards = Literal["left", "right", "up", "down"]

STEPS: dict[Towards, tuple[int, int]] = {
    "left": (-1, 0),
    "right": (1, 0),
    "up": (0, -1),
    "down": (0, 1),
}
_ZOOMS = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0)
_PAN = 0.25
"""The length of a step, as a share of the visible part."""


@dataclass(frozen=True, slots=True)
class Viewport:
    """A part of a picture.

    Attributes:
        zoom: 1 shows the whole picture, 2 half its width and half its height.
        x: the horizontal centre, from 0 at the left to 1 at the right.
        y: the vertical centre, from 0 at the top.
    """

    zoom: float = 1.0
    x: float = 0.5
    y: float = 0.5

    def zoomed(self, by: int) -> Viewport:
        """Zoom in or out by a number of levels."""
        level = _ZOOMS.index(self.zoom) + by
        return replace(self, zoom=_ZOOMS[max(0, min(level, len(_ZOOMS) - 1))])._within()

    def moved(self, towards: Towards) -> Viewport:
        """Pan by one step, within the picture."""
        across, down = STEPS[towards]
        reach = _PAN / self.zoom
        return replace(self, x=self.x + across * reach, y=self.y + down * reach)._within()

    def _within(self) -> Viewport:
        edge = 0.5 / self.zoom
        return replace(self, x=max(edge, min(self.x, 1 - edge)), y=max(edge, min(self.y, 1 - edge)))
