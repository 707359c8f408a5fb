"""Photoshop files of every depth, size and colour mode."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from tests.support.pictures.odd_images import P3_LIKE, difference, icc_rgb, psd, save_bytes, scene
from tui.core.errors import DecodeError
from tui.images.decoder import read_picture

SCENE = scene()


def read(folder: Path, data: bytes) -> Image.Image:
    return read_picture(save_bytes(folder / "a.psd", data), 1000).image


@pytest.mark.parametrize("depth", [8, 16, 32])
@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("how", [0, 1, 2, 3])
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_every_depth_is_read(tmp_path: Path, depth: int, large: bool, how: int, mode: str) -> None:
    if depth == 8 and not large and how > 1:
        pytest.skip("Photoshop does not write it, and Pillow does not read it")
    if depth == 32 and mode == "CMYK":
        pytest.skip("Photoshop has no such mode")
    image = SCENE.convert(mode)
    data = psd(image, depth=depth, large=large, how=how)
    picture = read_picture(save_bytes(tmp_path / "a.psb", data), 1000)
    assert difference(picture.image, image.convert("RGB")) < 1
    assert (picture.info.format, picture.info.width, picture.info.height) == ("PSD", 96, 72)


@pytest.mark.parametrize("depth", [8, 16])
def test_lab_is_read(tmp_path: Path, depth: int) -> None:
    to_lab = ImageCms.buildTransform(
        ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB"
    )
    lab = to_lab.apply(SCENE)
    assert difference(read(tmp_path, psd(lab, depth=depth)), SCENE) < 4


@pytest.mark.parametrize("depth", [8, 16])
def test_transparent_parts_are_white(tmp_path: Path, depth: int) -> None:
    layered = SCENE.copy()
    layered.putalpha(Image.linear_gradient("L").resize(SCENE.size))
    expected = Image.new("RGB", SCENE.size, "white")
    expected.paste(SCENE, mask=layered.getchannel("A"))
    assert difference(read(tmp_path, psd(layered, depth=depth)), expected) < 1


def test_the_palette_of_a_psb_file_is_read(tmp_path: Path) -> None:
    small = SCENE.quantize(16)
    palette = np.zeros((256, 3), np.uint8)
    colours = np.array(small.getpalette(), np.uint8).reshape(-1, 3)
    palette[: len(colours)] = colours
    header = struct.pack(">4sH6xHIIHH", b"8BPS", 2, 1, 72, 96, 8, 2)
    data = header + struct.pack(">I", 768) + palette.T.tobytes() + b"\0" * 12
    image = read(tmp_path, data + b"\0\0" + small.tobytes())
    assert difference(image, small.convert("RGB")) == 0


def test_the_profile_of_a_deep_file_is_applied(tmp_path: Path) -> None:
    profile = icc_rgb(P3_LIKE, 2.2)
    padded = profile + b"\0" * (len(profile) % 2)
    resource = b"8BIM" + struct.pack(">HHI", 1039, 0, len(profile)) + padded
    shown = read(tmp_path, psd(SCENE, depth=16, resources=resource))
    usual = read(tmp_path, psd(SCENE, resources=resource))
    assert difference(usual, SCENE) > 3
    assert difference(shown, usual) == 0


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("large", [False, True])
def test_a_file_without_a_merged_picture_is_reported(
    tmp_path: Path, depth: int, large: bool
) -> None:
    for merged, info in ((True, b"\0\0\0\1\1"), (False, b"\0\0\0\1\0")):
        resource = b"8BIM" + struct.pack(">HHI", 1057, 0, len(info)) + info + b"\0"
        data = psd(SCENE, depth=depth, large=large, resources=resource)
        if merged:
            assert difference(read(tmp_path, data), SCENE) == 0
        else:
            with pytest.raises(DecodeError, match="no merged picture"):
                read(tmp_path, data)


@pytest.mark.parametrize("how", [0, 1, 2])
def test_a_truncated_deep_file_is_reported(tmp_path: Path, how: int) -> None:
    data = psd(SCENE, depth=16, how=how)
    for length in {*range(26, 60, 3), *range(60, len(data), len(data) // 9), len(data) - 9}:
        with pytest.raises(DecodeError, match=r"Truncated|truncated|broken"):
            read(tmp_path, data[:length])


@pytest.mark.parametrize(
    ("offset", "value"),
    [(12, b"\0\1"), (22, b"\0\3"), (24, b"\0\6"), (38, b"\0\7"), (14, b"\x7f\xff\xff\xff")],
)
def test_an_impossible_photoshop_header_is_rejected(
    tmp_path: Path, offset: int, value: bytes
) -> None:
    data = bytearray(psd(SCENE, depth=16))
    data[offset : offset + len(value)] = value
    with pytest.raises(DecodeError, match=r"broken|megapixels|Truncated"):
        read(tmp_path, bytes(data))


def test_a_deep_file_of_many_pixels_is_not_rejected_as_a_bomb(tmp_path: Path) -> None:
    data = psd(Image.new("L", (16, 16)), depth=16, how=2)
    bomb = data[:14] + struct.pack(">II", 300_000, 300_000) + data[22:]
    with pytest.raises(DecodeError, match="megapixels"):
        read(tmp_path, bomb)
    few = data[:14] + struct.pack(">II", 12_000, 12_000) + data[22:]
    with pytest.raises(DecodeError, match="Truncated"):
        read(tmp_path, few)
