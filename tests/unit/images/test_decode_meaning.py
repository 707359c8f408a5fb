"""Colours as the model sees them: each way to store a photograph, compared with sRGB."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from tests.support.pictures.odd_images import P3_LIKE, WIDE, icc_cmyk, icc_rgb, muted_inks, png
from tests.support.pictures.sample_photos import photos_or_skip
from tui.core.domain import ImageEmbedder
from tui.images.decoder import read_picture

LEAST_COSINE = 0.98


@pytest.fixture(scope="module")
def embedder() -> ImageEmbedder:
    pytest.importorskip("torch")
    from tui.models.starter.towers import StarterImages

    return StarterImages(device="cpu")


@pytest.fixture(scope="module")
def photographs() -> list[Image.Image]:
    return [Image.open(path).convert("RGB") for path in photos_or_skip()[::40]]


def display(primaries: tuple[tuple[float, float], ...], gamma: float) -> Stored:
    profile = icc_rgb(primaries, gamma)
    transform = ImageCms.buildTransform(
        ImageCms.createProfile("sRGB"),
        ImageCms.ImageCmsProfile(io.BytesIO(profile)),
        "RGB",
        "RGB",
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
    )

    def save(photo: Image.Image, path: Path) -> Image.Image:
        transform.apply(photo).save(path, "JPEG", quality=95, icc_profile=profile)
        return photo

    return save


def inks(photo: Image.Image, path: Path) -> Image.Image:
    photo.convert("CMYK").save(path, "JPEG", quality=95)
    return photo


def inks_with_profile(photo: Image.Image, path: Path) -> Image.Image:
    stored = photo.convert("CMYK")
    stored.save(path, "TIFF", icc_profile=icc_cmyk())
    return Image.fromarray(muted_inks(np.asarray(stored) / 255.0))


def sixteen_bits(photo: Image.Image, path: Path) -> Image.Image:
    path.write_bytes(png(np.asarray(photo).astype(np.uint16) * 257, colour_type=2))
    return photo


def sixteen_bit_grey(photo: Image.Image, path: Path) -> Image.Image:
    grey = photo.convert("L")
    Image.fromarray(np.asarray(grey).astype(np.uint16) * 257).save(path, "TIFF")
    return grey.convert("RGB")


def see_through(photo: Image.Image, path: Path) -> Image.Image:
    alpha = Image.radial_gradient("L").resize(photo.size).point(lambda value: 255 - value)
    layered = photo.copy()
    layered.putalpha(alpha)
    layered.save(path, "PNG")
    flat = Image.new("RGB", photo.size, "white")
    flat.paste(photo, mask=alpha)
    return flat


def palette_with_a_hole(photo: Image.Image, path: Path) -> Image.Image:
    few = photo.quantize(255)
    few.paste(255, (0, 0, photo.width // 3, photo.height // 3))
    few.save(path, "PNG", transparency=255)
    flat = few.convert("RGB")
    flat.paste("white", (0, 0, photo.width // 3, photo.height // 3))
    return flat


Stored = Callable[[Image.Image, Path], Image.Image]
"""Saves a photograph in some way and returns the expected pixels."""


@pytest.mark.parametrize(
    "stored",
    [
        pytest.param(display(P3_LIKE, 2.2), id="wide display"),
        pytest.param(display(WIDE, 1.8), id="wider display"),
        inks,
        inks_with_profile,
        sixteen_bits,
        sixteen_bit_grey,
        see_through,
        palette_with_a_hole,
    ],
)
def test_the_model_sees_the_same_picture(
    embedder: ImageEmbedder, photographs: list[Image.Image], tmp_path: Path, stored: Stored
) -> None:
    for number, photo in enumerate(photographs):
        path = tmp_path / f"{number}"
        reference = stored(photo, path)
        shown = read_picture(path, embedder.image_size).image
        pair = np.concatenate([embedder.prepare(shown), embedder.prepare(reference)])
        one, other = embedder.embed_images(pair)
        assert one @ other >= LEAST_COSINE
