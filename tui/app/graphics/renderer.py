"""Thumbnails from files: read, cropped, scaled and encoded for the terminal.

The threads of ``thumbnail_loader`` call it; it touches no widget.
"""

from __future__ import annotations

import math
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tui.app.graphics.half_cells import HalfCells
from tui.app.graphics.kitty import encode_image
from tui.app.graphics.requests import Thumbnail
from tui.app.graphics.sixel import MOST_CELLS, Sixel
from tui.app.graphics.textual_image_adapter import (
    bytes_of_text,
    dithered,
    drawing,
    faded,
    scaled_pixels,
    strips,
)
from tui.app.terminal.images import CellSize
from tui.core.errors import FolderError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PIL import Image

    from tui.app.graphics.requests import ThumbnailRequest
    from tui.app.graphics.zoom import Viewport
    from tui.app.terminal.images import ImageSupport
    from tui.images.thumbnail_cache import ThumbnailCache

    Make = Callable[[Path, int, int], Image.Image]

_MAX_ENLARGEMENT = 4.0
_MAX_SIDE = 8192
_MIN_SIXEL_SCALE = 0.5
"""The terminal can't enlarge Sixel pictures, so below this scale half cells replace them."""
_ROUNDING = 1e-6


class ThumbnailRenderer:
    """Makes thumbnails.

    Args:
        images: how the terminal draws pictures.
        make: returns an upright RGB picture that fits a box of pixels; by default
            ``tui.images.thumbnails.thumbnail``.
        cache: stores small pictures on disk.
    """

    def __init__(
        self, images: ImageSupport, make: Make | None = None, cache: ThumbnailCache | None = None
    ) -> None:
        self._images = images
        self._make = make
        self._cache = cache
        self._lock = threading.Lock()
        self._half_cells = HalfCells(images.colours)
        self._large: tuple[tuple[Path, int, bytes | None], int, Image.Image] | None = None

    def paint(self, request: ThumbnailRequest) -> Thumbnail:
        """Make the thumbnail of a request.

        Raises:
            DecodeError: the file is no readable picture.
        """
        renderable = drawing(self._images)
        if renderable is None:
            return Thumbnail()
        reader = _Reader(self._make or _make_from_file(), request)
        if self._images.protocol == "sixel" and self._images.scale >= _MIN_SIXEL_SCALE:
            thumbnail = self._sixel(request, reader)
        elif self._images.protocol == "kitty":
            thumbnail = self._kitty(request, reader, renderable)
        else:
            thumbnail = self._characters(request, reader, renderable)
        return replace(thumbnail, of_content=request.content is not None and reader.is_current())

    def _characters(
        self, request: ThumbnailRequest, reader: _Reader, renderable: type[Any]
    ) -> Thumbnail:
        # A half cell is nearly a square, so this box keeps the picture's shape.
        box = CellSize(request.columns, request.rows * 2)
        image = self._image(request, reader, box)
        columns, rows = _filling(image, box, CellSize(1, 2), alone=request.alone)
        image = image.resize((columns, rows * 2))
        if request.fade is not None:
            image = faded(image, request.fade)
        if self._images.protocol == "unicode":
            lines = strips(renderable(image, columns, rows), columns)
            return Thumbnail(columns, rows, strips=lines, strip_bytes=bytes_of_text(lines))
        image = dithered(image, self._images.colours)
        pixels = scaled_pixels(renderable(image, columns, rows), image, columns, rows)
        lines, strip_bytes = self._half_cells.strips(pixels)
        return Thumbnail(columns, rows, strips=lines, strip_bytes=strip_bytes)

    def _kitty(
        self, request: ThumbnailRequest, reader: _Reader, renderable: type[Any]
    ) -> Thumbnail:
        cell, scale = self._images.cell, self._images.scale
        box = CellSize(request.columns * cell.width, request.rows * cell.height)
        image = self._image(request, reader, box)
        columns, rows = _filling(image, box, cell, alone=request.alone)
        placeholders = renderable(image, columns, rows)
        if scale < 1:
            image = image.resize([max(1, round(side * scale)) for side in image.size])
        sent = encode_image(image, placeholders, columns, rows)
        lines = strips(placeholders, columns)
        return Thumbnail(columns, rows, None, sent, lines, strip_bytes=bytes_of_text(lines))

    def _sixel(self, request: ThumbnailRequest, reader: _Reader) -> Thumbnail:
        cell = self._images.cell
        columns, rows = min(request.columns, MOST_CELLS), min(request.rows, MOST_CELLS)
        box = CellSize(columns * cell.width, rows * cell.height)
        image = self._image(request, reader, box)
        columns, rows = _filling(image, box, cell, alone=request.alone)
        enlargement = min(columns * cell.width / image.width, rows * cell.height / image.height)
        if enlargement > 1 and request.alone:  # this protocol can't enlarge
            image = image.resize([max(1, math.floor(side * enlargement)) for side in image.size])
        if request.fade is not None:
            image = faded(image, request.fade)
        sixel = Sixel(image, cell, columns, rows)
        lines = sixel.strips()
        return Thumbnail(columns, rows, sixel, strips=lines, strip_bytes=bytes_of_text(lines))

    def _image(self, request: ThumbnailRequest, reader: _Reader, box: CellSize) -> Image.Image:
        if request.viewport is not None:
            return self._cut_out(request, request.viewport, reader, box)
        if self._cache is None:
            return reader(request.path, *box)
        return self._cache.read(
            reader,
            request.path,
            request.version,
            *box,
            content=request.content,
            is_current=reader.is_current,
        )

    def _cut_out(
        self, request: ThumbnailRequest, viewport: Viewport, reader: _Reader, box: CellSize
    ) -> Image.Image:
        """Return the part of a picture in ``viewport``, scaled to fit ``box`` in pixels."""
        sides = [min(_MAX_SIDE, round(side * viewport.zoom)) for side in box]
        whole = self._large_image(request, reader, *sides)
        fit = min(box.width / whole.width, box.height / whole.height) * viewport.zoom
        width = min(whole.width, max(1, round(box.width / fit)))
        height = min(whole.height, max(1, round(box.height / fit)))
        x = min(max(0, round(viewport.x * whole.width - width / 2)), whole.width - width)
        y = min(max(0, round(viewport.y * whole.height - height / 2)), whole.height - height)
        part = whole.crop((x, y, x + width, y + height))
        size = (max(1, round(width * fit)), max(1, round(height * fit)))
        return part.resize((min(size[0], box.width), min(size[1], box.height)))

    def _large_image(
        self, request: ThumbnailRequest, reader: _Reader, width: int, height: int
    ) -> Image.Image:
        """Return a picture for zooming; cache the last one, which the next zoom needs again."""
        with self._lock:
            cached = self._large
        file = request.path, request.version, request.content
        if cached is not None and cached[0] == file and cached[1] >= width:
            return cached[2]
        image = reader(request.path, width, height)
        with self._lock:
            self._large = (file, width, image)
        return image


class _Reader:
    """Reads the picture of a request, and tells whether the file is what the library knows.

    A file may have changed since it was indexed. Its picture is not that of its content then, which
    other files may share.
    """

    def __init__(self, make: Make, request: ThumbnailRequest) -> None:
        self._make = make
        self._request = request
        # A part of a picture may come from a file that was read for an earlier part.
        self._is_current: bool | None = request.viewport is None

    def __call__(self, path: Path, width: int, height: int) -> Image.Image:
        self._is_current = None
        return self._make(path, width, height)

    def is_current(self) -> bool:
        """Return whether the file still has its time of change, or was not needed."""
        if self._is_current is None:
            try:
                changed = self._request.path.stat().st_mtime_ns
            except (OSError, FolderError):
                changed = None
            self._is_current = changed == self._request.version
        return self._is_current


def _filling(image: Image.Image, box: CellSize, cell: CellSize, *, alone: bool) -> tuple[int, int]:
    """Return the columns and rows of a picture; ``alone`` enlarges it to the box."""
    limit = _MAX_ENLARGEMENT if alone else 1.0
    scale = min(box.width / image.width, box.height / image.height, limit)
    sides = zip(image.size, cell, box, strict=True)
    columns, rows = (
        min(max(1, math.ceil(side * scale / unit - _ROUNDING)), room // unit)
        for side, unit, room in sides
    )
    return columns, rows


def _make_from_file() -> Make:
    from tui.images.thumbnails import thumbnail

    return thumbnail
