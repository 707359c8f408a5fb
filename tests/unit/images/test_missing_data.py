"""Files that decoders show although a part of the picture is missing."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.support.pictures.decoding import encoded, read_or_reason
from tests.support.pictures.heif_files import grid
from tests.support.pictures.odd_images import difference, dng, save_bytes, scene, to_heic
from tui.images.decode_types import DecodeRequest
from tui.images.decoder import Decoder
from tui.images.repair.item_data import lacks_item_data
from tui.images.repair.truncation import raw_is_cut_off

CUT_OFF = "Truncated file: a part of the picture is missing."


@pytest.fixture(scope="module")
def tiled(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return grid(tmp_path_factory.mktemp("tiles"), scene(256, 256))


def textured(width: int, height: int) -> Image.Image:
    """Return a picture that no encoder compresses well."""
    noise = np.random.default_rng(3).integers(-25, 25, (height, width, 3))
    pixels = np.asarray(scene(width, height)).astype(int) + noise
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def with_stated_length(data: bytes, length: int) -> bytes:
    """Truncate a file in its ``mdat`` box, which then states the remaining length."""
    start = data.index(b"mdat") - 4
    return data[:start] + (length - start).to_bytes(4, "big") + data[start + 4 : length]


# --- JPEG -----------------------------------------------------------------------------------------

END = b"\xff\xd9"


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("side", [448, 60])
@pytest.mark.parametrize("options", [{}, {"subsampling": 0}, {"restart_marker_rows": 1}])
def test_an_end_marker_does_not_make_a_truncated_jpeg_complete(
    decoder: Decoder, tmp_path: Path, mode: str, side: int, options: dict[str, Any]
) -> None:
    data = encoded("JPEG", scene(700, 500).convert(mode), **options)
    size = DecodeRequest(side, side, cover=True)
    assert isinstance(read_or_reason(decoder, tmp_path / "a.jpg", data, size), Image.Image)
    for part in (0.3, 0.5, 0.9):
        cut = data[: int(len(data) * part)]
        for end in (END, END + bytes(5000), END + b"trailer"):
            assert read_or_reason(decoder, tmp_path / "a.jpg", cut + end, size) == CUT_OFF


@pytest.mark.parametrize("size", [(1200, 900), (32, 32), (96, 72)])
@pytest.mark.parametrize("options", [{}, {"subsampling": 0}, {"restart_marker_blocks": 2}])
def test_a_flat_jpeg_without_its_end_marker_is_complete(
    decoder: Decoder, tmp_path: Path, size: tuple[int, int], options: dict[str, Any]
) -> None:
    for colour in ("grey", "black", "white", "teal"):
        data = encoded("JPEG", Image.new("RGB", size, colour), **options)
        image = read_or_reason(decoder, tmp_path / "a.jpg", data.removesuffix(END))
        assert isinstance(image, Image.Image), (colour, image)


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("kind", ["JPEG", "MPO"])
@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_blocks": 2}])
def test_a_jpeg_that_is_grey_at_its_end_is_complete(
    decoder: Decoder, tmp_path: Path, mode: str, kind: str, options: dict[str, Any]
) -> None:
    grey = Image.new("RGB", (700, 500), (128, 128, 128))
    grey.paste(scene(700, 300))
    picture = grey.convert(mode)
    data = encoded(kind, picture, **options)
    if kind == "MPO":
        data = encoded(kind, picture, save_all=True, append_images=[picture], **options)
    for whole in (data, data + bytes(900), data + b"trailer"):
        image = read_or_reason(decoder, tmp_path / "a.jpg", whole)
        assert isinstance(image, Image.Image), image
        assert difference(image, picture.convert("RGB")) < 6


# --- files of any length --------------------------------------------------------------------------

READER = """
import resource, sys
from pathlib import Path
from tui.images.decoder import Decoder, request_for
resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
decoder = Decoder()
for name in sys.argv[1:]:
    try:
        print(decoder.read(Path(name), request_for(32)).image.size)
    except Exception as error:
        print(error)
decoder.close()
status = Path("/proc/self/status").read_text()  # getrusage counts the process before exec, too
print(int(status.split("VmHWM:")[1].split()[0]) >> 10)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="sets limits on memory")
def test_a_sparse_file_is_not_read_into_memory(tmp_path: Path) -> None:
    picture = scene(160, 120)
    kinds = {"a.jpg": {}, "p.jpg": {"progressive": True}, "a.png": {}, "a.webp": {}}
    for name, options in kinds.items():
        kind = "JPEG" if name.endswith("jpg") else name[2:].upper()
        os.truncate(save_bytes(tmp_path / name, encoded(kind, picture, **options)), 5 << 30)
    done = subprocess.run(
        [sys.executable, "-c", READER, *(str(tmp_path / name) for name in kinds)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    *answers, peak = done.stdout.splitlines()
    size = "(160, 120)"
    assert answers[:3] == [size] * 3
    assert answers[3] in (size, "Decoding it needs more memory than the limit for one picture.")
    assert int(peak) < 500


# --- HEIC and AVIF --------------------------------------------------------------------------------


def test_a_heic_of_tiles_is_read(decoder: Decoder, tmp_path: Path, tiled: bytes) -> None:
    image = read_or_reason(decoder, tmp_path / "a.heic", tiled)
    assert isinstance(image, Image.Image), image
    assert difference(image, scene(256, 256)) < 4


@pytest.mark.parametrize("part", [0.4, 0.5, 0.75, 0.9, 0.99])
def test_a_heic_with_missing_tiles_is_truncated(
    decoder: Decoder, tmp_path: Path, tiled: bytes, part: float
) -> None:
    length = int(len(tiled) * part)
    cut = tiled[:length]
    for data in (cut, cut + bytes(len(tiled) - length), with_stated_length(tiled, length)):
        assert read_or_reason(decoder, tmp_path / "a.heic", data) == CUT_OFF


@pytest.mark.parametrize("kind", ["HEIF", "AVIF", "PNG"])
def test_a_file_padded_with_zeros_is_truncated(decoder: Decoder, tmp_path: Path, kind: str) -> None:
    if kind == "HEIF":
        textured(160, 120).save(tmp_path / "a.png")
        whole = to_heic(tmp_path / "a.png")[0].read_bytes()
    else:
        whole = encoded(kind, textured(160, 120))
    assert isinstance(read_or_reason(decoder, tmp_path / "a", whole), Image.Image)
    for part in (0.5, 0.7, 0.9, 0.97):
        cut = whole[: int(len(whole) * part)]
        image = read_or_reason(decoder, tmp_path / "a", cut + bytes(len(whole) - len(cut)))
        assert isinstance(image, str), (kind, part)


@pytest.mark.parametrize("zeros", [1, 2, 5000])
def test_a_complete_png_may_be_followed_by_zeros(
    decoder: Decoder, tmp_path: Path, zeros: int
) -> None:
    data = encoded("PNG", textured(160, 120))
    whole = read_or_reason(decoder, tmp_path / "a.png", data)
    assert isinstance(whole, Image.Image)
    for end in (data, data[:-12]):  # with the end chunk and without it
        image = read_or_reason(decoder, tmp_path / "a.png", end + bytes(zeros))
        assert isinstance(image, Image.Image), image
        assert difference(image, whole) == 0


@pytest.mark.parametrize("colour", ["black", "white", "grey"])
@pytest.mark.parametrize(
    ("kind", "options"),
    [("AVIF", {"speed": 9}), ("WEBP", {}), ("WEBP", {"lossless": True}), ("JPEG", {}), ("PNG", {})],
)
def test_a_complete_picture_of_one_colour_is_read(
    decoder: Decoder, tmp_path: Path, colour: str, kind: str, options: dict[str, Any]
) -> None:
    flat = Image.new("RGB", (1200, 900), colour)
    image = read_or_reason(decoder, tmp_path / "a", encoded(kind, flat, **options))
    assert isinstance(image, Image.Image), image


@pytest.mark.parametrize("kind", ["heic", "avif"])
def test_metadata_after_the_picture_is_not_needed(
    decoder: Decoder, tmp_path: Path, kind: str
) -> None:
    exif = Image.Exif()
    exif[0x010E] = "x" * 600
    if kind == "heic":
        scene(160, 120).save(tmp_path / "a.png", exif=exif)
        data = to_heic(tmp_path / "a.png")[0].read_bytes()
        assert data.rindex(b"xxx") > len(data) - 30
    else:
        data = encoded("AVIF", scene(160, 120)) + (608).to_bytes(4, "big") + b"free" + b"x" * 600
    whole = read_or_reason(decoder, tmp_path / f"a.{kind}", data)
    image = read_or_reason(decoder, tmp_path / f"a.{kind}", data[:-300])
    assert isinstance(whole, Image.Image)
    assert isinstance(image, Image.Image), image
    assert difference(image, whole) == 0


def test_broken_boxes_are_checked_without_an_error(tiled: bytes) -> None:
    random = np.random.default_rng(5)
    head = tiled.index(b"mdat")
    for _ in range(500):
        data = bytearray(tiled)
        for offset in random.integers(0, head, 3):
            data[offset] = random.integers(256)
        assert lacks_item_data(io.BytesIO(bytes(data))) in (True, False)
    assert not lacks_item_data(io.BytesIO(b""))
    assert not lacks_item_data(io.BytesIO(tiled[:60]))


# --- camera raw -----------------------------------------------------------------------------------


def sensor_last(image: Image.Image) -> bytes:
    """Return a raw file whose preview comes before the sensor's data, as in most cameras' files."""
    data = dng(image, preview=image)
    length = 2 * image.width * image.height
    return with_strip(data, 8, len(data)) + data[8 : 8 + length]


def with_strip(data: bytes, before: int, after: int, tag: int = 273) -> bytes:
    """Change the value of a tag that holds one long."""
    entry = struct.pack("<HHII", tag, 4, 1, before)
    assert data.count(entry) == 1
    return data.replace(entry, struct.pack("<HHII", tag, 4, 1, after))


@pytest.mark.parametrize("part", [0.55, 0.7, 0.99])
def test_a_raw_file_without_sensor_data_is_truncated(
    decoder: Decoder, tmp_path: Path, part: float
) -> None:
    data = sensor_last(scene(640, 480))
    assert isinstance(read_or_reason(decoder, tmp_path / "a.dng", data), Image.Image)
    cut = data[: int(len(data) * part)]
    assert len(cut) > data.index(b"ACME X1")  # the preview is complete
    assert (
        read_or_reason(decoder, tmp_path / "a.dng", cut, DecodeRequest(448, 448, cover=True))
        == CUT_OFF
    )


@pytest.mark.parametrize("length", [0, 1, 1 << 20, 0xFFFFFFFF])
def test_a_raw_file_with_a_wrong_length_is_read(
    decoder: Decoder, tmp_path: Path, length: int
) -> None:
    data = with_strip(sensor_last(scene(640, 480)), 2 * 640 * 480, length, tag=279)
    image = read_or_reason(decoder, tmp_path / "a.dng", data, DecodeRequest(448, 448, cover=True))
    assert isinstance(image, Image.Image), image


def test_the_containers_of_raw_files_define_their_end() -> None:
    canon = b"\0\0\0\x18ftypcrx \0\0\0\1crx isom" + b"\0\0\0\x20mdat" + bytes(24)
    fujifilm = b"FUJIFILMCCD-RAW ".ljust(100, b"\0") + struct.pack(">2I", 108, 50) + bytes(50)
    olympus = b"IIRO" + sensor_last(scene(64, 48))[4:]
    for whole in (canon, fujifilm, olympus):
        assert not raw_is_cut_off(io.BytesIO(whole))
        assert raw_is_cut_off(io.BytesIO(whole[:-1]))
    for other in (b"", b"II", b"\0MRM" + bytes(200), b"IIU\0" + b"\xff" * 200):
        assert not raw_is_cut_off(io.BytesIO(other))
