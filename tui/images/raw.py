"""Camera raw files, through LibRaw: the embedded preview if it is large enough, else the sensor.

A preview is the camera's own rendering of the shot, in its colours, and costs a JPEG; the sensor is
demosaiced at half size, which costs ten times as much. If the container shows that the file is
truncated, the sensor's data is read as well, since the preview may be intact all the same.

The date and the camera come from the raw file if it is a TIFF (all but CR3 and RAF), else from the
preview.
"""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import rawpy
from PIL import Image

from tui.core.errors import DecodeError
from tui.images.decode_stream import decode_stream, finish, upright
from tui.images.decode_types import DecodeCost, DecodedImage, DecodeRequest
from tui.images.errors import BrokenError
from tui.images.metadata.exif import exif_of, orientation_of, read_info
from tui.images.repair.truncation import raw_is_cut_off

if TYPE_CHECKING:
    from typing import BinaryIO

    from tui.core.domain import PictureInfo
    from tui.images.decode_types import Reserve

_BYTES_A_PIXEL = 8
"""For the sensor: its 16 bits, the half-size picture in four 16-bit channels, and some reserve."""

_TURNS = {0: 1, 1: 2, 2: 4, 3: 3, 4: 5, 5: 8, 6: 6, 7: 7}
"""LibRaw's flip to EXIF's orientation: 1 mirrors columns, 2 rows, and 4 first swaps the sides.

LibRaw API documentation, ``libraw_image_sizes_t::flip``.
"""


class UnsupportedRawError(DecodeError):
    """LibRaw does not recognize the file as raw."""


def decode_raw(
    file: BinaryIO, title: str, request: DecodeRequest, reserve: Reserve
) -> DecodedImage:
    """Decode a raw file; ``title`` is the kind, such as ``NEF``.

    Raises:
        UnsupportedRawError: it is not a raw file that LibRaw supports.
        DecodeError: LibRaw can't read it.
    """
    exif = _tiff_exif(file)
    try:
        with rawpy.imread(file) as raw:
            sizes = raw.sizes
            reserve(DecodeCost(sizes.raw_width * sizes.raw_height * _BYTES_A_PIXEL))
            turn = _TURNS.get(sizes.flip, 1)
            size = (sizes.height, sizes.width) if turn >= 5 else (sizes.width, sizes.height)
            info = read_info(exif, size, title)
            preview = _preview(raw, turn, size, request)
            if preview is not None:
                if raw_is_cut_off(file):
                    raw.unpack()  # It reads all of the sensor's data, or raises.
                return DecodedImage(preview.image, _fill_gaps(info, preview.info))
            pixels = raw.postprocess(half_size=True, use_camera_wb=True, output_bps=8)
    except (rawpy.LibRawFileUnsupportedError, rawpy.LibRawNotImplementedError) as error:
        raise UnsupportedRawError("This camera raw file is broken or not supported.") from error
    except rawpy.LibRawUnsufficientMemoryError as error:
        raise MemoryError from error
    except rawpy.LibRawIOError as error:
        raise BrokenError("Truncated file: a part of the picture is missing.") from error
    except rawpy.LibRawError as error:
        raise BrokenError("The file is broken: it can't be read as camera raw.") from error
    return DecodedImage(finish(Image.fromarray(pixels), request, 1), info)


def _preview(
    raw: rawpy.RawPy, turn: int, size: tuple[int, int], request: DecodeRequest
) -> DecodedImage | None:
    """Return the embedded preview upright, or None if it is missing, small or broken."""
    try:
        thumb = raw.extract_thumb()
        if isinstance(thumb.data, bytes):
            picture = _jpeg_preview(thumb.data, turn, request)
        else:
            image = Image.fromarray(thumb.data)
            info = read_info(Image.Exif(), image.size, "RAW")
            picture = DecodedImage(finish(image, request, turn), info)
    except Exception:  # A broken preview says nothing about the sensor's data.
        return None
    needed = request.scale(size) * min(size) / 2
    return picture if min(picture.image.size) >= needed else None


def _jpeg_preview(data: bytes, turn: int, request: DecodeRequest) -> DecodedImage:
    if turn >= 5:
        request = replace(request, width=request.height, height=request.width)
    picture = decode_stream(io.BytesIO(data), "JPEG", request, lambda _: None)
    # Some cameras also write the orientation into the preview, some only into the raw file.
    with Image.open(io.BytesIO(data), formats=("JPEG",)) as opened:
        own_turn = orientation_of(exif_of(opened))
    if own_turn != 1:
        return picture
    return DecodedImage(upright(picture.image, turn), picture.info)


def _fill_gaps(info: PictureInfo, other: PictureInfo) -> PictureInfo:
    """Return ``info`` with its missing facts taken from ``other``."""
    facts = ("taken_ns", "camera", "latitude", "longitude")
    missing = {name: getattr(other, name) for name in facts if getattr(info, name) is None}
    return replace(info, **missing)


def _tiff_exif(file: BinaryIO) -> Image.Exif:
    exif = Image.Exif()
    try:
        exif.load_from_fp(file)
    except Exception:  # Not a TIFF, or an invalid one.
        exif = Image.Exif()
    file.seek(0)
    return exif
