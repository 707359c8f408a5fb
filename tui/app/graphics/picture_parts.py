"""Parts of pictures for zooming, read in the size that they need, cropped and rotated.

The threads of ``thumbnail_loader`` call it.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.app.graphics.zoom import Projection, swapped
from tui.app.terminal.images import CellSize

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PIL import Image

    from tui.app.graphics.requests import ThumbnailRequest
    from tui.app.graphics.zoom import Viewport

    Read = Callable[[Path, int, int], Image.Image]

_MAX_SIDE = 8192
"""The largest width and height to decode; parts of larger pictures are enlarged from this size."""
_ROUNDING = 1e-6


class PictureParts:
    """Crops pictures, and caches the last one, which the next part also needs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._large: _LargeImage | None = None

    def cut_out(
        self, request: ThumbnailRequest, viewport: Viewport, read: Read, box: CellSize
    ) -> Image.Image:
        """Return the part of a picture in ``viewport``, scaled to fit a box.

        Args:
            request: for the picture.
            viewport: the part.
            read: returns the picture of a file so that it fits a width and a height.
            box: in pixels.
        """
        upright = CellSize(*swapped(box, viewport.turns))
        sides = [
            max(1, min(_MAX_SIDE, math.ceil(side * viewport.zoom - _ROUNDING))) for side in upright
        ]
        whole = self._large_image(request, read, *sides)
        projection = Projection(whole.size, box)
        scale = projection.scale(viewport)
        visible = projection.visible(viewport)
        width, height = (
            max(1, min(round(side * scale), room))
            for side, room in zip(visible, upright, strict=True)
        )
        left = _first_pixel(viewport.x, whole.width, width / scale, scale)
        top = _first_pixel(viewport.y, whole.height, height / scale, scale)
        right = min(whole.width, left + width / scale)
        lower = min(whole.height, top + height / scale)
        part = whole.resize((width, height), box=(left, top, right, lower))
        return turned(part, viewport.turns)

    def _large_image(
        self, request: ThumbnailRequest, read: Read, width: int, height: int
    ) -> Image.Image:
        """Return a picture for zooming; cache the last one, which the next zoom also needs."""
        with self._lock:
            cached = self._large
        file = request.path, request.version, request.content
        if cached is not None and cached.file == file and cached.suffices(width, height):
            return cached.image
        image = read(request.path, width, height)
        is_full_size = image.width < width and image.height < height
        with self._lock:
            self._large = _LargeImage(file, image, is_full_size)
        return image


@dataclass(frozen=True, slots=True)
class _LargeImage:
    """A picture that was decoded for zooming; ``is_full_size`` if it was not reduced."""

    file: tuple[Path, int, bytes | None]
    image: Image.Image
    is_full_size: bool

    def suffices(self, width: int, height: int) -> bool:
        """Return whether decoding for a box of this size would yield no more pixels."""
        fills_box = min(width / self.image.width, height / self.image.height) <= 1
        return self.is_full_size or fills_box


def turned(image: Image.Image, turns: int) -> Image.Image:
    """Rotate a picture by clockwise quarter turns."""
    from PIL import Image

    method = Image.Transpose
    # Pillow's angles are counterclockwise.
    ways = (None, method.ROTATE_270, method.ROTATE_180, method.ROTATE_90)
    way = ways[turns]
    return image if way is None else image.transpose(way)


def _first_pixel(centre: float, side: int, visible: float, scale: float) -> float:
    """Return where a part of a picture begins, on a whole pixel of the screen.

    Args:
        centre: of the part, from 0 to 1.
        side: the width or height of the picture.
        visible: that of the part.
        scale: screen pixels per image pixel.
    """
    first = round((centre * side - visible / 2) * scale) / scale
    return max(0.0, min(first, side - visible))
