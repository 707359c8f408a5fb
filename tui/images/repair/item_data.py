"""Checks whether HEIC and AVIF files have the data of all images that they list.

A large picture is a grid of tiles, and libheif fills a tile that it can't decode with green. The
table of locations lists where each tile is: one behind the end of the file, or one that ends in
zeros, is missing. Boxes: ISO/IEC 14496-12 (``meta``, ``iloc``, ``iinf``). A NAL unit of HEVC never
ends in a zero (ITU-T H.265, 7.4.2), and compressed data never in many.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

_FULL = 4
"""Bytes of version and flags at the start of some boxes."""

_ZEROS = bytes(64)
_LARGEST_META = 1 << 24
_MOST_BOXES = 1 << 12
_CODED = frozenset({b"hvc1", b"av01", b"avc1", b"vvc1", b"jpeg", b"j2k1"})


class _Extent(NamedTuple):
    item: int
    start: int
    length: int


def lacks_item_data(file: BinaryIO) -> bool:
    """Whether data of a coded image is missing; False if the boxes are invalid."""
    size = file.seek(0, os.SEEK_END)
    try:
        meta = _meta_box(file, size)
        boxes = dict(_boxes(meta, _FULL))
        coded = {item for item, kind in _items(boxes[b"iinf"]) if kind in _CODED}
        extents = [extent for extent in _extents(boxes[b"iloc"]) if extent.item in coded]
    except (IndexError, KeyError, ValueError):
        return False
    return any(_is_missing(file, extent, size) for extent in extents)


def _is_missing(file: BinaryIO, extent: _Extent, size: int) -> bool:
    end = extent.start + extent.length
    if end > size:
        return True
    if extent.length <= len(_ZEROS):
        return False
    file.seek(end - len(_ZEROS))
    return file.read(len(_ZEROS)) == _ZEROS


def _meta_box(file: BinaryIO, size: int) -> bytes:
    position = 0
    for _ in range(_MOST_BOXES):
        file.seek(position)
        header = file.read(16)
        length, start = int.from_bytes(header[:4], "big"), position + 8
        if length == 1:
            length, start = int.from_bytes(header[8:16], "big"), position + 16
        end = position + length if length else size
        if header[4:8] == b"meta":
            file.seek(start)
            return file.read(min(end - start, _LARGEST_META))
        if end < start or end >= size:
            break
        position = end
    raise ValueError("no meta box")


def _boxes(data: bytes, position: int) -> Iterator[tuple[bytes, bytes]]:
    while position + 8 <= len(data):
        length = int.from_bytes(data[position : position + 4], "big")
        if length < 8:
            return
        yield data[position + 4 : position + 8], data[position + 8 : position + length]
        position += length


def _items(body: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield each item's number and type from its ``infe`` box, of version 2 or 3."""
    for name, entry in _boxes(body, _FULL + (4 if body[0] else 2)):
        if name == b"infe" and entry[0] >= 2:
            width = 2 if entry[0] == 2 else 4
            after = _FULL + width + 2  # Two bytes say how the item is protected.
            yield int.from_bytes(entry[_FULL : _FULL + width], "big"), entry[after : after + 4]


def _extents(body: bytes) -> Iterator[_Extent]:
    """Yield the location of each item's data that is in the file itself."""
    version, sizes = body[0], body[_FULL : _FULL + 2]
    offset_size, length_size = sizes[0] >> 4, sizes[0] & 15
    base_size, index_size = sizes[1] >> 4, sizes[1] & 15 if version else 0
    id_size = 4 if version == 2 else 2
    position = _FULL + 2
    if not length_size:
        raise ValueError("no lengths")  # 0 bytes an extent: the counts alone would never end.

    def number(size: int) -> int:
        nonlocal position
        position += size
        if position > len(body):
            raise ValueError("the table of locations ends too soon")
        return int.from_bytes(body[position - size : position], "big")

    for _ in range(number(id_size)):
        item = number(id_size)
        in_file = not version or number(2) & 15 == 0
        in_file = number(2) == 0 and in_file  # Otherwise another file contains the data.
        base = number(base_size)
        for _ in range(number(2)):
            number(index_size)
            start, length = base + number(offset_size), number(length_size)
            if in_file:
                yield _Extent(item, start, length)
