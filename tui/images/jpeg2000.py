"""Decodes JPEG 2000 at a fraction of its size, by skipping resolution levels.

Marker segments: ITU-T T.800 (ISO/IEC 15444-1), annex A; sizes at a resolution level: annex B;
boxes: annex I.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from PIL import ImageFile

if TYPE_CHECKING:
    from typing import BinaryIO

    from PIL import Image

_SOC, _SIZ, _COD, _COC, _SOT, _SOD, _EOC = 0xFF4F, 0xFF51, 0xFF52, 0xFF53, 0xFF90, 0xFF93, 0xFFD9
_MOST_MARKERS = 1 << 16
_MOST_BOXES = 1 << 10


def choose_resolution(file: BinaryIO, image: Image.Image, scale: float) -> None:
    """Let an opened picture be decoded at the smallest power of two that is at least ``scale``.

    Pillow's own ``reduce`` setting rounds the size down where the standard rounds it up (B-15), and
    then rejects the file. This function sets the size and the tile instead.

    Args:
        file: the open file of the picture; its position does not change.
        image: a picture that is not loaded yet.
        scale: the required part of the size, more than 0 and at most 1.
    """
    levels = int(math.log2(1 / scale))
    if levels < 1 or not isinstance(image, ImageFile.ImageFile) or len(image.tile) != 1:
        return
    position = file.tell()
    levels = min(levels, skippable_levels(file))
    file.seek(position)
    if levels < 1:
        return
    codec, _, offset, arguments = image.tile[0]
    if not isinstance(arguments, tuple):
        return
    width, height = (-(-side >> levels) for side in image.size)
    image._size = (width, height)
    changed = (arguments[0], levels, *arguments[2:])
    image.tile = [ImageFile._Tile(codec, (0, 0, width, height), offset, changed)]


def skippable_levels(file: BinaryIO) -> int:
    """Return how many resolution levels every tile and component of a file can skip.

    0 if the markers are invalid, and for pictures that Pillow can't reduce: those with subsampled
    components and those that are cropped from a larger grid.
    """
    try:
        start = _codestream_start(file)
        return 0 if start is None else _fewest_levels(file, start)
    except (EOFError, IndexError, ZeroDivisionError):
        return 0


class _Grid(NamedTuple):
    """The SIZ marker segment (A.5.1)."""

    sides: tuple[int, int]
    tiles: tuple[int, int]
    components: int
    plain: bool
    """Without offsets, and with every component at full size."""

    def allows(self, levels: int) -> bool:
        """Whether no tile is empty at that reduction."""
        for side, tile in zip(self.sides, self.tiles, strict=True):
            last = (-(-side // tile) - 1) * tile
            if last and (tile < 1 << levels or -(-side >> levels) <= -(-last >> levels)):
                return False
        return True


def _codestream_start(file: BinaryIO) -> int | None:
    file.seek(0)
    if file.read(4) == b"\xff\x4f\xff\x51":
        return 0
    position = 0
    for _ in range(_MOST_BOXES):
        file.seek(position)
        length, kind, header = _number(file, 4), file.read(4), 8
        if length == 1:
            length, header = _number(file, 8), 16
        if kind == b"jp2c":
            return position + header
        if not header <= length < 1 << 62:
            return None
        position += length
    return None


def _fewest_levels(file: BinaryIO, start: int) -> int:
    """Read the headers of the codestream and of its tile-parts; skip the data between them."""
    file.seek(start)
    levels, grid, next_part = [], None, 0
    for _ in range(_MOST_MARKERS):
        position, marker = file.tell(), int.from_bytes(file.read(2), "big")
        if marker == _SOC:
            continue
        if marker == _SOD and next_part > position:
            file.seek(next_part)
            continue
        if marker in (0, _SOD, _EOC):  # 0: the end of the file.
            break
        length = _number(file, 2)
        body = file.read(max(0, length - 2))
        if marker == _SIZ:
            grid = _grid(body)
        elif marker == _COD:
            levels.append(body[5])
        elif marker == _COC and grid is not None:
            levels.append(body[3 if grid.components > 256 else 2])
        elif marker == _SOT:
            length_of_part = int.from_bytes(body[2:6], "big")  # 0: to the end of the codestream.
            next_part = position + length_of_part if length_of_part else 0
    if grid is None or not grid.plain:
        return 0
    most = min(levels, default=0)
    return max((number for number in range(1, most + 1) if grid.allows(number)), default=0)


def _grid(body: bytes) -> _Grid:
    across, down, left, top, tile_width, tile_height, tile_left, tile_top = (
        int.from_bytes(body[at : at + 4], "big") for at in range(2, 34, 4)
    )
    components = int.from_bytes(body[34:36], "big")
    sampling = {body[at : at + 2] for at in range(37, 36 + 3 * components, 3)}
    plain = not (left or top or tile_left or tile_top) and sampling == {b"\1\1"}
    return _Grid((across, down), (tile_width, tile_height), components, plain)


def _number(file: BinaryIO, size: int) -> int:
    data = file.read(size)
    if len(data) < size:
        raise EOFError
    return int.from_bytes(data, "big")
