"""Detects pictures that their decoder shows although a part of their data is missing.

Some programs reserve a file's space before they write it, so a truncated file has its full length
and zeros at its end. Decoders of PNG, HEIC and AVIF decode zeros as pixels. Decoders of WebP do
too, but the data of a whole picture of one colour may also end in a thousand zeros. Chunks of PNG:
ISO/IEC 15948, clause 5.
"""

from __future__ import annotations

import os
import zlib
from typing import TYPE_CHECKING

from tui.images.jpeg import ends_in_grey, is_filled_up
from tui.images.repair.item_data import lacks_item_data

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    from PIL import Image

_FILLING = b"\0\0"
_MOST_CHUNKS = 1 << 20


def lacks_data(file: BinaryIO, image: Image.Image, kind: str) -> bool:
    """Whether data is missing from a picture that has been decoded.

    If unsure, False; for a JPEG True, since a repair (``repairs``) then decides.

    Args:
        file: the picture's file; its position changes.
        image: the picture, loaded.
        kind: the format, as ``sniff`` names it.
    """
    if kind == "JPEG":
        return is_filled_up(file) or ends_in_grey(file, image)
    check = _CHECKS.get(kind)
    return check is not None and check(file)


def _ends_in_zeros(file: BinaryIO) -> bool:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - len(_FILLING)))
    return file.read() == _FILLING


def _png(file: BinaryIO) -> bool:
    """Whether the last chunk of pixels is damaged and zeros follow it."""
    if not _ends_in_zeros(file):
        return False
    position, last = 8, 0
    for _ in range(_MOST_CHUNKS):
        file.seek(position)
        length, name = int.from_bytes(file.read(4), "big"), file.read(4)
        if name == b"IDAT":
            last = position
        elif not name.isalpha() or name == b"IEND":
            break
        position += 12 + length
    file.seek(last)
    length = int.from_bytes(file.read(4), "big")
    check = zlib.crc32(file.read(4))
    while length and (data := file.read(min(length, 1 << 20))):
        check, length = zlib.crc32(data, check), length - len(data)
    return file.read(4) != check.to_bytes(4, "big")


_CHECKS: dict[str, Callable[[BinaryIO], bool]] = {
    "PNG": _png,
    "HEIF": lacks_item_data,
    "AVIF": lacks_item_data,
}
