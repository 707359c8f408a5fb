"""Describes the exposure of a photograph in a few readable lines, from its EXIF.

Tags: Exif 3.0 (CIPA DC-008-2023), section 4.6. Invalid values are skipped.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from PIL import ExifTags, Image

from tui.images.metadata.exif import exif_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

_FORMATS = ["JPEG", "MPO", "PNG", "WEBP", "TIFF"]
_LONGEST = 60


def read_exposure(path: Path) -> list[tuple[str, str]]:
    """Return labels and values of a file's EXIF; empty if there is none or it can't be read.

    Reads the head of the file, so call it in a worker.
    """
    try:
        with path.open("rb") as file, Image.open(file, formats=_FORMATS) as image:
            exif = exif_of(image)
            base: Mapping[int, Any] = dict(exif)
            shot: Mapping[int, Any] = exif.get_ifd(ExifTags.IFD.Exif)
    except Exception:  # whatever the file contains; it is shown without these lines
        return []
    values = {**base, **shot}
    lines = []
    for label, tag, say in _LINES:
        with contextlib.suppress(TypeError, ValueError, ZeroDivisionError, OverflowError):
            if text := say(values[tag]) if tag in values else "":
                lines.append((label, text))
    return lines


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return str(value).replace("\0", " ").strip()[:_LONGEST] if isinstance(value, str) else ""


def _positive(value: Any) -> float:
    number = float(value[0] if isinstance(value, tuple) else value)
    if not 0 < number < 1e6:
        raise ValueError(value)
    return number


def _exposure(value: Any) -> str:
    seconds = _positive(value)
    return f"1/{round(1 / seconds)} s" if seconds < 0.3 else f"{seconds:.3g} s"


def _aperture(value: Any) -> str:
    return f"f/{_positive(value):.3g}"


def _focal(value: Any) -> str:
    return f"{_positive(value):.4g} mm"


def _whole(value: Any) -> str:
    return f"{round(_positive(value)):,}"


def _flash(value: Any) -> str:
    return "fired" if int(value) & 1 else ""


_LINES: tuple[tuple[str, int, Callable[[Any], str]], ...] = (
    ("Lens", ExifTags.Base.LensModel, _text),
    ("Exposure", ExifTags.Base.ExposureTime, _exposure),
    ("Aperture", ExifTags.Base.FNumber, _aperture),
    ("ISO", ExifTags.Base.ISOSpeedRatings, _whole),
    ("Focal length", ExifTags.Base.FocalLength, _focal),
    ("Flash", ExifTags.Base.Flash, _flash),
    ("Artist", ExifTags.Base.Artist, _text),
    ("Copyright", ExifTags.Base.Copyright, _text),
    ("Title", ExifTags.Base.ImageDescription, _text),
    ("Software", ExifTags.Base.Software, _text),
)
