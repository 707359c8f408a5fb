"""Painted landscapes for the screenshots, and a model that connects them with words."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageDraw

from tests.support.embedders import ColourEmbedder

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.core.domain import Pixels, Vectors

Colour = tuple[int, int, int]
Paint = Callable[[Image.Image, ImageDraw.ImageDraw, Random], None]

_DATE_TAKEN = 0x9003
_EXIF = 0x8769
_PLACES = 4
"""Rows and columns at which a picture is sampled."""
_PLACES_WEIGHT = 0.6


def sky(image: Image.Image, top: Colour, bottom: Colour) -> None:
    """Fill with a gradient, from top to bottom."""
    width, height = image.size
    share = np.linspace(0, 1, height)[:, None, None]
    rows = np.array(top) * (1 - share) + np.array(bottom) * share
    image.paste(Image.fromarray(np.repeat(rows, width, axis=1).astype(np.uint8)))


def hills(draw: ImageDraw.ImageDraw, level: float, colour: Colour, random: Random) -> None:
    """Draw a soft ridge whose mean height is ``level`` of the picture, from above."""
    width, height = draw.im.size
    phase, waves = random.uniform(0, 6), random.uniform(1.5, 3)
    ridge = [
        (x, height * (level + 0.06 * math.sin(phase + waves * 6.3 * x / width)))
        for x in range(0, width + 8, 8)
    ]
    draw.polygon([(0, height), *ridge, (width, height)], fill=colour)


def disc(draw: ImageDraw.ImageDraw, x: float, y: float, share: float, colour: Colour) -> None:
    """Draw a sun or a moon."""
    width, height = draw.im.size
    radius = share * height
    centre = (x * width, y * height)
    draw.ellipse(
        (centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius), colour
    )


def sunset(image: Image.Image, draw: ImageDraw.ImageDraw, random: Random) -> None:
    sky(image, (70, 40, 95), (250, 150, 70))
    disc(draw, random.uniform(0.3, 0.7), 0.55, 0.16, (255, 225, 150))
    draw.rectangle((0, image.height * 0.66, image.width, image.height), fill=(120, 60, 75))


def forest(image: Image.Image, draw: ImageDraw.ImageDraw, random: Random) -> None:
    sky(image, (150, 190, 170), (90, 140, 90))
    for row in range(3):
        for number in range(7):
            x = (number + random.uniform(-0.3, 0.3)) * image.width / 6
            foot = image.height * (0.7 + 0.15 * row)
            green = (25 + 10 * row, 70 + 22 * row, 40 + 8 * row)
            draw.polygon([(x - 22, foot), (x, foot - 90), (x + 22, foot)], fill=green)


def mountain(image: Image.Image, draw: ImageDraw.ImageDraw, random: Random) -> None:
    sky(image, (110, 160, 215), (215, 230, 240))
    for _ in range(3):
        x, top = random.uniform(0.1, 0.9) * image.width, image.height * random.uniform(0.2, 0.4)
        base = image.height * 0.85
        draw.polygon([(x - 90, base), (x, top), (x + 90, base)], fill=(100, 110, 130))
        draw.polygon([(x - 32, top + 40), (x, top), (x + 32, top + 40)], fill=(245, 248, 252))
    hills(draw, 0.82, (225, 235, 242), random)


def night(image: Image.Image, draw: ImageDraw.ImageDraw, random: Random) -> None:
    sky(image, (8, 10, 35), (35, 40, 85))
    for _ in range(40):
        x, y = random.uniform(0, image.width), random.uniform(0, image.height * 0.7)
        draw.rectangle((x, y, x + 1, y + 1), fill=(220, 220, 235))
    disc(draw, random.uniform(0.2, 0.8), 0.3, 0.12, (240, 235, 205))
    hills(draw, 0.8, (12, 14, 28), random)


def desert(image: Image.Image, draw: ImageDraw.ImageDraw, random: Random) -> None:
    sky(image, (120, 185, 225), (235, 225, 190))
    for level, shade in ((0.55, 0), (0.68, 20), (0.82, 40)):
        hills(draw, level, (225 - shade, 175 - shade, 105 - shade), random)


def sea(image: Image.Image, draw: ImageDraw.ImageDraw, random: Random) -> None:
    sky(image, (120, 185, 230), (205, 230, 240))
    draw.rectangle((0, image.height * 0.45, image.width, image.height), fill=(25, 95, 150))
    for _ in range(12):
        x, y = random.uniform(0, image.width), random.uniform(0.5, 0.95) * image.height
        draw.line((x, y, x + 26, y), fill=(120, 175, 205), width=2)
    x = random.uniform(0.3, 0.7) * image.width
    foot = image.height * 0.5
    draw.polygon([(x, foot - 60), (x, foot - 4), (x + 34, foot - 4)], fill=(250, 250, 245))


SCENES: dict[str, tuple[Paint, tuple[str, ...]]] = {
    "sunset": (sunset, ("Sunset at the pier", "Evening glow", "Last light")),
    "forest": (forest, ("Path through the firs", "Morning forest", "Green silence")),
    "mountain": (mountain, ("First snow", "Up at the hut", "Ridge walk")),
    "night": (night, ("Full moon", "Camp by night", "Perseids")),
    "desert": (desert, ("Great dunes", "Day four, no shade", "Caravan route")),
    "sea": (sea, ("White sail", "Crossing to the islands", "Regatta")),
}


def paint_all(folder: Path) -> None:
    """Paint every scene three times, each into a folder of its year; always the same pixels."""
    for number, (kind, (paint, names)) in enumerate(SCENES.items()):
        for copy, name in enumerate(names):
            random = Random(f"{kind} {copy}")
            upright = (number + copy) % 5 == 4
            image = Image.new("RGB", (160, 220) if upright else (240, 160))
            paint(image, ImageDraw.Draw(image), random)
            date = datetime(2021 + copy, 1 + number * 2, 3 + number, 18, 20 + copy)
            exif = Image.Exif()
            exif[_EXIF] = {_DATE_TAKEN: f"{date:%Y:%m:%d %H:%M:%S}"}
            path = folder / f"{date.year}" / f"{name}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            image.save(path, exif=exif)


class SceneEmbedder(ColourEmbedder):
    """Knows the colour of each scene, its word, and a little of its layout.

    The layout distinguishes pictures of a scene, which would count as one picture otherwise.
    """

    def __init__(self) -> None:
        super().__init__("scenes-1")
        self.dim = 5 + _PLACES**2
        self._vectors = {kind: self._seen(kind) for kind in SCENES}

    def embed_images(self, pixels: Pixels) -> Vectors:
        side = pixels.shape[1] // _PLACES
        grey = pixels.mean(axis=3).reshape(-1, _PLACES, side, _PLACES, side).mean(axis=(2, 4))
        grey -= grey.mean(axis=2, keepdims=True)  # the sky is brighter at the top in all of them
        return _lifted(super().embed_images(pixels), grey.reshape(len(pixels), -1))

    def embed_text(self, texts: Sequence[str]) -> Vectors:
        nothing = _lifted(super().embed_text([""]), np.zeros((1, _PLACES**2)))
        return np.concatenate([self._vectors.get(text.strip(), nothing) for text in texts])

    def _seen(self, kind: str) -> Vectors:
        image = Image.new("RGB", (240, 160))
        SCENES[kind][0](image, ImageDraw.Draw(image), Random(f"{kind} 0"))
        colour = super().embed_images(self.prepare(image))
        return _lifted(colour, np.zeros((1, _PLACES**2)))


def _lifted(vectors: Vectors, places: NDArray[np.floating[Any]]) -> Vectors:
    """Move all vectors to one side, as in real models: no cosine is negative."""
    norms = np.linalg.norm(places, axis=1, keepdims=True)
    places = _PLACES_WEIGHT * places / np.maximum(norms, 1e-9)
    longer = np.concatenate([vectors, np.ones((len(vectors), 1)), places], axis=1)
    unit = longer / np.linalg.norm(longer, axis=1, keepdims=True)
    return np.ascontiguousarray(unit, dtype=np.float32)
