"""Generated JPEGs that cost a decoder as much as photographs: shapes, texture, EXIF, quality 90."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageDraw

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SIZES = {12.0: (4000, 3000), 2.0: (1632, 1224), 0.2: (516, 388)}
"""Megapixels to pixels, four to three as cameras make them."""

_DISTINCT = 4
_START_OF_IMAGE = b"\xff\xd8"


def make_photographs(
    folder: Path, megapixels: float, count: int, distinct: int = _DISTINCT
) -> list[Path]:
    """Write ``count`` JPEGs with different bytes, repeating ``distinct`` scenes.

    A comment segment (ITU T.81, B.2.4.5) with the file's number makes the bytes differ.
    """
    folder.mkdir(parents=True)
    scenes = [_jpeg(_scene(SIZES[megapixels], seed)) for seed in range(min(distinct, count))]
    paths = []
    for number in range(count):
        scene = scenes[number % len(scenes)]
        text = f"{number:08}".encode()
        comment = b"\xff\xfe" + (len(text) + 2).to_bytes(2, "big") + text
        path = folder / f"{number:06}.jpg"
        path.write_bytes(_START_OF_IMAGE + comment + scene[len(_START_OF_IMAGE) :])
        paths.append(path)
    return paths


def _scene(size: tuple[int, int], seed: int) -> Image.Image:
    """Paint much detail in brightness and little in colour, some of it with hard edges."""
    random = np.random.default_rng(seed)
    grain = random.normal(0, 5, (size[1], size[0])).astype(np.float32)
    luma = np.clip(_noise(size, random, falling=0.4) + grain, 0, 255).astype(np.uint8)
    small = (size[0] // 4, size[1] // 4)
    chroma = [
        Image.fromarray((64 + _noise(small, random, falling=1.0) / 2).astype(np.uint8)).resize(size)
        for _ in range(2)
    ]
    image = Image.merge("YCbCr", [Image.fromarray(luma), *chroma]).convert("RGB")
    draw = ImageDraw.Draw(image)
    for _ in range(24):
        x, y, radius = (int(limit * random.random()) for limit in (*size, size[0] / 10))
        colour = tuple(random.integers(0, 256, 3).tolist())
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), outline=colour, width=5)
    return image


def _noise(size: tuple[int, int], random: np.random.Generator, falling: float) -> NDArray[Any]:
    """Return noise from 0 to 255, whose amplitude decreases with frequency as ``f ** -falling``."""
    total = np.zeros((size[1], size[0]), dtype=np.float32)
    cells = 4
    while cells < size[0]:
        grid = random.integers(0, 256, (cells * 3 // 4, cells), dtype=np.uint8)
        layer = Image.fromarray(grid).resize(size, Image.Resampling.BICUBIC)
        total += np.asarray(layer, dtype=np.float32) / cells**falling
        cells *= 2
    low, high = np.percentile(total[::16, ::16], (1, 99))
    levels: NDArray[Any] = np.clip((total - low) * (255 / (high - low)), 0, 255)
    return levels


def _jpeg(image: Image.Image) -> bytes:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Maker", "Camera"
    exif[0x0112] = 1
    exif[0x0132] = "2024:05:06 07:08:09"
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=90, exif=exif)
    return stream.getvalue()
