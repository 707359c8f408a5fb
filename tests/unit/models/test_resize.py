"""Resizing for a model, compared with Pillow and torchvision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from tui.models.runtime.resize import pillow_resize, resize_and_crop, torch_resize

if TYPE_CHECKING:
    from tui.models.runtime.resize import Kernel

SIZES = [(640, 480), (333, 500), (40, 30), (1, 1), (2, 7), (224, 224), (1500, 20)]


def noise(size: tuple[int, int]) -> Image.Image:
    random = np.random.default_rng(0)
    return Image.fromarray(random.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8))


def most_different(one: Any, other: Any) -> int:
    return int(np.abs(one.astype(np.int16) - other.astype(np.int16)).max())


@pytest.mark.parametrize("kernel", ["bicubic", "bilinear"])
@pytest.mark.parametrize("size", SIZES)
def test_torch_resizes_like_pillow(size: tuple[int, int], kernel: Kernel) -> None:
    one, other = (way(noise(size), (100, 80), kernel) for way in (torch_resize, pillow_resize))
    assert one.shape == (80, 100, 3)
    assert most_different(one, other) <= 2


@pytest.mark.parametrize("size", [size for size in SIZES if max(size) <= 3 * min(size)])
def test_the_middle_square_equals_torchvision_s(size: tuple[int, int]) -> None:
    from torchvision import transforms  # type: ignore[import-untyped]

    image = noise(size)
    resize = transforms.Resize(64, transforms.InterpolationMode.BICUBIC)
    expected = np.asarray(transforms.CenterCrop(64)(resize(image)))
    assert most_different(resize_and_crop(image, 64, "bicubic"), expected) <= 2


def test_a_strip_is_cropped_to_its_middle_without_using_memory() -> None:
    strip = Image.new("RGB", (16_384, 1))
    strip.paste((9, 99, 199), (8_000, 0, 8_384, 1))
    square = resize_and_crop(strip, 224, "bicubic")
    assert square.shape == (224, 224, 3)
    assert (square == (9, 99, 199)).all()
