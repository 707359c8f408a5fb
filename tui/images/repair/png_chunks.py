"""Removes the chunks of a PNG that no pixel depends on.

Programs write workflows of megabytes into text chunks, and editors break the checksums of others;
Pillow then rejects the file. Chunks: ISO/IEC 15948, clause 11; animation: the APNG specification.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"

LARGEST_TEXT = 4 << 20
"""The largest unpacked profile or text; a chunk could contain 1,000 times as much."""

_ANIMATION = {b"acTL": range(8, 9), b"fcTL": range(26, 27), b"fdAT": range(5, 1 << 31)}
_TRANSPARENCY = {0: range(2, 3), 2: range(6, 7), 3: range(1, 257)}
_TEXTS = frozenset({b"tEXt", b"zTXt", b"iTXt"})
_KEYWORDS = (b"XML:com.adobe.xmp\0", b"Raw profile type exif\0", b"Raw profile type xmp\0")


class _Chunk(NamedTuple):
    name: bytes
    data: bytes
    whole: bytes
    intact: bool


def without_side_chunks(data: bytes) -> tuple[bytes, ...] | None:
    """Return copies with the chunks that a decoder needs and the metadata that is sound.

    The copies have the critical chunks unchanged, and ``tRNS``, ``iCCP``, ``eXIf``, XMP and the
    animation if these are intact and of the right length. The last copy has no animation, whose
    parts may be intact and contradict each other. None if no copy differs from the file.
    """
    chunks = list(_chunks(data))
    colours = chunks[0].data[9] if chunks and len(chunks[0].data) > 9 else 0
    moving = all(
        chunk.intact and len(chunk.data) in _ANIMATION[chunk.name]
        for chunk in chunks
        if chunk.name in _ANIMATION
    )
    copies = []
    for animated in dict.fromkeys((moving, False)):
        needed = [chunk.whole for chunk in chunks if _is_needed(chunk, colours, moving=animated)]
        if len(needed) < len(chunks):
            copies.append(SIGNATURE + b"".join(needed))
    return tuple(copies) or None


def _chunks(data: bytes) -> Iterator[_Chunk]:
    position = len(SIGNATURE)
    while position + 8 <= len(data):
        length = int.from_bytes(data[position : position + 4], "big")
        end = position + 12 + length
        name = data[position + 4 : position + 8]
        body = data[position + 8 : position + 8 + length]
        check = int.from_bytes(data[end - 4 : end], "big")
        intact = end <= len(data) and zlib.crc32(name + body) == check
        yield _Chunk(name, body, data[position:end], intact)
        position = end


def _is_needed(chunk: _Chunk, colours: int, *, moving: bool) -> bool:
    if not chunk.name[0] & 0x20:  # a capital letter: no decoder may ignore the chunk
        return True
    if chunk.name in _ANIMATION:
        return moving
    if chunk.name == b"tRNS":
        sound = len(chunk.data) in _TRANSPARENCY.get(colours, ())
    elif chunk.name == b"iCCP":
        sound = _is_profile(chunk.data)
    else:
        sound = chunk.name == b"eXIf" or (chunk.name in _TEXTS and _is_metadata(chunk))
    return sound and chunk.intact


def _is_profile(data: bytes) -> bool:
    method_and_profile = data.partition(b"\0")[2]
    return method_and_profile[:1] == b"\0" and _unpacks(method_and_profile[1:])


def _is_metadata(chunk: _Chunk) -> bool:
    """Whether a text is XMP or EXIF, as some programs write it, and not too large."""
    if not chunk.data.startswith(_KEYWORDS) or len(chunk.data) > LARGEST_TEXT:
        return False
    text = chunk.data.partition(b"\0")[2]
    if chunk.name == b"zTXt":
        return text[:1] == b"\0" and _unpacks(text[1:])
    if chunk.name == b"iTXt" and text[:1] == b"\1":
        return text[1:2] == b"\0" and _unpacks(text[2:].split(b"\0", 2)[-1])
    return True


def _unpacks(packed: bytes) -> bool:
    unpacker = zlib.decompressobj()
    try:
        unpacker.decompress(packed, LARGEST_TEXT)
    except zlib.error:
        return False
    return not unpacker.unconsumed_tail
