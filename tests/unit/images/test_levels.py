"""Greys and colours of more than 8 bits: which value is white."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.support.pictures.odd_images import difference, png, save_bytes, scene
from tui.images.decoder import read_picture
from tui.images.thumbnails import thumbnail

GREY = scene().convert("L")
SHADES = np.asarray(GREY).astype(np.uint16)
SHOWN = GREY.convert("RGB")
BITS, PHOTOMETRIC, MOST, FORMAT = 258, 262, 281, 339


def tiff(values: NDArray[Any], *, bits: int = 0, photometric: int = 1, most: int = 0) -> bytes:
    """Return a little-endian TIFF of one strip (TIFF 6.0)."""
    height, width = values.shape[:2]
    samples = values.shape[2] if values.ndim == 3 else 1
    data = _packed(values) if bits == 12 else values.tobytes()
    bits = bits or values.dtype.itemsize * 8
    kind = {"f": 3, "i": 2, "u": 1}[values.dtype.kind]
    after = 8 + len(data) + len(data) % 2
    entries = [
        *((256, 4, width), (257, 4, height), (BITS, 3, bits), (259, 3, 1)),
        (PHOTOMETRIC, 3, 2 if samples == 3 else photometric),
        *((273, 4, 8), (277, 3, samples), (278, 4, height), (279, 4, len(data))),
        (FORMAT, 3, kind),
        *([(MOST, 3, most)] if most else []),
    ]
    table, extra = struct.pack("<H", len(entries)), b""
    end = after + 2 + 12 * len(entries) + 4
    for tag, type_, value in sorted(entries):
        if samples == 1 or tag not in (BITS, FORMAT):
            table += struct.pack("<HHII", tag, type_, 1, value)
        else:
            table += struct.pack("<HHII", tag, type_, samples, end + len(extra))
            extra += struct.pack("<H", value) * samples
    body = data + b"\0" * (len(data) % 2)
    return b"II*\0" + struct.pack("<I", after) + body + table + b"\0" * 4 + extra


def _packed(values: NDArray[Any]) -> bytes:
    pairs = values.reshape(-1, 2).astype(int)
    first, second = pairs[:, 0], pairs[:, 1]
    three = (first >> 4, (first & 15) << 4 | second >> 8, second & 255)
    return np.stack(three, axis=-1).astype(np.uint8).tobytes()


def read(folder: Path, data: bytes, name: str = "a.tif") -> Image.Image:
    return read_picture(save_bytes(folder / name, data), 1000).image


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
@pytest.mark.parametrize("stated", [False, True])
def test_the_white_of_the_camera_is_white(tmp_path: Path, bits: int, stated: bool) -> None:
    white = (1 << bits) - 1
    values = (SHADES.astype(int) * white // 255).astype(np.uint16)
    most = white if stated else 0
    assert difference(read(tmp_path, tiff(values, most=most)), SHOWN) < 2
    assert difference(read(tmp_path, tiff(values.astype(np.int32), most=most)), SHOWN) < 2


def test_a_plausible_white_in_the_file_is_used(tmp_path: Path) -> None:
    assert difference(read(tmp_path, tiff(SHADES * 64, most=16_383)), SHOWN) < 2
    dark = read(tmp_path, tiff(SHADES, most=65_535))
    assert np.asarray(dark).max() == 0
    too_low = read(tmp_path, tiff(SHADES * 257, most=100))
    assert difference(too_low, SHOWN) < 2


def test_a_dark_picture_with_enough_levels_stays_dark(tmp_path: Path) -> None:
    values = SHADES * 32
    assert np.asarray(read(tmp_path, tiff(values))).max() == int(values.max()) >> 8


def test_a_black_picture_stays_black(tmp_path: Path) -> None:
    assert np.asarray(read(tmp_path, tiff(SHADES * 0))).max() == 0


def test_packed_12_bits_are_read(tmp_path: Path) -> None:
    assert difference(read(tmp_path, tiff(SHADES * 16 + 15, bits=12)), SHOWN) < 2


def test_white_may_be_zero(tmp_path: Path) -> None:
    assert difference(read(tmp_path, tiff(65_535 - SHADES * 257, photometric=0)), SHOWN) < 2
    few = 255 - SHADES.astype(np.uint8)
    assert difference(read(tmp_path, tiff(few, photometric=0)), SHOWN) < 2


@pytest.mark.parametrize("most", [0, 4095])
def test_colours_of_12_bits_are_not_black(tmp_path: Path, most: int) -> None:
    values = np.asarray(scene()).astype(np.uint16) * 16
    assert difference(read(tmp_path, tiff(values, most=most)), scene()) < 16


def test_colours_of_16_bits_are_unchanged(tmp_path: Path) -> None:
    values = np.asarray(scene()).astype(np.uint16) * 257
    assert difference(read(tmp_path, tiff(values)), scene()) == 0
    darker = values // 8
    assert np.asarray(read(tmp_path, tiff(darker))).max() == int(darker.max()) >> 8


def test_png_and_ppm_of_12_bits_are_scaled(tmp_path: Path) -> None:
    values = SHADES * 16 + 15
    assert difference(read(tmp_path, png(values, colour_type=0), "a.png"), SHOWN) < 2
    stated = b"P5 96 72 4095\n" + values.astype(">u2").tobytes()
    assert difference(read(tmp_path, stated, "a.pgm"), SHOWN) < 2
    dark = b"P5 96 72 65535\n" + values.astype(">u2").tobytes()
    assert np.asarray(read(tmp_path, dark, "b.pgm")).max() <= 16


def test_a_thumbnail_shows_the_same(tmp_path: Path) -> None:
    path = save_bytes(tmp_path / "a.tif", tiff(SHADES * 16))
    assert difference(thumbnail(path, 48, 36), SHOWN.resize((48, 36))) < 4


def test_jpeg_2000_of_16_bits_is_scaled(tmp_path: Path) -> None:
    stream = io.BytesIO()
    Image.fromarray(SHADES * 257).save(stream, "JPEG2000")
    assert difference(read(tmp_path, stream.getvalue(), "a.jp2"), SHOWN) < 2
