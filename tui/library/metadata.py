"""What a picture says of itself: EXIF's date, camera, place and orientation, all of it in doubt.

Tags and types: Exif 3.0 (CIPA DC-008-2023). Cameras, phones and editors write anything, so that
every fact is read on its own and is None where it makes no sense.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from PIL import ExifTags, Image

from tui.domain import PictureInfo

if TYPE_CHECKING:
    from collections.abc import Mapping

_DATES = (
    (ExifTags.IFD.Exif, ExifTags.Base.DateTimeOriginal),
    (ExifTags.IFD.Exif, ExifTags.Base.DateTimeDigitized),
    (None, ExifTags.Base.DateTime),
)
_DATE = re.compile(r"(\d{4})[:/.-](\d\d?)[:/.-](\d\d?)[ T](\d\d?):(\d\d?)(?::(\d\d?))?")
_FIRST_YEAR, _LAST_YEAR = 1900, 2100
_LONGEST_NAME = 80
_LEGAL_FORMS = re.compile(
    r"[\s,]+(?:corporation|corp\.?|company|co\.?|ltd\.?|inc\.?|gmbh|ag|imaging|optical|electronics)"
    r"(?=[\s,.]|$)",
    re.IGNORECASE,
)


def exif_of(image: Image.Image) -> Image.Exif:
    """Return the picture's EXIF, empty where there is none or where it can't be read."""
    try:
        return image.getexif()
    except Exception:  # Pillow's reader raises almost anything on a lie; EXIF is never needed.
        return Image.Exif()


def orientation_of(exif: Image.Exif) -> int:
    """Return EXIF's orientation, 1 to 8; 1 (upright) where it says nothing that makes sense."""
    value = _tag(exif, None, ExifTags.Base.Orientation)
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def read_info(exif: Image.Exif, size: tuple[int, int], title: str) -> PictureInfo:
    """Put together what is known of a picture.

    Args:
        exif: as ``exif_of`` returned it.
        size: width and height of the whole picture, upright.
        title: the format's name.
    """
    latitude, longitude = _place(exif)
    return PictureInfo(
        width=size[0],
        height=size[1],
        format=title,
        taken_ns=_taken(exif),
        camera=_camera(exif),
        latitude=latitude,
        longitude=longitude,
    )


def _tag(exif: Image.Exif, ifd: int | None, tag: int) -> Any:
    try:
        return (exif if ifd is None else exif.get_ifd(ifd)).get(tag)
    except Exception:  # As above.
        return None


def _taken(exif: Image.Exif) -> int | None:
    dates = (_parse_date(_text(_tag(exif, ifd, tag))) for ifd, tag in _DATES)
    return next((date for date in dates if date is not None), None)


def _parse_date(text: str) -> int | None:
    match = _DATE.match(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return None
    try:
        date = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    return int(date.timestamp()) * 1_000_000_000


def _camera(exif: Image.Exif) -> str | None:
    """Join maker and model, without the maker's legal form and without saying the name twice."""
    maker = _LEGAL_FORMS.sub("", _text(_tag(exif, None, ExifTags.Base.Make))).strip(" ,.")
    model = _text(_tag(exif, None, ExifTags.Base.Model))
    if maker.isupper() and len(maker) > 4:
        maker = maker.title()
    if model.casefold().startswith(maker.casefold()):
        model = model[len(maker) :].strip()
    return f"{maker} {model}".strip()[:_LONGEST_NAME] or None


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str):
        return ""
    printable = "".join(c if c.isprintable() else " " for c in value.partition("\0")[0])
    return " ".join(printable.split())


def _place(exif: Image.Exif) -> tuple[float | None, float | None]:
    gps = _ifd(exif, ExifTags.IFD.GPSInfo)
    latitude = _degrees(gps, ExifTags.GPS.GPSLatitude, ExifTags.GPS.GPSLatitudeRef, "S", 90)
    longitude = _degrees(gps, ExifTags.GPS.GPSLongitude, ExifTags.GPS.GPSLongitudeRef, "W", 180)
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
    try:
        parts = [float(part) for part in gps[tag]]
    except (KeyError, TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    value: float = sum(part / 60**place for place, part in enumerate(parts[:3]))
    if not parts or not math.isfinite(value) or not 0 <= value <= limit:
        return None
    return -value if _text(gps.get(reference)).upper().startswith(negative) else value
