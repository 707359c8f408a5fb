"""Resizes pictures for a model. Imports torch, so import this module late.

Torch resizes bytes with the vector instructions of x86, faster than Pillow, and its result differs
from Pillow's by at most two levels of 255.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

import numpy as np
import torch
from PIL import Image
from torch.nn import functional

if TYPE_CHECKING:
    from numpy.typing import NDArray

Kernel = Literal["bicubic", "bilinear"]

_LONGEST = 3
"""A strip with at least this aspect ratio is cropped to the square in its middle."""

_PILLOW = {"bicubic": Image.Resampling.BICUBIC, "bilinear": Image.Resampling.BILINEAR}


def resize_and_crop(image: Image.Image, side: int, kernel: Kernel) -> NDArray[np.uint8]:
    """Resize the shorter side, then crop, as torchvision's Resize and CenterCrop do.

    Returns:
        Pixels of shape ``(side, side, 3)``.
    """
    image = _crop_long_side(image)
    shorter = min(image.size)
    width, height = (int(side * length / shorter) for length in image.size)
    pixels = resize(image, (width, height), kernel)
    left, top = round((width - side) / 2), round((height - side) / 2)
    return pixels[top : top + side, left : left + side]


def resize(image: Image.Image, size: tuple[int, int], kernel: Kernel) -> NDArray[np.uint8]:
    """Resize an RGB picture, with each new pixel the mean over all pixels that it replaces.

    Args:
        image: in RGB.
        size: width and height.
        kernel: how the mean is weighted.

    Returns:
        Pixels of shape ``(height, width, 3)``.
    """
    if torch.backends.cpu.get_cpu_capability().startswith("AVX"):
        return torch_resize(image, size, kernel)
    return pillow_resize(image, size, kernel)


def torch_resize(image: Image.Image, size: tuple[int, int], kernel: Kernel) -> NDArray[np.uint8]:
    """Resize with torch."""
    batch = torch.from_numpy(np.array(image)).permute(2, 0, 1)[np.newaxis]
    small = functional.interpolate(batch, size[::-1], mode=kernel, antialias=True)
    return cast("NDArray[np.uint8]", small[0].permute(1, 2, 0).numpy())


def pillow_resize(image: Image.Image, size: tuple[int, int], kernel: Kernel) -> NDArray[np.uint8]:
    """Resize with Pillow."""
    return np.asarray(image.resize(size, _PILLOW[kernel]))


def _crop_long_side(image: Image.Image) -> Image.Image:
    longest = _LONGEST * min(image.size)
    if max(image.size) <= longest:
        return image
    left, top = (max(0, length - longest) // 2 for length in image.size)
    return image.crop(
        (left, top, left + min(image.width, longest), top + min(image.height, longest))
    )
