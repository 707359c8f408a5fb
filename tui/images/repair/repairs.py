"""Decodes files with complete pixels and a damaged container from a repaired copy in memory.

A repair reads the whole file and may decode it more than once, so it runs only after the usual
decoder has rejected the file, and only in the decode process (``sandbox``).

* JPEG and JPEG 2000 without their end marker, and JPEG whose end marker may have been appended to
  truncated data (``jpeg_end``).
* PNG with broken or very large chunks that no pixel depends on (``png_chunks``).
* WebP and JPEG XL that end within the metadata behind the picture.
* HEIC and AVIF that end within the metadata behind the picture.
* AVIF whose alpha image has no size, as older encoders wrote it (``avif_alpha``).
"""

from __future__ import annotations

import io
import math
from dataclasses import replace
from typing import TYPE_CHECKING

import xxhash
from PIL import Image

from tui.core.errors import DecodeError
from tui.images.decode_stream import MAX_PIXELS_JPEG, decode_stream
from tui.images.decode_types import DecodeCost
from tui.images.picture_file import open_picture
from tui.images.repair.avif_alpha import with_alpha_size
from tui.images.repair.item_data import lacks_item_data
from tui.images.repair.jpeg_end import two_ends
from tui.images.repair.png_chunks import without_side_chunks

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tui.images.decode_types import DecodedImage, DecodeRequest, Reserve

_LARGEST_FILE = 256 << 20
_MOST_COMPARED = 1 << 26
"""A JPEG of more pixels is compared at a half, a quarter or an eighth of its size."""

_MOST_FILLED = 1 << 24
_END = b"\xff\xd9"
_SIDE_BOXES = (b"Exif", b"xml ", b"jumb", b"brob", b"free")
_BYTES_COMPARED, _BYTES_OF_COEFFICIENTS = 12, 6


def decode_repaired(path: Path, request: DecodeRequest, reserve: Reserve) -> DecodedImage:
    """Decode a repaired copy of a file; the arguments are those of ``decode_file``.

    Raises:
        AccessError: the file can't currently be opened or read.
        DecodeError: there is nothing to repair, or the repaired copy can't be decoded either.
    """
    with open_picture(path) as (file, kind):
        repair = _REPAIRS.get(kind)
        data = file.read(_LARGEST_FILE + 1) if repair else b""
        repaired = repair(data) if repair and len(data) <= _LARGEST_FILE else None
        if repaired is None:
            raise DecodeError("There is nothing to repair.")
        copied = sum(map(len, repaired)) + len(data)

        def reserve_all(cost: DecodeCost) -> None:
            reserve(replace(cost, memory=cost.memory + copied))

        if kind == "JPEG":
            return _decode_complete(repaired[0], repaired[1], request, reserve_all)
        return _decode_first(repaired, kind, request, reserve_all)


def _decode_first(
    copies: tuple[bytes, ...], kind: str, request: DecodeRequest, reserve: Reserve
) -> DecodedImage:
    """Decode the first readable copy; all need the same memory, which is reserved once."""
    reserved: list[DecodeCost] = []

    def reserve_once(cost: DecodeCost) -> None:
        if not reserved:
            reserved.append(cost)
            reserve(cost)

    for data in copies[:-1]:
        try:
            return decode_stream(io.BytesIO(data), kind, request, reserve_once)
        except (DecodeError, MemoryError):
            raise
        except Exception:  # As in ``open_picture``: decoders raise almost anything.
            continue
    return decode_stream(io.BytesIO(copies[-1]), kind, request, reserve_once)


def _decode_complete(
    data: bytes, other: bytes, request: DecodeRequest, reserve: Reserve
) -> DecodedImage:
    """Decode a JPEG whose pixels must equal those of another one."""
    with Image.open(io.BytesIO(data), formats=("JPEG",)) as image:
        pixels = image.width * image.height
    if pixels > MAX_PIXELS_JPEG:
        raise DecodeError("There is nothing to repair.")
    compared = min(pixels, _MOST_COMPARED)
    reserve(DecodeCost(_BYTES_COMPARED * compared + _BYTES_OF_COEFFICIENTS * pixels))
    if _pixels(data) != _pixels(other):
        raise DecodeError("Truncated file: a part of the picture is missing.")
    return decode_stream(io.BytesIO(data), "JPEG", request, _reserve_nothing, complete=True)


def _reserve_nothing(cost: DecodeCost) -> None:
    """Do nothing: the memory of the whole repair is already reserved."""


def _pixels(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data), formats=("JPEG",)) as image:
        factor = math.sqrt(image.width * image.height / _MOST_COMPARED)
        if factor > 1:
            size = (int(image.width / factor), int(image.height / factor))
            image.draft(None, size)
        return xxhash.xxh3_128_digest(image.tobytes())


def _with_end(data: bytes) -> tuple[bytes, ...] | None:
    """JPEG 2000: openjpeg checks the lengths of all parts, so only the marker is missing."""
    bare = data.rstrip(b"\xff") if data.endswith(b"\xff") else data
    return None if bare.endswith(_END) else (bare + _END,)


def _whole_riff(data: bytes) -> tuple[bytes, ...] | None:
    """WebP: drop truncated metadata, and correct the length."""
    position = 12
    while position + 8 <= len(data):
        length = int.from_bytes(data[position + 4 : position + 8], "little")
        end = position + 8 + length + length % 2
        if end > len(data) + length % 2:  # The last byte may be padding, which is not needed.
            if data[position : position + 4] not in (b"EXIF", b"XMP "):
                return None
            data = data[:position]
            break
        position = end
    data += b"\0" * (len(data) % 2)
    stated = (len(data) - 8).to_bytes(4, "little")
    return None if stated == data[4:8] else (data[:4] + stated + data[8:],)


def _whole_boxes(data: bytes) -> tuple[bytes, ...] | None:
    """JPEG XL: drop truncated metadata behind the picture."""
    position = 0
    while position + 8 <= len(data):
        length = int.from_bytes(data[position : position + 4], "big")
        if length < 8:
            return None
        if position + length > len(data):
            return (data[:position],) if data[position + 4 : position + 8] in _SIDE_BOXES else None
        position += length
    return (data[:position],) if position < len(data) else None


def _filled(data: bytes) -> bytes | None:
    """HEIC and AVIF: replace truncated metadata with zeros, which decoders ignore."""
    position = 0
    while position + 8 <= len(data):
        length = int.from_bytes(data[position : position + 4], "big")
        if length < 8:
            return None
        position += length
    missing = position - len(data)
    if not 0 < missing <= _MOST_FILLED or lacks_item_data(io.BytesIO(data)):
        return None
    return data + bytes(missing)


def _heif(data: bytes) -> tuple[bytes, ...] | None:
    repaired = _filled(data)
    return None if repaired is None else (repaired,)


def _avif(data: bytes) -> tuple[bytes, ...] | None:
    filled = _filled(data)
    repaired = with_alpha_size(filled or data) or filled
    return None if repaired is None else (repaired,)


_REPAIRS: dict[str, Callable[[bytes], tuple[bytes, ...] | None]] = {
    "JPEG": two_ends,
    "JPEG2000": _with_end,
    "PNG": without_side_chunks,
    "WEBP": _whole_riff,
    "JXL": _whole_boxes,
    "HEIF": _heif,
    "AVIF": _avif,
}
