"""Reads the date, camera, position and orientation from a picture's metadata.

Sources: Exif 3.0 (CIPA DC-008-2023); XMP (``xmp``); IPTC-IIM 4.2, datasets 2:55, 2:60, 2:62 and
2:63; the PNG keyword "Creation Time". Cameras, phones and editors write anything, so every fact is
read separately and is None if it is invalid.

Order of trust, after the Metadata Working Group's "Guidelines for Handling Image Metadata" 2.0,
which reads Exif first and distinguishes the shot from its digital copy and from an edit:

1. the date of the shot: Exif's DateTimeOriginal, also where a program wrote it into the main
   directory; XMP's exif:DateTimeOriginal and photoshop:DateCreated; IPTC's date created;
2. the date of the digital copy: Exif's DateTimeDigitized; XMP's exif:DateTimeDigitized and
   xmp:CreateDate; IPTC's digital creation date;
3. the date of the last edit: Exif's DateTime;
4. the container: PNG's "Creation Time".

Camera and position come from Exif, else from XMP.
"""

from __future__ import annotations

import math
import re
import struct
from functools import cached_property
from typing import TYPE_CHECKING, Any

from PIL import ExifTags, Image

from tui.core.domain import PictureInfo
from tui.images.metadata.dates import parse_date, parse_iptc_date, parse_text_date
from tui.images.metadata.xmp import read_xmp

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_XMP_TAG = 0x02BC
_IPTC_TAG = 0x83BB
_IPTC_RESOURCE = 0x0404
_IPTC_BYTES = 1 << 16
_LONGEST_NAME = 80
_STRAY_SIGNS = re.compile(r"^[^\w(]+|[^\w)+!]+$")
_LEGAL_FORMS = re.compile(
    r"[\s,]+(?:corporation|corp\.?|company|co\.?|ltd\.?|inc\.?|gmbh|ag|imaging|optical|electronics)"
    r"(?=[\s,.]|$)",
    re.IGNORECASE,
)


def exif_of(image: Image.Image) -> Image.Exif:
    """Return the picture's EXIF, empty if there is none or it can't be read."""
    try:
        return image.getexif()
    except Exception:  # Pillow raises almost anything on invalid data; EXIF is never needed
        return Image.Exif()


def orientation_of(exif: Image.Exif) -> int:
    """Return EXIF's orientation, 1 to 8; 1 (upright) if it is missing or invalid."""
    value = _tag(exif, None, ExifTags.Base.Orientation)
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def read_info(
    exif: Image.Exif, size: tuple[int, int], title: str, blocks: Mapping[Any, Any] | None = None
) -> PictureInfo:
    """Return a picture's facts, each from the most trusted source that states it.

    Args:
        exif: the result of ``exif_of``.
        size: width and height of the whole picture, upright.
        title: the format's name.
        blocks: ``Image.info`` of the opened picture, with XMP, IPTC and PNG's text.
    """
    sources = _Sources(exif, blocks or {})
    latitude, longitude = _position(sources)
    return PictureInfo(
        width=size[0],
        height=size[1],
        format=title,
        taken_ns=next((date for date in _dates(sources) if date is not None), None),
        camera=_camera(sources),
        latitude=latitude,
        longitude=longitude,
    )


class _Sources:
    """The blocks of metadata of one picture; XMP and IPTC are parsed on first use."""

    def __init__(self, exif: Image.Exif, blocks: Mapping[Any, Any]) -> None:
        self.exif = exif
        self.blocks = blocks

    @cached_property
    def xmp(self) -> Mapping[str, str]:
        """Properties by prefixed name."""
        packet = self.blocks.get("xmp") or _tag(self.exif, None, _XMP_TAG)
        if isinstance(packet, tuple):
            packet = bytes(value & 0xFF for value in packet if isinstance(value, int))
        return read_xmp(packet) if isinstance(packet, bytes | str) else {}

    @cached_property
    def iptc(self) -> Mapping[int, str]:
        """The first value of each dataset of record 2."""
        resources = self.blocks.get("photoshop")
        block = self.blocks.get("iptc")
        if block is None and isinstance(resources, dict):
            block = resources.get(_IPTC_RESOURCE)
        if block is None:
            block = _tag(self.exif, None, _IPTC_TAG)
        if isinstance(block, tuple):  # Photoshop declares the bytes as a list of longs.
            longs = [value for value in block if isinstance(value, int) and 0 <= value < 1 << 32]
            block = struct.pack(f"{self.exif.endian or '<'}{len(longs)}I", *longs)
        return _read_iptc(block) if isinstance(block, bytes) else {}

    def text(self, key: str) -> str:
        """Return a text chunk of a PNG."""
        value = self.blocks.get(key)
        return str(value)[:_LONGEST_NAME] if isinstance(value, str) else ""


def _dates(sources: _Sources) -> Iterator[int | None]:
    """Yield the picture's dates in the module's order of trust."""
    yield _exif_date(sources, ExifTags.Base.DateTimeOriginal)
    yield parse_date(sources.xmp.get("exif:DateTimeOriginal", ""))
    yield parse_date(sources.xmp.get("photoshop:DateCreated", ""))
    yield parse_iptc_date(sources.iptc.get(55, ""), sources.iptc.get(60, ""))
    yield _exif_date(sources, ExifTags.Base.DateTimeDigitized)
    yield parse_date(sources.xmp.get("exif:DateTimeDigitized", ""))
    yield parse_date(sources.xmp.get("xmp:CreateDate", ""))
    yield parse_iptc_date(sources.iptc.get(62, ""), sources.iptc.get(63, ""))
    yield parse_date(_text(_tag(sources.exif, None, ExifTags.Base.DateTime)))
    yield parse_text_date(sources.text("Creation Time"))


def _exif_date(sources: _Sources, tag: int) -> int | None:
    """Return a date of the Exif directory, else of the same tag in the main directory."""
    date = parse_date(_text(_tag(sources.exif, ExifTags.IFD.Exif, tag)))
    return parse_date(_text(_tag(sources.exif, None, tag))) if date is None else date


def _read_iptc(block: bytes) -> dict[int, str]:
    """Return the datasets of record 2 (IPTC-IIM 4.2, section 1.6), up to the first damage."""
    datasets: dict[int, str] = {}
    position, end = 0, min(len(block), _IPTC_BYTES)
    while position + 5 <= end and block[position] == 0x1C:
        record, dataset, length = struct.unpack_from(">BBH", block, position + 1)
        if length & 0x8000:  # A length in more than two bytes: too long for a date.
            break
        position += 5
        if record == 2:
            value = block[position : min(position + length, end)].decode("latin-1")
            datasets.setdefault(dataset, value)
        position += length
    return datasets


def _tag(exif: Image.Exif, ifd: int | None, tag: int) -> Any:
    try:
        return (exif if ifd is None else exif.get_ifd(ifd)).get(tag)
    except Exception:  # As above.
        return None


def _camera(sources: _Sources) -> str | None:
    """Join maker and model, without the maker's legal form and without repeating the name."""
    maker = _name(sources, ExifTags.Base.Make, "tiff:Make")
    model = _name(sources, ExifTags.Base.Model, "tiff:Model")
    maker = _LEGAL_FORMS.sub("", maker).strip(" ,.")
    if maker.isupper() and len(maker) > 4:
        maker = maker.title()
    if maker and model.casefold().startswith(maker.casefold()):
        if model[len(maker) : len(maker) + 1] in ("-", "_"):
            return model[:_LONGEST_NAME]
        model = model[len(maker) :].strip()
    return f"{maker} {model}".strip()[:_LONGEST_NAME] or None


def _name(sources: _Sources, tag: int, xmp: str) -> str:
    """Return a name without the quotes, brackets and other signs around it."""
    text = _text(_tag(sources.exif, None, tag)) or _text(sources.xmp.get(xmp))
    return _STRAY_SIGNS.sub("", text.replace("\N{REPLACEMENT CHARACTER}", "")).strip()


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str):
        return ""
    printable = "".join(c if c.isprintable() else " " for c in value.partition("\0")[0])
    return " ".join(printable.split())


def _position(sources: _Sources) -> tuple[float | None, float | None]:
    gps = _ifd(sources.exif, ExifTags.IFD.GPSInfo)
    latitude = _degrees(gps, ExifTags.GPS.GPSLatitude, ExifTags.GPS.GPSLatitudeRef, "S", 90)
    longitude = _degrees(gps, ExifTags.GPS.GPSLongitude, ExifTags.GPS.GPSLongitudeRef, "W", 180)
    if latitude is None or longitude is None:
        latitude = _xmp_degrees(sources.xmp.get("exif:GPSLatitude", ""), "NS", 90)
        longitude = _xmp_degrees(sources.xmp.get("exif:GPSLongitude", ""), "EW", 180)
    if latitude is None or longitude is None or latitude == longitude == 0:
        return None, None  # Cameras without a fix write zeros.
    return latitude, longitude


def _ifd(exif: Image.Exif, ifd: int) -> Mapping[int, Any]:
    try:
        return exif.get_ifd(ifd)
    except Exception:  # As above.
        return {}


def _degrees(
    gps: Mapping[int, Any], tag: int, reference: int, negative: str, limit: int
) -> float | None:
    """Return one coordinate; some programs write one number of degrees instead of three parts."""
    value = gps.get(tag)
    try:
        parts = [float(part) for part in (value if isinstance(value, tuple | list) else (value,))]
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return _signed(parts, _text(gps.get(reference)).upper().startswith(negative), limit)


def _xmp_degrees(text: str, signs: str, limit: int) -> float | None:
    """Return a coordinate of the form ``38,1.4S`` or ``38,1,24S``."""
    text = text.strip().upper()
    if text[-1:] not in tuple(signs):
        return None
    try:
        parts = [float(part) for part in text[:-1].split(",")]
    except ValueError:
        return None
    return _signed(parts, text.endswith(signs[1]), limit)


def _signed(parts: list[float], negative: bool, limit: int) -> float | None:
    """Add up degrees, minutes and seconds; minutes and seconds of 0/0 are unknown, so 0."""
    if not parts or math.isnan(parts[0]):
        return None
    value = sum(
        part / unit
        for part, unit in zip(parts, (1, 60, 3600), strict=False)
        if not math.isnan(part)
    )
    if not 0 <= value <= limit:
        return None
    return -value if negative else value
