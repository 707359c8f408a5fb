"""The request, the cost and the result of a decode."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL import Image

    from tui.core.domain import PictureInfo

    Reserve = Callable[["DecodeCost"], None]
    """Reserves the memory that a decode needs before it is allocated; blocks or raises."""


@dataclass(frozen=True, slots=True)
class DecodeRequest:
    """The size that a decoded picture must have, upright; it may be slightly larger.

    ``cover``: at least ``width`` by ``height`` on both sides; otherwise at least as large as the
    same picture would be in a box of that size. ``frames``: the most frames of an animation.
    """

    width: int
    height: int
    cover: bool
    frames: int = 1

    def scale(self, size: tuple[int, int], *, turned: bool = False) -> float:
        """Return the smallest sufficient scale of the picture, at most 1."""
        width, height = (self.height, self.width) if turned else (self.width, self.height)
        ratios = (width / size[0], height / size[1])
        return min(1.0, max(ratios) if self.cover else min(ratios))


@dataclass(frozen=True, slots=True)
class DecodeCost:
    """The cost of a decode: ``memory`` in bytes; ``slow`` if few pixels may take long."""

    memory: int
    slow: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class DecodedImage:
    """A decoded picture: RGB, sRGB, upright. ``more`` are later frames of an animation."""

    image: Image.Image
    info: PictureInfo
    more: tuple[Image.Image, ...] = field(default=())
