"""Converts any of Pillow's modes to 8-bit sRGB on white, and applies the embedded ICC profile.

Conversion is by Little CMS (ISO 15076-1), relative colorimetric with black-point compensation, as
in browsers. A profile that is broken, or that does not fit the pixels, is ignored: the picture then
counts as sRGB.
"""

from __future__ import annotations

import io
from functools import lru_cache
from itertools import product

import numpy as np
from PIL import Image, ImageChops, ImageCms

from tui.images.levels import FULL, Levels, eight_bits, true_white

_LARGEST_PROFILE = 4 << 20
"""In bytes; a printer's profile has about 2 MiB, and a hostile one may have any size."""

_SAME = 2
"""A profile that changes no colour by more than this, of 255, is treated as sRGB."""


def simplify(image: Image.Image, levels: Levels = FULL) -> Image.Image:
    """Return the picture in L, LA, RGB, RGBA, CMYK, YCbCr or LAB, the modes that can be shrunk.

    Palettes are resolved and 16-bit, 32-bit and float greys are brought to 8 bits.

    Args:
        image: any mode.
        levels: the levels of the file's samples.
    """
    if image.mode in ("I", "F") or image.mode.startswith("I;"):
        return _grey(image, levels)
    if image.mode == "RGB" and levels.deep:
        return _brighten(image, levels)
    if image.has_transparency_data:
        return image.convert("LA" if image.mode in ("LA", "La") else "RGBA")
    if image.mode == "1":
        return image.convert("L")
    return image if image.mode in ("L", "RGB", "CMYK", "YCbCr", "LAB") else image.convert("RGB")


def to_srgb(image: Image.Image, profile: object = None) -> Image.Image:
    """Return a simplified picture as RGB: its profile applied, transparent parts on white.

    Args:
        image: a picture from ``simplify``, perhaps shrunk since.
        profile: the embedded ICC profile as Pillow found it, bytes or anything else.
    """
    alpha = image.getchannel("A") if image.mode in ("LA", "RGBA") else None
    rgb = _apply(image, profile) if isinstance(profile, bytes) else None
    if rgb is None:
        rgb = _from_lab(image) if image.mode == "LAB" else _as_rgb(image)
    if alpha is None:
        return rgb
    flat = Image.new("RGB", rgb.size, "white")
    flat.paste(rgb, mask=alpha)
    return flat


def _as_rgb(image: Image.Image) -> Image.Image:
    return image if image.mode == "RGB" else image.convert("RGB")  # Pillow would copy it.


def _grey(image: Image.Image, levels: Levels) -> Image.Image:
    """Reduce greys of more than 8 bits to 8.

    White for 16-bit values is the one that the file states, or is estimated from their maximum
    (``levels``). 32-bit integers that fit 16 bits are treated alike, floats from 0 to 1 are used
    unchanged; all others are stretched from their minimum to their maximum.
    """
    grey = _eight_bits(image, levels)
    return ImageChops.invert(grey) if levels.inverted else grey


def _brighten(image: Image.Image, levels: Levels) -> Image.Image:
    """Scale 16-bit colours, of which Pillow keeps the upper 8 bits, by their true white."""
    highest = int(np.asarray(image).max())
    white = true_white((highest << 8) + 255, levels) >> 8
    if white in (0, 255):
        return image
    return image.point([min(255, value * 255 // white) for value in range(256)] * 3)


def _eight_bits(image: Image.Image, levels: Levels) -> Image.Image:
    values = np.asarray(image)
    if values.dtype.itemsize == 2:
        return Image.fromarray(eight_bits(values, levels))
    values = np.nan_to_num(values.astype(np.float32), posinf=0, neginf=0)
    low, high = float(values.min()), float(values.max())
    if low >= 0 and image.mode == "F" and high <= 1:
        low, high = 0, 1
    elif low >= 0 and image.mode == "I" and high <= 65535:
        low, high = 0, true_white(int(high), levels)
    scaled = (values - low) * (255 / max(high - low, 1e-12))
    return Image.fromarray(scaled.astype(np.uint8))


def _apply(image: Image.Image, profile: bytes) -> Image.Image | None:
    """Return the picture in sRGB, or None if the profile can't be applied."""
    if not profile or len(profile) > _LARGEST_PROFILE:
        return None
    try:
        mode, transform = _transform(profile, image.mode)
        pixels = image if image.mode == mode else image.convert(mode)
        return pixels if transform is None else transform.apply(pixels)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None


@lru_cache(maxsize=32)
def _transform(profile: bytes, mode: str) -> tuple[str, ImageCms.ImageCmsTransform | None]:
    """Return the mode to convert from and the transform, None if the profile is sRGB.

    Raises:
        ValueError, OSError, PyCMSError: the profile is broken or does not fit the mode.
    """
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    space = source.profile.xcolor_space.strip()
    fitting = {"RGB": ("RGB", "RGBA", "L", "LA"), "GRAY": ("L", "LA"), "CMYK": ("CMYK",)}
    if mode not in fitting.get(space, ()):
        raise ValueError(f"a profile for {space} on {mode}")
    source_mode = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}[space]
    transform = ImageCms.buildTransform(
        source,
        ImageCms.createProfile("sRGB"),
        source_mode,
        "RGB",
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    return source_mode, None if source_mode == "RGB" and _is_srgb(transform) else transform


def _is_srgb(transform: ImageCms.ImageCmsTransform) -> bool:
    levels = bytes(level for colour in product(range(0, 256, 51), repeat=3) for level in colour)
    patches = Image.frombytes("RGB", (len(levels) // 3, 1), levels)
    moved = ImageChops.difference(patches, transform.apply(patches))
    return max(moved.tobytes()) <= _SAME


def _from_lab(image: Image.Image) -> Image.Image:
    lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    return ImageCms.buildTransform(lab, srgb, "LAB", "RGB").apply(image)
