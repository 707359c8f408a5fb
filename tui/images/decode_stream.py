"""Decodes an open file of a format that Pillow reads, in the cheapest correct way.

* JPEG: libjpeg decodes at 1/2, 1/4 or 1/8 size if that is large enough (``Image.draft``). EXIF
  thumbnails are not used, since editors leave outdated ones.
* JPEG 2000: fewer resolution levels, for the same reason.
* All others are decoded in full, then shrunk by a whole factor before any colour work.

A truncated JPEG is rejected, not shown in part: its missing half can't be searched, and the user
should learn which pictures are damaged.
"""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING

from PIL import Image, PngImagePlugin

from tui.core.errors import DecodeError
from tui.images.colour import simplify, to_srgb
from tui.images.decode_types import DecodeCost, DecodedImage, DecodeRequest
from tui.images.jpeg import scans_of
from tui.images.jpeg2000 import choose_resolution
from tui.images.levels import FULL, Levels, levels_of
from tui.images.metadata.blocks import add_metadata_blocks
from tui.images.metadata.exif import exif_of, orientation_of, read_info
from tui.images.plugins import load_plugin, title_of
from tui.images.repair.missing_data import lacks_data
from tui.images.repair.png_chunks import LARGEST_TEXT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from tui.images.decode_types import Reserve

MAX_PIXELS = 1 << 28
"""268 megapixels (16,384 squared): in RGB 1 GiB in Pillow, as much as the sandbox can hold."""

MAX_PIXELS_JPEG = 1 << 29
"""537 megapixels: a JPEG is decoded at an eighth of its size, so that panoramas still fit."""

MOST_FRAME_PIXELS = 1 << 26
"""Frames of an animation after this many pixels in all are ignored."""

LONGEST_SIDE = 16_384
"""A strip that is longer than this after shrinking is cropped to its middle."""


Image.MAX_IMAGE_PIXELS = MAX_PIXELS_JPEG  # Pillow itself rejects twice as many.
PngImagePlugin.MAX_TEXT_CHUNK = LARGEST_TEXT
warnings.filterwarnings("ignore", module=r"(PIL|pillow_jxl|pillow_heif)\b")

_ANIMATED = frozenset({"GIF", "WEBP", "PNG", "AVIF"})

_COPIES = {"JPEG2000": 3, "PSB": 2}
"""Memory factors for decoders that also keep each channel separately."""

_UNKNOWN_COST = 1 << 29

_MANY_SCANS = 64
"""Encoders write about ten; libjpeg's own defence against bombs stops at 500."""

_SIDEWAYS = frozenset({5, 6, 7, 8})

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def decode_stream(
    file: BinaryIO, kind: str, request: DecodeRequest, reserve: Reserve, *, complete: bool = False
) -> DecodedImage:
    """Decode an open file of the format that Pillow calls ``kind``.

    ``complete``: no data is missing, so the result need not be checked for that.
    """
    load_plugin(kind)
    if kind == "JXL":  # Its plugin decodes the file before the size is known.
        reserve(DecodeCost(_UNKNOWN_COST))
    with Image.open(file, formats=(kind,)) as image:
        size = _check_size(image, kind)
        if kind in ("PSD", "PSB"):
            _check_photoshop(image)
        add_metadata_blocks(image, file)
        _choose_scale(file, image, request)
        if kind != "JXL":
            reserve(_cost(image, kind, size, scans_of(file, image)))
        image.load()
        if not complete and lacks_data(file, image, kind):
            raise OSError("truncated")
        exif = exif_of(image)
        turn = _orientation(image, exif)
        levels = levels_of(image)
        frames = [
            finish(frame, request, turn, levels) for frame in _frames(image, kind, request.frames)
        ]
    shown_size = size[::-1] if turn in _SIDEWAYS else size
    info = read_info(exif, shown_size, title_of(kind), image.info)
    return DecodedImage(frames[0], info, tuple(frames[1:]))


def finish(
    image: Image.Image, request: DecodeRequest, turn: int, levels: Levels = FULL
) -> Image.Image:
    """Shrink a decoded picture to about the requested size, in sRGB and upright.

    Args:
        image: any mode.
        request: the required size.
        turn: EXIF's orientation, 1 to 8.
        levels: the levels of the file's samples.
    """
    factor = int(1 / request.scale(image.size, turned=turn in _SIDEWAYS))
    simple = simplify(image, levels)
    small = _crop_to_middle(simple.reduce(factor) if factor > 1 else simple)
    return upright(to_srgb(small, image.info.get("icc_profile")), turn)


def upright(image: Image.Image, turn: int) -> Image.Image:
    """Undo EXIF's orientation, 1 to 8."""
    return image.transpose(_UPRIGHT[turn]) if turn in _UPRIGHT else image


def _check_size(image: Image.Image, kind: str) -> tuple[int, int]:
    limit = MAX_PIXELS_JPEG if kind == "JPEG" else MAX_PIXELS
    pixels = image.width * image.height
    if pixels > limit:
        raise DecodeError(f"It has {pixels / 1e6:,.0f} megapixels; the limit is {limit / 1e6:.0f}.")
    if pixels == 0:
        raise DecodeError("It has no pixels.")
    return image.size


def _check_photoshop(image: Image.Image) -> None:
    from tui.images.photoshop import require_merged_picture

    require_merged_picture(getattr(image, "resources", ()))


def _choose_scale(file: BinaryIO, image: Image.Image, request: DecodeRequest) -> None:
    """Ask the decoder for a smaller picture, if it can make one."""
    kind = image.format
    if kind in ("JPEG", "MPO"):
        scale = request.scale(image.size, turned=orientation_of(exif_of(image)) in _SIDEWAYS)
        image.draft(None, (math.ceil(image.width * scale), math.ceil(image.height * scale)))
    elif kind == "JPEG2000":
        choose_resolution(file, image, request.scale(image.size))


def _cost(image: Image.Image, kind: str, full: tuple[int, int], scans: int) -> DecodeCost:
    """Estimate the memory: the pixels as Pillow stores them, twice while they are converted.

    For a JPEG of several scans, libjpeg also keeps all coefficients, whatever the scale: two bytes
    each, up to three for a pixel.
    """
    memory = 2 * 4 * image.width * image.height * _COPIES.get(kind, 1)
    if scans > 1:
        memory += 2 * 3 * full[0] * full[1]
    animated = kind in _ANIMATED and getattr(image, "is_animated", False)
    return DecodeCost(memory, slow=animated or scans > _MANY_SCANS)


def _orientation(image: Image.Image, exif: Image.Exif) -> int:
    # JPEG XL pixels are already upright, unless they come as the JPEG that they were made from.
    if image.format == "JXL" and not getattr(image, "jpeg", False):
        return 1
    return orientation_of(exif)


def _frames(image: Image.Image, kind: str, most: int) -> Iterator[Image.Image]:
    """Yield the first frame and up to ``most - 1`` later ones, spread over the animation."""
    if most < 2 or kind not in _ANIMATED or not getattr(image, "is_animated", False):
        yield image
        return
    yield image.copy()  # Seeking changes the pixels in place.
    count = getattr(image, "n_frames", 1)
    count = min(count, max(1, MOST_FRAME_PIXELS // (image.width * image.height)))
    for number in sorted({position * count // most for position in range(1, most)} - {0}):
        try:
            image.seek(number)
            image.load()
        except Exception:  # Broken or a bomb: the earlier frames represent the animation.
            return
        yield image.copy()


def _crop_to_middle(image: Image.Image) -> Image.Image:
    width, height = min(image.width, LONGEST_SIDE), min(image.height, LONGEST_SIDE)
    if (width, height) == image.size:
        return image
    left, top = (image.width - width) // 2, (image.height - height) // 2
    return image.crop((left, top, left + width, top + height))
