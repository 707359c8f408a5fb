"""Checks whether a file that could not be decoded is truncated, according to its container.

Decoders report the end of a file each in their own words, or as damage. In the container it is
unambiguous: a part that it announces is behind the end of the file.
"""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING, Literal

from PIL import ExifTags, Image

from tui.images.repair.jpeg_end import has_end_marker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

_MOST_PARTS = 1 << 16
_LARGEST_JPEG = 1 << 28
_TYPE_SIZES = {3: 2, 4: 4, 5: 8, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
"""Bytes a value of a TIFF tag takes by its type; the other types take one."""

_OFFSETS_AND_LENGTHS = (
    (ExifTags.Base.StripOffsets, ExifTags.Base.StripByteCounts),
    (ExifTags.Base.TileOffsets, ExifTags.Base.TileByteCounts),
)
_SUB_DIRECTORIES = ExifTags.Base.SubIFDs
_WHERE_TAGS = frozenset({_SUB_DIRECTORIES, *_OFFSETS_AND_LENGTHS[0], *_OFFSETS_AND_LENGTHS[1]})
_MOST_DIRECTORIES = 64
_NOWHERE = 0xFFFFFFFF
"""Panasonic's placeholder if a tag of another number has the true value."""


def is_cut_off(file: BinaryIO, kind: str) -> bool:
    """Whether a file of the format that Pillow calls ``kind`` is truncated; False if unsure."""
    check = _CHECKS.get(kind)
    if check is None:
        return False
    try:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        return check(file, size)
    except Exception:  # The file is already known to be broken: it may contain anything.
        return False


def _jpeg(file: BinaryIO, size: int) -> bool:
    return size <= _LARGEST_JPEG and not has_end_marker(file.read(size))


def _png(file: BinaryIO, size: int) -> bool:
    position = 8
    for _ in range(_MOST_PARTS):
        file.seek(position)
        length, name = int.from_bytes(file.read(4), "big"), file.read(4)
        position += 12 + length
        if position > size:
            return True
        if name == b"IEND":
            return False
    return False


def _riff(file: BinaryIO, size: int) -> bool:
    file.seek(4)
    return int.from_bytes(file.read(4), "little") + 8 > size


def _boxes(file: BinaryIO, size: int, *needed: bytes) -> bool:
    """Check boxes (ISO/IEC 14496-12, 4.2): 32 bits of length, the type, 64 bits if that is 1."""
    position = 0
    names: set[bytes] = set()
    for _ in range(_MOST_PARTS):
        if position == size:
            return names.isdisjoint(needed)
        file.seek(position)
        header = file.read(16)
        length, name = int.from_bytes(header[:4], "big"), header[4:8]
        names.add(name)
        if length == 0 and name:  # It runs to the end of the file.
            return name == b"jp2c" and not _ends_with(file, size, b"\xff\xd9")
        if length == 1:
            length = int.from_bytes(header[8:16], "big")
        position += max(length, 8)
        if position > size:
            return True
    return False


def _media(file: BinaryIO, size: int) -> bool:
    return _boxes(file, size, b"mdat")


def _jpeg2000(file: BinaryIO, size: int) -> bool:
    if file.read(4) == b"\xff\x4f\xff\x51":
        return not _ends_with(file, size, b"\xff\xd9")
    return _boxes(file, size, b"jp2c")


def _jxl(file: BinaryIO, size: int) -> bool:
    return file.read(1) == b"\0" and _boxes(file, size, b"jxlc", b"jxlp")


def _tiff(file: BinaryIO, size: int) -> bool:
    """Check TIFF 6.0, section 2, and BigTIFF: the first directory, its values and the pixels."""
    header = file.read(16)
    order: Literal["little", "big"] = "little" if header[:2] == b"II" else "big"
    wide = header[2:4] in (b"+\0", b"\0+")
    count_size, word, entry_size = (8, 8, 20) if wide else (2, 4, 12)
    directory = int.from_bytes(header[8:16] if wide else header[4:8], order)
    file.seek(directory)
    entries = int.from_bytes(file.read(count_size), order)
    if directory < 8 or directory + count_size + entries * entry_size + word > size:
        return True
    for _ in range(entries):
        entry = file.read(entry_size)
        kind, count, value = (
            int.from_bytes(part, order) for part in (entry[2:4], entry[4:-word], entry[-word:])
        )
        length = count * _TYPE_SIZES.get(kind, 1)
        if length > word and value + length > size:
            return True
    return _lacks_pixels(file, size)


def raw_is_cut_off(file: BinaryIO) -> bool:
    """Whether a camera raw file ends before the data that its directories list; False if unsure.

    Raw files are TIFF, with magic numbers of their makers' own, except CR3 (boxes) and RAF, whose
    header contains the offset and length of the sensor's data at byte 100.
    """
    try:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        header = file.read(108)
        if header[4:8] == b"ftyp":
            return _media(file, size)
        if header.startswith(b"FUJIFILM"):
            return bool(sum(struct.unpack(">2I", header[100:108])) > size)
        if header[:2] not in (b"II", b"MM"):
            return False
        return any(start + length > size for start, length in _listed_data(file, header))
    except Exception:  # As above.
        return False


def _listed_data(file: BinaryIO, header: bytes) -> Iterator[tuple[int, int]]:
    """Yield offset and length of all strips and tiles, also of the directories below the first."""
    order = "<" if header[:2] == b"II" else ">"
    waiting, visited = list(struct.unpack(order + "I", header[4:8])), set[int]()
    while waiting and len(visited) < _MOST_DIRECTORIES:
        directory = waiting.pop()
        if directory in visited:
            continue
        visited.add(directory)
        values = _long_values(file, directory, order)
        waiting += values.get(_SUB_DIRECTORIES, ())
        for offsets, lengths in _OFFSETS_AND_LENGTHS:
            pairs = zip(values.get(offsets, ()), values.get(lengths, ()), strict=False)
            yield from (pair for pair in pairs if _NOWHERE not in pair)


def _long_values(file: BinaryIO, directory: int, order: str) -> dict[int, tuple[int, ...]]:
    file.seek(directory)
    (count,) = struct.unpack(order + "H", file.read(2))
    entries = file.read(12 * count)
    values = {}
    for tag, kind, number, value in struct.iter_unpack(order + "HHI4s", entries):
        form = {3: "H", 4: "I", 13: "I"}.get(kind)
        if form is None or tag not in _WHERE_TAGS or number > _MOST_PARTS:
            continue
        layout = f"{order}{number}{form}"
        data = value
        if struct.calcsize(layout) > len(value):
            file.seek(*struct.unpack(order + "I", value))
            data = file.read(struct.calcsize(layout))
        values[tag] = struct.unpack_from(layout, data)
    return values


def _lacks_pixels(file: BinaryIO, size: int) -> bool:
    file.seek(0)
    tags = Image.Exif()
    tags.load_from_fp(file)
    for offsets, lengths in _OFFSETS_AND_LENGTHS:
        parts = zip(_numbers(tags.get(offsets)), _numbers(tags.get(lengths)), strict=False)
        if any(offset + length > size for offset, length in parts):
            return True
    return not any(tags.get(offsets) for offsets, _ in _OFFSETS_AND_LENGTHS)


def _numbers(value: object) -> tuple[int, ...]:
    values = value if isinstance(value, tuple) else (value,)
    return tuple(number for number in values if isinstance(number, int))


def _gif(file: BinaryIO, size: int) -> bool:
    return not _ends_with(file, size, b";")


def _psd(file: BinaryIO, size: int) -> bool:
    """Check the lengths of colours, resources and layers, 8 bytes for layers of a PSB."""
    header = file.read(26)
    large, position = header[4:6] == b"\0\2", 26
    for width in (4, 4, 8 if large else 4):
        file.seek(position)
        position += width + int.from_bytes(file.read(width), "big")
    return position + 2 > size


def _bmp(file: BinaryIO, size: int) -> bool:
    file.seek(2)
    return int.from_bytes(file.read(4), "little") > size


def _ends_with(file: BinaryIO, size: int, mark: bytes) -> bool:
    file.seek(max(0, size - len(mark)))
    return file.read() == mark


_CHECKS: dict[str, Callable[[BinaryIO, int], bool]] = {
    "JPEG": _jpeg,
    "PNG": _png,
    "WEBP": _riff,
    "HEIF": _media,
    "AVIF": _media,
    "JPEG2000": _jpeg2000,
    "JXL": _jxl,
    "TIFF": _tiff,
    "GIF": _gif,
    "PSD": _psd,
    "PSB": _psd,
    "BMP": _bmp,
}
