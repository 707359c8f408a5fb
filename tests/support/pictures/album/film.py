"""From light to pixels: exposure, a film's curve, a lens's vignette and grain."""

from __future__ import annotations

import numpy as np
from PIL import Image

from tests.support.pictures.album.noise import Array

OVERSAMPLING = 3 / 2
"""Rendered pixels per pixel of the picture, on each side: edges are smooth."""


def develop(
    light: Array, size: tuple[int, int], *, seed: int, exposure: float = 1.0, grain: float = 0.008
) -> Image.Image:
    """Make a picture of linear light.

    Args:
        light: linear RGB, shape (rows, columns, 3), about 1 for white.
        size: width and height of the picture in pixels.
        seed: for the grain.
        exposure: a factor for the light.
        grain: the standard deviation of the grain, of white.
    """
    rows, columns = light.shape[:2]
    y, x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j]
    vignette = 1 - 0.22 * (x * x + y * y) / 2
    light = np.maximum(light, 0) * vignette[..., None] * exposure
    # The curve of K. Narkowicz, "ACES Filmic Tone Mapping Curve", 2015.
    mapped = light * (2.51 * light + 0.03) / (light * (2.43 * light + 0.59) + 0.14)
    encoded = np.clip(mapped, 0, 1) ** (1 / 2.2)
    image = Image.fromarray((encoded * 255).astype(np.uint8)).resize(size, Image.Resampling.LANCZOS)
    grains = np.random.default_rng(seed).normal(0, grain * 255, (size[1], size[0], 1))
    return Image.fromarray(np.clip(np.asarray(image) + grains, 0, 255).astype(np.uint8))


def rendered_size(size: tuple[int, int]) -> tuple[int, int]:
    """Return the rows and columns to render for a picture of this width and height."""
    return round(size[1] * OVERSAMPLING), round(size[0] * OVERSAMPLING)


def linear(*rgb: int) -> Array:
    """Return a colour of sRGB, 0 to 255 each, as linear light."""
    return ((np.array(rgb, np.float32) / 255) ** 2.2).astype(np.float32)


def mix(first: Array, second: Array, share: Array) -> Array:
    """Mix two colours, or two pictures, by a share from 0 to 1 for each pixel."""
    share = np.clip(share, 0, 1)[..., None]
    return np.asarray(first * (1 - share) + second * share)


def smoothstep(low: Array | float, high: Array | float, value: Array) -> Array:
    """Rise smoothly from 0 at ``low`` to 1 at ``high``."""
    share = np.clip((value - low) / (high - low), 0, 1)
    return share * share * (3 - 2 * share)


def unit(vectors: Array) -> Array:
    """Return vectors, along the last axis, with length 1."""
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True), np.float32)
