"""Pictures for terminals that speak Kitty's graphics protocol, as text that is ready to send.

https://sw.kovidgoyal.net/kitty/graphics-protocol/: a picture is sent as PNG in pieces of 4,096
bytes of base64 and placed virtually; characters that name its number and the row and column then
show it, and move and go with the text. Making the text costs time and needs no terminal, so it is
made where the thumbnails are.
"""

from __future__ import annotations

import itertools
import random
from base64 import b64encode
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image

PLACEHOLDER = "\U0010eeee"
"""Begins the characters of a cell in which a part of a picture is shown."""

_PIECE = 4096
_FAST = 1
"""The least compression: a quarter of the time, and a tenth more bytes."""

_numbers = itertools.count(random.randrange(1 << 20, 1 << 30))
"""From a random one on, so as not to meet those of other programs in the same terminal."""


@dataclass(frozen=True, slots=True)
class TransmittedImage:
    """A picture as the terminal gets it.

    Attributes:
        number: by which the terminal knows it.
        text: sends and places it.
    """

    number: int
    text: str


def encode_image(image: Image.Image, renderable: Any, columns: int, rows: int) -> TransmittedImage:
    """Make the text of a picture, and give its number to what draws its characters.

    Args:
        image: RGB pixels.
        renderable: ``textual_image``'s for this protocol; it will send nothing itself.
        columns: how wide it is to be shown, in cells.
        rows: how high.
    """
    number = renderable.terminal_image_id = next(_numbers)
    buffer = BytesIO()
    image.save(buffer, "PNG", compress_level=_FAST)
    data = b64encode(buffer.getvalue()).decode("ascii")
    pieces = [data[start : start + _PIECE] for start in range(0, len(data), _PIECE)]
    text = [
        f"\x1b_Gi={number},f=100,q=2,m={int(place < len(pieces))};{piece}\x1b\\"
        for place, piece in enumerate(pieces, 1)
    ]
    text.append(f"\x1b_Ga=p,i={number},c={columns},r={rows},U=1,q=2\x1b\\")
    return TransmittedImage(number, "".join(text))


def delete_command(number: int) -> str:
    """Return what makes the terminal forget a picture."""
    return f"\x1b_Ga=d,d=I,i={number},q=2\x1b\\"
