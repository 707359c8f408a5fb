"""The visible part of a picture that is zoomed, panned or rotated, as pure geometry."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Towards = Literal["left", "right", "up", "down"]
Point = tuple[float, float]

STEPS: dict[Towards, tuple[int, int]] = {
    "left": (-1, 0),
    "right": (1, 0),
    "up": (0, -1),
    "down": (0, 1),
}

MAX_ENLARGEMENT = 4.0
"""The screen pixels per image pixel to which a whole picture is enlarged at most."""

_LEVELS = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0, 48.0, 64.0, 96.0, 128.0)
_LIMIT = 16.0
"""The largest zoom, unless 100 % is larger than half of it."""
_ROUNDING = 1e-9
_PAN = 0.25
"""The length of a step, as a share of the box."""


@dataclass(frozen=True, slots=True)
class Viewport:
    """A part of a picture, and its rotation.

    Attributes:
        zoom: the scale, relative to that of the whole picture in its box.
        x: the horizontal centre in the upright picture, from 0 at the left to 1 at the right.
        y: the vertical centre in the upright picture, from 0 at the top.
        turns: clockwise quarter turns, from 0 to 3.
    """

    zoom: float = 1.0
    x: float = 0.5
    y: float = 0.5
    turns: int = 0

    def rotated(self, by: int) -> Viewport:
        """Rotate by a number of clockwise quarter turns."""
        return replace(self, turns=(self.turns + by) % 4)


@dataclass(frozen=True, slots=True)
class Projection:
    """A picture in a box on the screen.

    Attributes:
        picture: the width and height of the upright picture, in image pixels.
        box: the width and height of the box, in screen pixels.
    """

    picture: tuple[int, int]
    box: tuple[int, int]

    def scale(self, viewport: Viewport) -> float:
        """Return the screen pixels per image pixel."""
        return self._fit(viewport.turns) * viewport.zoom

    def visible(self, viewport: Viewport) -> tuple[float, float]:
        """Return the width and height of the visible part of the upright picture, in its pixels."""
        scale = self.scale(viewport) * (1 - _ROUNDING)
        width, height = swapped(self.box, viewport.turns)
        return min(self.picture[0], width / scale), min(self.picture[1], height / scale)

    def is_whole(self, viewport: Viewport) -> bool:
        """Return whether the whole picture is visible, so that there is nothing to pan."""
        return self.visible(viewport) == self.picture

    def within(self, viewport: Viewport) -> Viewport:
        """Return the viewport with a centre at which it shows nothing outside the picture."""
        half_width, half_height = (
            visible / side / 2
            for visible, side in zip(self.visible(viewport), self.picture, strict=True)
        )
        return replace(
            viewport,
            x=max(half_width, min(viewport.x, 1 - half_width)),
            y=max(half_height, min(viewport.y, 1 - half_height)),
        )

    def rotated(self, viewport: Viewport, by: int) -> Viewport:
        """Rotate by clockwise quarter turns; a zoomed picture keeps its scale.

        The centre stays, even if it then shows less than the box, so that rotating back shows the
        same part.
        """
        turned = viewport.rotated(by)
        if viewport.zoom != 1:
            zoom = viewport.zoom * self._fit(viewport.turns) / self._fit(turned.turns)
            # Exactly 1 would fit the picture to the box, and the scale would be lost.
            turned = replace(turned, zoom=1 + _ROUNDING if zoom == 1 else zoom)
        return turned

    def zoomed(self, viewport: Viewport, by: int, at: Point = (0.0, 0.0)) -> Viewport:
        """Zoom in or out by a number of levels; see `zoomed_to`."""
        limit = max(_LIMIT, 2 / self._fit(viewport.turns))
        zoom = viewport.zoom
        for _ in range(abs(by)):
            if by > 0:
                above = zoom * (1 + _ROUNDING)
                zoom = min((level for level in _LEVELS if above < level <= limit), default=zoom)
            else:
                below = zoom * (1 - _ROUNDING)
                zoom = max((level for level in _LEVELS if level < below), default=zoom)
        return self.zoomed_to(viewport, zoom, at)

    def zoomed_to(self, viewport: Viewport, zoom: float, at: Point = (0.0, 0.0)) -> Viewport:
        """Zoom so that the image point at ``at`` stays in place, as far as the picture extends.

        Args:
            viewport: the current part.
            zoom: of the new part.
            at: a point on the screen, in pixels from the centre of the box.
        """
        viewport = self.within(viewport)
        changed = replace(viewport, zoom=zoom)
        shift = 1 / self.scale(viewport) - 1 / self.scale(changed)
        return self._shifted(changed, (at[0] * shift, at[1] * shift))

    def actual_size(self, viewport: Viewport, at: Point = (0.0, 0.0)) -> Viewport:
        """Zoom so that an image pixel covers a screen pixel."""
        return self.zoomed_to(viewport, 1 / self._fit(viewport.turns), at)

    def moved(self, viewport: Viewport, towards: Towards) -> Viewport:
        """Pan by one step, within the picture."""
        across, down = STEPS[towards]
        return self.dragged(viewport, (-across * _PAN * self.box[0], -down * _PAN * self.box[1]))

    def dragged(self, viewport: Viewport, by: Point) -> Viewport:
        """Pan so that the picture follows a drag of ``by`` screen pixels."""
        scale = self.scale(viewport)
        return self._shifted(self.within(viewport), (-by[0] / scale, -by[1] / scale))

    def image_point(self, viewport: Viewport, at: Point) -> Point:
        """Return the point of the upright picture, in its pixels, at a point on the screen."""
        viewport, scale = self.within(viewport), self.scale(viewport)
        across, down = _upright((at[0] / scale, at[1] / scale), viewport.turns)
        return viewport.x * self.picture[0] + across, viewport.y * self.picture[1] + down

    def _fit(self, turns: int) -> float:
        """Return the screen pixels per image pixel of the whole picture."""
        width, height = swapped(self.box, turns)
        return min(width / self.picture[0], height / self.picture[1], MAX_ENLARGEMENT)

    def _shifted(self, viewport: Viewport, by: Point) -> Viewport:
        """Move the centre by image pixels, in the directions of the screen."""
        across, down = _upright(by, viewport.turns)
        x, y = viewport.x + across / self.picture[0], viewport.y + down / self.picture[1]
        return self.within(replace(viewport, x=x, y=y))


def swapped(size: tuple[int, int], turns: int) -> tuple[int, int]:
    """Return a width and height after quarter turns."""
    return (size[1], size[0]) if turns % 2 else size


def _upright(vector: Point, turns: int) -> Point:
    """Return a vector on the screen as one in the upright picture."""
    x, y = vector
    return ((x, y), (y, -x), (-x, -y), (-y, x))[turns % 4]
