"""Properties of a JPEG that libjpeg does not report: its scans, and whether it is complete."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tui.images.repair.jpeg_end import has_end_marker

if TYPE_CHECKING:
    from typing import BinaryIO

    from PIL import Image

_GREY = frozenset({127, 128})
"""The grey of coefficients that are all 0; 127 if inks are inverted."""

_LARGEST_FILE = 1 << 28
"""The largest file that is searched, and that ``repair.repairs`` can find complete."""

_BLOCK = 1 << 20
_TOO_MANY = 1 << 16

_FILLING = b"\0\0"
_START_OF_SCAN = b"\xff\xda"


def scans_of(file: BinaryIO, image: Image.Image) -> int:
    """Return how many scans a JPEG has, 1 for other formats.

    A file of a few megapixels may contain thousands of scans, each of which covers all pixels.
    libjpeg reads only one if the first contains all components. The marker can't occur within a
    scan's data, so the count is right, or too high.
    """
    if image.format not in ("JPEG", "MPO"):
        return 1
    start = file.tell()
    if image.info.get("progressive") or not _first_scan_is_all(file, getattr(image, "layers", 0)):
        scans = _count(file)
    else:
        scans = 1
    file.seek(start)
    return scans


def _count(file: BinaryIO) -> int:
    """Count the starts of scans; a file that is too large to search gets too high a count."""
    file.seek(0)
    scans, before = 0, b""
    for _ in range(_LARGEST_FILE // _BLOCK):
        block = file.read(_BLOCK)
        if not block:
            return scans
        scans += (before + block).count(_START_OF_SCAN)
        before = block[-1:]
    return _TOO_MANY


def is_filled_up(file: BinaryIO) -> bool:
    """Whether a JPEG ends in zeros instead of an end marker, which libjpeg decodes as pixels.

    Some programs reserve a file's space before they write it; cameras write zeros after the end.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - len(_FILLING)))
    if file.read() != _FILLING or size > _LARGEST_FILE:
        return False
    file.seek(0)
    return not has_end_marker(file.read())


def ends_in_grey(file: BinaryIO, image: Image.Image) -> bool:
    """Whether the last pixel of a loaded JPEG has the grey that libjpeg uses for missing data.

    A file that was truncated and then given an end marker ends in it, and so do a few complete
    ones.
    """
    last = image.getpixel((image.width - 1, image.height - 1))
    if not _GREY.issuperset(last if isinstance(last, tuple) else (last,)):
        return False
    return file.seek(0, os.SEEK_END) <= _LARGEST_FILE


def _first_scan_is_all(file: BinaryIO, components: int) -> bool:
    """Whether the scan header before this position has that many components (ITU-T T.81, B.2.3).

    Pillow has just read it: marker, length, number of components, two bytes for each, three more.
    """
    length = 6 + 2 * components
    file.seek(max(0, file.tell() - length - len(_START_OF_SCAN)))
    header = file.read(length + len(_START_OF_SCAN))
    expected = _START_OF_SCAN + length.to_bytes(2, "big") + bytes([components])
    return header.startswith(expected) and header.rfind(_START_OF_SCAN) == 0
