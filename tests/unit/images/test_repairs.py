"""Files that are truncated or have broken side parts: read if no pixel is missing."""

from __future__ import annotations

import io
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, UnidentifiedImageError

from tests.support.pictures.decoding import WHOLE, encoded, read_or_reason
from tests.support.pictures.odd_images import (
    P3_LIKE,
    chunk,
    difference,
    icc_rgb,
    png,
    psd,
    save_bytes,
    scene,
    to_heic,
)
from tui.images import decoder as decode
from tui.images.decode_types import DecodedImage, DecodeRequest
from tui.images.decoder import Decoder
from tui.images.jpeg2000 import skippable_levels
from tui.images.repair.avif_alpha import with_alpha_size
from tui.images.repair.jpeg_end import two_ends
from tui.images.repair.png_chunks import without_side_chunks
from tui.images.repair.truncation import is_cut_off

SCENE = scene(160, 120)
INTERNALS = ("decoder error", "libjxl", "MAX_TEXT", "object", "Error", "plugin", "0x", "None")


# --- JPEG without its end marker ------------------------------------------------------------------

JPEGS: dict[str, dict[str, Any]] = {
    "baseline": {},
    "progressive": {"progressive": True},
    "fine": {"subsampling": 0, "quality": 95},
    "restarts": {"restart_marker_rows": 1},
    "many restarts": {"restart_marker_blocks": 3},
}


@pytest.mark.parametrize("kind", JPEGS)
@pytest.mark.parametrize("size", [(32, 32), (161, 119)])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_jpeg_without_its_end_marker_is_complete(
    decoder: Decoder, tmp_path: Path, kind: str, size: tuple[int, int], mode: str
) -> None:
    data = encoded("JPEG", scene(*size).convert(mode), **JPEGS[kind])
    whole = read_or_reason(decoder, tmp_path / "a.jpg", data)
    assert isinstance(whole, Image.Image)
    for end in (data[:-1], data[:-2], data[:-2] + b"\0" * 5000, data + b"\0" * 5000):
        image = read_or_reason(decoder, tmp_path / "a.jpg", end)
        assert isinstance(image, Image.Image), image
        assert difference(image, whole) == 0


@pytest.mark.parametrize("kind", JPEGS)
def test_a_jpeg_with_missing_pixels_is_truncated(
    decoder: Decoder, tmp_path: Path, kind: str
) -> None:
    data = encoded("JPEG", scene(161, 119), **JPEGS[kind])
    whole = read_or_reason(decoder, tmp_path / "a.jpg", data)
    assert isinstance(whole, Image.Image)
    for length in {*range(len(data) - 12, len(data) - 2), *range(4, len(data) - 2, 61)}:
        for padding in (b"", b"\0" * 3000):
            image = read_or_reason(decoder, tmp_path / "a.jpg", data[:length] + padding)
            if isinstance(image, Image.Image):  # only bits that no pixel needs are missing
                assert length > len(data) - 4
                assert difference(image, whole) == 0
            else:
                assert "Truncated" in image


@pytest.mark.parametrize("kind", ["progressive", "many restarts"])
def test_a_jpeg_that_ends_between_two_parts_is_truncated(
    decoder: Decoder, tmp_path: Path, kind: str
) -> None:
    """All existing scans and intervals are complete, but some are missing."""
    data = encoded("JPEG", scene(161, 119), **JPEGS[kind])
    marks = b"\xff\xda" if kind == "progressive" else b"\xff\xd3"
    places = [offset for offset in range(300, len(data)) if data.startswith(marks, offset)]
    assert len(places) >= 4
    for offset in places:
        image = read_or_reason(decoder, tmp_path / "a.jpg", data[:offset])
        assert isinstance(image, str)
        assert "Truncated" in image


def test_a_large_jpeg_without_its_end_marker_is_read_at_a_smaller_size(
    decoder: Decoder, tmp_path: Path
) -> None:
    picture = Image.new("L", (9000, 8000))
    picture.paste(scene(400, 400).convert("L"), (8600, 7600))
    data = encoded("JPEG", picture)
    small = DecodeRequest(100, 100, cover=True)
    assert isinstance(read_or_reason(decoder, tmp_path / "a.jpg", data[:-2], small), Image.Image)
    assert isinstance(read_or_reason(decoder, tmp_path / "a.jpg", data[:-400], small), str)


# --- every format, truncated at many lengths ------------------------------------------------------


def all_formats(folder: Path) -> dict[str, bytes]:
    import pillow_jxl  # noqa: F401 (registers itself)

    exif = Image.Exif()
    exif[0x0132] = "2020:01:02 03:04:05"
    save_bytes(folder / "source.png", encoded("PNG", SCENE))
    return {
        "a.png": encoded("PNG", SCENE),
        "a.gif": encoded("GIF", SCENE),
        "a.webp": encoded("WEBP", SCENE),
        "lossless.webp": encoded("WEBP", SCENE, lossless=True),
        "exif.webp": encoded("WEBP", SCENE, exif=exif),
        "a.avif": encoded("AVIF", SCENE),
        "a.heic": to_heic(folder / "source.png")[0].read_bytes(),
        "a.jxl": encoded("JXL", SCENE),
        "boxes.jxl": encoded("JXL", SCENE, exif=exif.tobytes()),
        "plain.tif": encoded("TIFF", SCENE),
        "lzw.tif": encoded("TIFF", SCENE, compression="tiff_lzw"),
        "zip.tif": encoded("TIFF", SCENE, compression="tiff_adobe_deflate"),
        "jpeg.tif": encoded("TIFF", SCENE, compression="jpeg"),
        "a.jp2": encoded("JPEG2000", SCENE),
        "a.j2k": encoded("JPEG2000", SCENE, no_jp2=True),
        "tiles.jp2": encoded("JPEG2000", SCENE, tile_size=(64, 64)),
        "a.bmp": encoded("BMP", SCENE),
        "a.ppm": encoded("PPM", SCENE),
        "a.psd": psd(SCENE),
    }


def test_every_format_is_complete_or_truncated_at_every_length(
    decoder: Decoder, tmp_path: Path
) -> None:
    for name, data in all_formats(tmp_path).items():
        path = tmp_path / name
        whole = read_or_reason(decoder, path, data)
        assert isinstance(whole, Image.Image), (name, whole)
        for length in {*range(len(data) - 20, len(data)), *range(16, len(data), len(data) // 24)}:
            image = read_or_reason(decoder, path, data[:length])
            if isinstance(image, Image.Image):
                assert difference(image, whole) == 0, (name, length)
            else:
                assert "runcated" in image, (name, length, image)
                assert not any(word in image for word in INTERNALS)


@pytest.mark.parametrize(
    ("name", "missing"),
    [("a.png", 16), ("a.gif", 1), ("exif.webp", 30), ("a.jp2", 2), ("a.j2k", 1), ("a.j2k", 2)],
)
def test_data_after_the_pixels_may_be_missing(
    decoder: Decoder, tmp_path: Path, name: str, missing: int
) -> None:
    data = all_formats(tmp_path)[name]
    whole = read_or_reason(decoder, tmp_path / name, data)
    image = read_or_reason(decoder, tmp_path / name, data[:-missing])
    assert isinstance(whole, Image.Image)
    assert isinstance(image, Image.Image), image
    assert difference(image, whole) == 0


def test_a_webp_with_a_wrong_length_is_read(decoder: Decoder, tmp_path: Path) -> None:
    data = encoded("WEBP", SCENE)
    wrong = data[:4] + struct.pack("<I", len(data) + 92) + data[8:]
    assert isinstance(read_or_reason(decoder, tmp_path / "a.webp", wrong), Image.Image)


def test_a_jxl_with_truncated_metadata_is_read(decoder: Decoder, tmp_path: Path) -> None:
    import pillow_jxl  # noqa: F401 (registers itself)

    data = encoded("JXL", SCENE, exif=Image.Exif().tobytes())
    for ending in (b"\0\0\1\0xml <x", b"\0\0\1\0Exif", b"\0\0"):
        assert isinstance(
            read_or_reason(decoder, tmp_path / "a.jxl", data + ending), Image.Image
        ), ending


# --- PNG with broken or large side chunks ---------------------------------------------------------


def png_with(*extra: bytes) -> bytes:
    return png(np.asarray(SCENE), colour_type=2, extra=b"".join(extra))


def broken(name: bytes, data: bytes) -> bytes:
    return chunk(name, data)[:-4] + b"\1\2\3\4"


TWO_MIB = zlib.compress(b"x" * (2 << 20))
MANY_MIB = zlib.compress(b"x" * (80 << 20))
SIDE_CHUNKS = {
    "workflow": chunk(b"zTXt", b"workflow\0\0" + TWO_MIB),
    "international": chunk(b"iTXt", b"workflow\0\1\0\0\0" + TWO_MIB),
    "bomb": chunk(b"zTXt", b"workflow\0\0" + MANY_MIB),
    "xmp bomb": chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + MANY_MIB),
    "profile bomb": chunk(b"iCCP", b"name\0\0" + MANY_MIB),
    "large profile": chunk(b"iCCP", b"name\0\0" + TWO_MIB),
    "plain": chunk(b"tEXt", b"workflow\0" + b"x" * (70 << 20)),
    "wrong text": broken(b"tEXt", b"Comment\0text"),
    "method": chunk(b"zTXt", b"Comment\0\7text"),
    "no method": chunk(b"iCCP", b"name"),
    "short resolution": chunk(b"pHYs", b"\1"),
    "wrong resolution": broken(b"pHYs", b"\0\0\1\0\0\0\1\0\1"),
    "short gamma": chunk(b"gAMA", b"\1"),
    "short colours": chunk(b"cHRM", b"\1"),
    "wrong time": broken(b"tIME", b"\7\1\1\1\1\1\1"),
    "short transparency": chunk(b"tRNS", b"\1"),
    "wrong transparency": broken(b"tRNS", b"\1\0\1\0\1\0"),
    "short animation": chunk(b"acTL", b"\0\0"),
    "wrong exif": broken(b"eXIf", b"MM\0*\0\0\0\10"),
}


@pytest.mark.parametrize("before", ["before", "behind"])
@pytest.mark.parametrize("name", SIDE_CHUNKS)
def test_a_png_is_read_with_any_side_chunks(
    decoder: Decoder, tmp_path: Path, name: str, before: str
) -> None:
    data = png_with(SIDE_CHUNKS[name])
    if before == "behind":
        data = png_with()[:-12] + SIDE_CHUNKS[name] + png_with()[-12:]
    image = read_or_reason(decoder, tmp_path / "a.png", data)
    assert isinstance(image, Image.Image), image
    assert difference(image, SCENE) == 0


def test_a_repair_keeps_chunks_that_change_the_picture(decoder: Decoder, tmp_path: Path) -> None:
    profile = icc_rgb(P3_LIKE, 2.2)
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x0132] = "2020:01:02 03:04:05"
    red = Image.new("RGB", (40, 30), (255, 0, 0))
    red.paste((10, 200, 10), (0, 0, 20, 30))
    good = encoded("PNG", red, icc_profile=profile, exif=exif, transparency=(255, 0, 0))
    offset = good.index(b"iCCP") - 4
    bad = good[:offset] + SIDE_CHUNKS["wrong text"] + SIDE_CHUNKS["bomb"] + good[offset:]
    expected = decoder.read(save_bytes(tmp_path / "good.png", good), WHOLE)
    picture = decoder.read(save_bytes(tmp_path / "bad.png", bad), WHOLE)
    assert picture.image.size == (30, 40)
    assert difference(picture.image, expected.image) == 0
    assert picture.info == expected.info
    assert picture.image.getpixel((15, 35)) == (255, 255, 255)


def test_an_animated_png_keeps_its_frames_or_its_first(decoder: Decoder, tmp_path: Path) -> None:
    frames = [Image.new("RGB", (32, 32), (40 * number, 0, 0)) for number in range(4)]
    good = encoded("PNG", frames[0], save_all=True, append_images=frames[1:])
    offset = good.index(b"acTL") - 4
    size = DecodeRequest(32, 32, cover=True, frames=4)
    bad = good[:offset] + SIDE_CHUNKS["wrong text"] + good[offset:]
    assert len(decoder.read(save_bytes(tmp_path / "a.png", bad), size).more) == 3
    for contradiction in (chunk(b"acTL", bytes(8)), chunk(b"fdAT", b"\0\0\0\7data")):
        odd = good[:offset] + contradiction + good[offset:]
        picture = decoder.read(save_bytes(tmp_path / "a.png", odd), size)
        assert picture.image.getpixel((3, 3)) == (0, 0, 0)
    wrong = bytearray(good)
    wrong[good.index(b"acTL") + 12] ^= 255
    picture = decoder.read(save_bytes(tmp_path / "a.png", bytes(wrong)), size)
    assert picture.image.getpixel((3, 3)) == (0, 0, 0)


@pytest.mark.parametrize("name", [b"IHDR", b"IDAT"])
def test_a_png_with_broken_pixels_is_rejected(
    decoder: Decoder, tmp_path: Path, name: bytes
) -> None:
    data = bytearray(png_with(SIDE_CHUNKS["wrong text"]))
    data[data.index(name) + 5] ^= 255
    image = read_or_reason(decoder, tmp_path / "a.png", bytes(data))
    assert isinstance(image, str)
    assert not any(word in image for word in INTERNALS)


# --- AVIF whose alpha image has no size -----------------------------------------------------------


def without_alpha_size(data: bytes) -> bytes:
    """Remove the size of the alpha image, item 2: one property less in its list."""
    entry = data.index(b"\x00\x02\x04\x01", data.index(b"ipma"))
    changed = bytearray(data[: entry + 2] + b"\x03" + data[entry + 4 :])
    for name in (b"ipma", b"iprp", b"meta"):
        start = data.index(name) - 4
        length = int.from_bytes(data[start : start + 4], "big") - 1
        changed[start : start + 4] = length.to_bytes(4, "big")
    start = data.index(b"iloc") + 12
    for item in range(2):
        offset = start + 14 * item + 6
        moved = int.from_bytes(data[offset : offset + 4], "big") - 1
        changed[offset : offset + 4] = moved.to_bytes(4, "big")
    return bytes(changed)


def test_an_avif_with_alpha_of_the_old_kind_is_read(decoder: Decoder, tmp_path: Path) -> None:
    layered = SCENE.copy()
    layered.putalpha(Image.linear_gradient("L").resize(SCENE.size))
    good = encoded("AVIF", layered)
    old = without_alpha_size(good)
    with pytest.raises(UnidentifiedImageError):
        Image.open(io.BytesIO(old))
    expected = read_or_reason(decoder, tmp_path / "good.avif", good)
    image = read_or_reason(decoder, tmp_path / "old.avif", old)
    assert isinstance(expected, Image.Image)
    assert isinstance(image, Image.Image), image
    assert difference(image, expected) == 0


# --- any bytes ------------------------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(
    kind=st.sampled_from(["JPEG", "PNG", "WEBP", "JPEG2000", "AVIF", "TIFF", "PSB", "GIF", "BMP"]),
    flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=12),
    cut=st.floats(0, 1),
    reach=st.sampled_from([1.0, 0.1, 0.02]),
)
def test_broken_bytes_are_checked_without_an_error(
    kind: str, flips: list[tuple[float, int]], cut: float, reach: float
) -> None:
    """The checks and repairs themselves raise only the exceptions that their callers expect."""
    data = bytearray(_whole(kind))
    for where, value in flips:
        data[int(where * reach * len(data))] = value
    broken_data = bytes(data[: int(len(data) * cut)])
    assert is_cut_off(io.BytesIO(broken_data), kind) in (True, False)
    assert skippable_levels(io.BytesIO(broken_data)) >= 0
    for repair in (two_ends, without_side_chunks):
        copies = repair(broken_data)
        assert copies is None or all(isinstance(copy, bytes) for copy in copies)
    with suppress(ValueError, IndexError):
        repaired = with_alpha_size(broken_data)
        assert repaired is None or len(repaired) > len(broken_data)


@cache
def _whole(kind: str) -> bytes:
    if kind == "PSB":
        return psd(scene(), depth=16)
    layered = scene().copy()
    layered.putalpha(255)
    return encoded(kind, layered if kind == "AVIF" else scene())


# --- memory ---------------------------------------------------------------------------------------


def test_large_files_are_repaired_one_at_a_time(
    decoder: Decoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decode, "LARGE_REPAIR", 1000)
    at_once, most, attempt = [0], [0], decoder._attempt

    def counted(path: Path, size: DecodeRequest, *, repair: bool = False) -> DecodedImage:
        if not repair:
            return attempt(path, size)
        at_once[0] += 1
        most[0] = max(most[0], at_once[0])
        try:
            return attempt(path, size, repair=True)
        finally:
            at_once[0] -= 1

    monkeypatch.setattr(decoder, "_attempt", counted)
    paths = [save_bytes(tmp_path / f"{n}.jpg", encoded("JPEG", SCENE)[:-2]) for n in range(8)]
    with ThreadPoolExecutor(4) as threads:
        sizes = [picture.image.size for picture in threads.map(decoder.read, paths, [WHOLE] * 8)]
    assert sizes == [SCENE.size] * 8
    assert most == [1]
