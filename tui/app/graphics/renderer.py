"""Makes thumbnails from files: reads, crops, scales and encodes them for the terminal.

The threads of ``thumbnail_loader`` call it; it touches no widget.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tui.app.graphics.half_cells import HalfCells
from tui.app.graphics.kitty import encode_image
from tui.app.graphics.picture_parts import PictureParts, turned
from tui.app.graphics.requests import Thumbnail
from tui.app.graphics.sixel import MOST_CELLS, Sixel
from tui.app.graphics.textual_image_adapter import (
    bytes_of_text,
    dithered,
    drawing,
    scaled_pixels,
    strips,
)
from tui.app.graphics.zoom import MAX_ENLARGEMENT, swapped
from tui.app.terminal.images import CellSize
from tui.core.errors import FolderError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PIL import Image

    from tui.app.graphics.requests import ThumbnailRequest
    from tui.app.terminal.images import ImageSupport
    from tui.images.thumbnail_cache import ThumbnailCache

    Make = Callable[[Path, int, int], Image.Image]

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
        self._half_cells = HalfCells(images.colours)
        self._parts = PictureParts()

    def paint(self, request: ThumbnailRequest) -> Thumbnail:
        """Make the thumbnail of a request.

        Raises:
            DecodeError: the file is not a readable picture.
        """
        renderable = drawing(self._images)
        if renderable is None:
            return Thumbnail()
        reader = _Reader(self._make or _make_from_file(), request)
        if self._images.uses_characters:
            thumbnail = self._characters(request, reader, renderable)
        elif self._images.protocol == "kitty":
            thumbnail = self._kitty(request, reader, renderable)
        else:
            thumbnail = self._sixel(request, reader)
        return replace(thumbnail, of_content=request.content is not None and reader.is_current())

    def _characters(
        self, request: ThumbnailRequest, reader: _Reader, renderable: type[Any]
    ) -> Thumbnail:
        # A half cell is nearly a square, so this box keeps the picture's shape.
        box = CellSize(request.columns, request.rows * 2)
        image = self._image(request, reader, box)
        columns, rows = _filling(image, box, CellSize(1, 2), enlarged=_is_enlarged(request))
        image = image.resize((columns, rows * 2))
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
        columns, rows = _filling(image, box, cell, enlarged=_is_enlarged(request))
        if request.viewport is not None and request.viewport.zoom != 1:
            image = _on_whole_cells(image, CellSize(columns * cell.width, rows * cell.height))
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
        columns, rows = _filling(image, box, cell, enlarged=_is_enlarged(request))
        enlargement = min(columns * cell.width / image.width, rows * cell.height / image.height)
        if enlargement > 1 and _is_enlarged(request):  # this protocol can't enlarge
            image = image.resize([max(1, math.floor(side * enlargement)) for side in image.size])
        sixel = Sixel(image, cell, columns, rows)
        lines = sixel.strips()
        return Thumbnail(columns, rows, sixel, strips=lines, strip_bytes=bytes_of_text(lines))

    def _image(self, request: ThumbnailRequest, reader: _Reader, box: CellSize) -> Image.Image:
        viewport = request.viewport
        if viewport is None:
            return self._whole_image(request, reader, box)
        if viewport.zoom == 1:
            upright = CellSize(*swapped(box, viewport.turns))
            return turned(self._whole_image(request, reader, upright), viewport.turns)
        return self._parts.cut_out(request, viewport, reader, box)

    def _whole_image(
        self, request: ThumbnailRequest, reader: _Reader, box: CellSize
    ) -> Image.Image:
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


class _Reader:
    """Reads the picture of a request, and checks whether the file has its indexed content.

    A file may have changed since it was indexed. Its picture then differs from that of its content,
    which other files may share.
    """

    def __init__(self, make: Make, request: ThumbnailRequest) -> None:
        self._make = make
        self._request = request
        # A part of a picture may come from a file that was read for an earlier part.
        viewport = request.viewport
        self._is_current: bool | None = viewport is None or viewport.zoom == 1

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


def _is_enlarged(request: ThumbnailRequest) -> bool:
    """Return whether a small picture is enlarged to its box; a zoomed part already has its size."""
    return request.alone and (request.viewport is None or request.viewport.zoom == 1)


def _filling(
    image: Image.Image, box: CellSize, cell: CellSize, *, enlarged: bool
) -> tuple[int, int]:
    """Return the columns and rows of a picture."""
    limit = MAX_ENLARGEMENT if enlarged else 1.0
    scale = min(box.width / image.width, box.height / image.height, limit)
    sides = zip(image.size, cell, box, strict=True)
    columns, rows = (
        min(max(1, math.ceil(side * scale / unit - _ROUNDING)), room // unit)
        for side, unit, room in sides
    )
    return columns, rows


def _on_whole_cells(image: Image.Image, size: CellSize) -> Image.Image:
    """Centre a picture in transparent pixels, so that the terminal does not scale it."""
    from PIL import Image

    if image.size == size:
        return image
    canvas = Image.new("RGBA", size)
    canvas.paste(image, ((size.width - image.width) // 2, (size.height - image.height) // 2))
    return canvas


def _make_from_file() -> Make:
    from tui.images.thumbnails import thumbnail

    return thumbnail
