"""Metadata blocks that Pillow does not read: Photoshop's resources and JPEG 2000's boxes.

Formats: Adobe Photoshop File Formats Specification, "Image Resource IDs" (1028 IPTC, 1058 Exif,
1060 XMP); ISO/IEC 15444-1 annex I (JP2 boxes) and ISO/IEC 18181-2 (JPEG XL boxes, whose XMP is in
``xml ``). The UUIDs of JP2's Exif and XMP boxes are those of the JPEG 2000 Exif convention and of
the XMP specification, part 3.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from PIL import Image

_RESOURCES = {1028: "iptc", 1058: "exif", 1060: "xmp"}
_UUIDS = {
    b"JpgTiffExif->JP2": "exif",
    bytes.fromhex("be7acfcb97a942e89c71999491e3afac"): "xmp",
    bytes.fromhex("33c7a4d2b81d4723a0baf1a3e097ad38"): "iptc",
}
_LARGEST_BLOCK = 1 << 22
_MOST_BOXES = 200
_BOX = struct.Struct(">I4s")


def add_metadata_blocks(image: Image.Image, file: BinaryIO) -> None:
    """Add the Exif, XMP and IPTC blocks of an opened picture to ``image.info``.

    Call it before the pixels are loaded. The position in the file is restored.

    Args:
        image: as ``Image.open`` returned it.
        file: the file that it was opened from.
    """
    if image.format == "PSD":
        blocks = list(_photoshop_blocks(image))
    elif image.format in ("JPEG2000", "JXL"):
        blocks = _box_blocks(file)
    else:
        return
    for name, data in blocks:
        image.info.setdefault(name, data)


def _photoshop_blocks(image: Any) -> Iterator[tuple[str, bytes]]:
    for number, _name, data in getattr(image, "resources", ()):
        if number in _RESOURCES:
            yield _RESOURCES[number], data


def _box_blocks(file: BinaryIO) -> list[tuple[str, bytes]]:
    start = file.tell()
    try:
        return list(_boxes(file))
    except (OSError, ValueError, struct.error):  # The boxes have invalid lengths.
        return []
    finally:
        file.seek(start)


def _boxes(file: BinaryIO) -> Iterator[tuple[str, bytes]]:
    end = file.seek(0, 2)
    position = 0
    for _ in range(_MOST_BOXES):
        file.seek(position)
        header = file.read(_BOX.size)
        if len(header) < _BOX.size:
            return
        length, kind = _BOX.unpack(header)
        body = position + _BOX.size
        if length == 1:  # The length is in the next eight bytes.
            (length,) = struct.unpack(">Q", file.read(8))
            body += 8
        after = position + length if length else end
        if not body <= after <= end:
            return
        size = min(after - body, _LARGEST_BLOCK)
        if kind == b"uuid":
            file.seek(body)
            name = _UUIDS.get(file.read(16))
            if name is not None:
                yield name, file.read(max(0, size - 16))
        elif kind == b"xml ":
            file.seek(body)
            yield "xmp", file.read(size)
        position = after
