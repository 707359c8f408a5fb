"""Embedders for tests that only know colours, so that the expected order is easy to see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from tui.core.domain import Pixels, Vectors

COLOURS: dict[str, tuple[int, int, int]] = {
    "red": (230, 20, 20),
    "green": (20, 200, 20),
    "blue": (20, 20, 230),
    "yellow": (230, 220, 20),
    "white": (250, 250, 250),
    "grey": (120, 120, 120),
}


def _unit(rows: NDArray[Any]) -> Vectors:
    centred = rows / 127.5 - 1.0
    padded = np.concatenate([centred, np.full((len(rows), 1), 0.1)], axis=1)
    return np.ascontiguousarray(
        padded / np.linalg.norm(padded, axis=1, keepdims=True), dtype=np.float32
    )


class ColourEmbedder:
    """Both towers of a model that knows colours: a picture's vector is its mean colour."""

    def __init__(self, model_id: str = "colours-1", image_size: int = 16) -> None:
        self.model_id = model_id
        self.dim = 4
        self.image_size = image_size
        self.pictures_embedded = 0

    def prepare(self, image: Image.Image) -> Pixels:
        small = image.convert("RGB").resize((self.image_size, self.image_size))
        return np.asarray(small, dtype=np.uint8)[np.newaxis]

    def embed_images(self, pixels: Pixels) -> Vectors:
        self.pictures_embedded += len(pixels)
        return _unit(pixels.mean(axis=(1, 2)))

    def embed_text(self, texts: Sequence[str]) -> Vectors:
        return _unit(np.array([self._colour(text) for text in texts], dtype=np.float64))

    @staticmethod
    def _colour(text: str) -> NDArray[Any]:
        colours = [COLOURS[word] for word in text.lower().split() if word in COLOURS]
        mean: NDArray[Any] = np.array(colours or [(127, 127, 127)]).mean(axis=0)
        return mean


def save_picture(path: Path, colour: str, size: tuple[int, int] = (64, 48), note: int = 0) -> Path:
    """Write a picture of one colour; ``note`` changes the bytes but not the pixels."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.new("RGB", size, COLOURS[colour])
    image.putpixel((0, 0), (note % 256, note // 256 % 256, note // 65536 % 256))
    image.save(path)
    return path
