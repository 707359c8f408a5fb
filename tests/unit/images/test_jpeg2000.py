"""JPEG 2000 of any size and any number of resolution levels, at every scale."""

from __future__ import annotations

import io
import math
import random
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.support.pictures.odd_images import difference, save_bytes, scene
from tui.images.decode_stream import decode_stream
from tui.images.decode_types import DecodeRequest
from tui.images.jpeg2000 import skippable_levels
from tui.images.thumbnails import thumbnail

SIZES = [(32, 32), (1001, 999), (1793, 1793), (2717, 61), (4001, 35), (1, 1), (1, 900)]


def encoded(image: Image.Image, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "JPEG2000", **options)
    return stream.getvalue()


def decoded(data: bytes, side: int) -> Image.Image:
    size = DecodeRequest(side, side, cover=True)
    return decode_stream(io.BytesIO(data), "JPEG2000", size, lambda cost: None).image


def assert_shows(data: bytes, picture: Image.Image, side: int) -> None:
    image = decoded(data, side)
    assert min(image.size) >= min(side, *picture.size)
    assert_alike(image, picture)


def assert_alike(image: Image.Image, picture: Image.Image) -> None:
    """In a picture of a few pixels, each represents a large part of the original."""
    bound = 40 if min(image.size) < 8 else 12
    assert difference(image, picture.resize(image.size)) < bound


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("side", [1, 64, 448, 9000])
def test_every_size_is_read_at_every_scale(size: tuple[int, int], side: int) -> None:
    picture = scene(*size)
    assert_shows(encoded(picture), picture, side)


@pytest.mark.parametrize("levels", range(1, 8))
@pytest.mark.parametrize("side", [1, 100])
def test_every_number_of_levels_is_read(levels: int, side: int) -> None:
    picture = scene(900, 301)
    data = encoded(picture, num_resolutions=levels)
    assert skippable_levels(io.BytesIO(data)) == levels - 1
    assert_shows(data, picture, side)


def test_random_sizes_levels_and_tiles_are_read() -> None:
    chance = random.Random(5)
    for _ in range(60):
        long, short = round(9000 ** chance.random()), chance.randint(1, 60)
        size = (long, short) if chance.random() < 0.5 else (short, long)
        options: dict[str, Any] = {"no_jp2": chance.random() < 0.5}
        most = max(1, min(7, int(math.log2(min(size))) + 1))
        if chance.random() < 0.5:
            options["num_resolutions"] = chance.randint(1, most)
        if chance.random() < 0.3:
            options["tile_size"] = (chance.randint(64, 300), chance.randint(64, 300))
        picture = scene(*size)
        side = chance.choice((1, 7, 30, 224))
        assert_shows(encoded(picture, **options), picture, side)


def test_photographs_of_random_sizes_are_read() -> None:
    chance = random.Random(8)
    for _ in range(5):
        picture = scene(chance.randint(1000, 2600), chance.randint(1000, 2600))
        assert_shows(encoded(picture), picture, 128)


@pytest.mark.parametrize("mode", ["L", "LA", "RGBA"])
@pytest.mark.parametrize("side", [1, 100, 2000])
def test_greys_and_alpha_are_read(mode: str, side: int) -> None:
    picture = scene(1201, 803)
    if "L" in mode:
        picture = picture.convert("L").convert("RGB")
    assert_shows(encoded(picture.convert(mode)), picture, side)


@pytest.mark.parametrize("side", [1, 100, 2000])
def test_sixteen_bits_are_read(side: int) -> None:
    grey = scene(1201, 803).convert("L")
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    assert_shows(encoded(deep), grey.convert("RGB"), side)


def box(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", 8 + len(data)) + kind + data


def test_metadata_boxes_are_skipped() -> None:
    """EXIF and GeoJP2 are in boxes of their own (ISO/IEC 15444-1, I.7.2), before or after."""
    picture = scene(1501, 1003)
    data = encoded(picture)
    start = data.index(b"jp2c") - 4
    exif = Image.Exif()
    exif[0x0132] = "2020:01:02 03:04:05"
    extra = box(b"uuid", b"JpgTiffExif->JP2" + exif.tobytes())
    extra += box(b"uuid", bytes.fromhex("b14bf8bd083d4b43a5ae8cd7d5a6ce03") + b"II*\0" * 300)
    extra += box(b"xml ", b"<metadata/>")
    for changed in (data[:start] + extra + data[start:], data + extra):
        assert skippable_levels(io.BytesIO(changed)) == 5
        assert_shows(changed, picture, 100)


def test_a_codestream_that_runs_to_the_end_of_the_file_is_read() -> None:
    picture = scene(1501, 1003)
    data = encoded(picture)
    start = data.index(b"jp2c") - 4
    whole = data[:start] + struct.pack(">I", 0) + data[start + 4 :]
    large = data[:start] + struct.pack(">I4sQ", 1, b"jp2c", len(data) - start + 8)
    for changed in (whole, large + data[start + 8 :]):
        assert skippable_levels(io.BytesIO(changed)) == 5
        assert_shows(changed, picture, 100)


@pytest.mark.parametrize("cut", [0, 3, 12, 60, 100, 200, 400])
def test_broken_markers_allow_no_reduction_or_a_correct_one(cut: int) -> None:
    data = encoded(scene(300, 200))
    assert skippable_levels(io.BytesIO(data[:cut])) in (0, 5)
    assert skippable_levels(io.BytesIO(data[:cut] + b"\xff" * 200)) in (0, 5)


def test_thumbnails_of_all_sizes_are_made(tmp_path: Path) -> None:
    picture = scene(4961, 701)
    path = save_bytes(tmp_path / "a.jp2", encoded(picture))
    for width in (32, 64, 128, 1000):
        shown = thumbnail(path, width, width)
        assert shown.width == width
        assert difference(shown, picture.resize(shown.size)) < 12
