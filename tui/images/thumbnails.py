"""Decodes small pictures for display, as cheaply as their files allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

from tui.images.decode_types import DecodeRequest
from tui.images.decoder import shared_decoder

if TYPE_CHECKING:
    from pathlib import Path


def thumbnail(path: Path, width: int, height: int) -> Image.Image:
    """Read a picture for display: RGB, sRGB, upright, as large as fits the box.

    Small pictures are not enlarged. Thread-safe; decodes a JPEG at the smallest sufficient scale.

    Args:
        path: the file.
        width: of the box, in pixels.
        height: of the box, in pixels.

    Raises:
        DecodeError: the file can't be read as a picture; the message says why.
    """
    picture = shared_decoder().read(path, DecodeRequest(width, height, cover=False))
    whole = _shape_shown(picture.image.size, (picture.info.width, picture.info.height))
    scale = min(1.0, width / whole[0], height / whole[1])
    size = (max(1, round(whole[0] * scale)), max(1, round(whole[1] * scale)))
    if picture.image.size == size:
        return picture.image
    return picture.image.resize(size, Image.Resampling.LANCZOS)


def _shape_shown(decoded: tuple[int, int], whole: tuple[int, int]) -> tuple[float, float]:
    """Return the largest size within ``whole`` that does not stretch the decoded picture.

    The preview in a raw file may show another part of the sensor, in another shape. If the shapes
    differ by rounding only, that is ``whole``.
    """
    ratio = whole[1] / whole[0]
    if abs(decoded[1] - decoded[0] * ratio) <= 2 * (1 + ratio):
        return whole
    scale = min(whole[0] / decoded[0], whole[1] / decoded[1])
    return decoded[0] * scale, decoded[1] * scale
