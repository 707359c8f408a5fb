"""HEIC pictures of several tiles, as phones write them (ISO/IEC 23008-12, 6.6.2.3)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from tests.support.pictures.odd_images import to_heic

if TYPE_CHECKING:
    from pathlib import Path

    from PIL import Image


def grid(folder: Path, image: Image.Image, tiles: int = 2) -> bytes:
    """Return a HEIC file of ``tiles`` times ``tiles`` equal tiles, whose data ends the file."""
    width, height = image.width // tiles, image.height // tiles
    paths = []
    for row in range(tiles):
        for column in range(tiles):
            left, top = column * width, row * height
            paths.append(folder / f"tile-{row}-{column}.png")
            image.crop((left, top, left + width, top + height)).save(paths[-1])
    files = [path.read_bytes() for path in to_heic(*paths)]
    coder, size = _property(files[0], b"hvcC"), _property(files[0], b"ispe")
    data = [struct.pack(">BBBBHH", 0, 0, tiles - 1, tiles - 1, *image.size)]
    data += [_inside(file, b"mdat") for file in files]
    head = _box(b"ftyp", b"heic\0\0\0\0mif1heic")
    start = len(head) + len(_meta(data, 0, image.size, coder + size)) + 8
    return head + _meta(data, start, image.size, coder + size) + _box(b"mdat", b"".join(data))


def _meta(data: list[bytes], start: int, size: tuple[int, int], properties: bytes) -> bytes:
    numbers = range(1, len(data) + 1)  # The first is the grid.
    places, entries = b"", b""
    for number, part in zip(numbers, data, strict=True):
        places += struct.pack(">HHHII", number, 0, 1, start, len(part))
        start += len(part)
        kind = b"grid" if number == 1 else b"hvc1"
        entries += _full(b"infe", struct.pack(">HH4sB", number, 0, kind, 0), version=2)
    used = struct.pack(">HBB", 1, 1, 3)
    used += b"".join(struct.pack(">HBBB", number, 2, 0x81, 2) for number in numbers[1:])
    whole = _full(b"ispe", struct.pack(">II", *size))
    parts = struct.pack(f">HH{len(data) - 1}H", 1, len(data) - 1, *numbers[1:])
    table = _full(b"ipma", struct.pack(">I", len(data)) + used)
    return _full(
        b"meta",
        _full(b"hdlr", bytes(4) + b"pict" + bytes(13))
        + _full(b"pitm", struct.pack(">H", 1))
        + _full(b"iloc", struct.pack(">BBH", 0x44, 0, len(data)) + places)
        + _full(b"iinf", struct.pack(">H", len(data)) + entries)
        + _full(b"iref", _box(b"dimg", parts))
        + _box(b"iprp", _box(b"ipco", properties + whole) + table),
    )


def _box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", 8 + len(body)) + name + body


def _full(name: bytes, body: bytes, version: int = 0) -> bytes:
    return _box(name, bytes([version, 0, 0, 0]) + body)


def _property(file: bytes, name: bytes) -> bytes:
    body = _inside(file, name)
    return _box(name, body)


def _inside(file: bytes, name: bytes) -> bytes:
    start = file.index(name)
    length = int.from_bytes(file[start - 4 : start], "big")
    return file[start + 4 : start - 4 + length]
