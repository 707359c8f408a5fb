"""Pictures in Kitty's graphics protocol, as text that is ready to send.

https://sw.kovidgoyal.net/kitty/graphics-protocol/: a picture is sent as PNG in pieces of 4,096
bytes of base64 and placed virtually. Placeholder characters, which encode its number, row and
column, then show it and behave as text. Encoding takes time and needs no terminal, so the threads
that make thumbnails do it.
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

_PIECE = 4096
_FAST = 1
"""The lowest compression level of PNG."""

_numbers = itertools.count(random.randrange(1 << 20, 1 << 30))
"""Start at random, to avoid the numbers of other programs in the same terminal."""


@dataclass(frozen=True, slots=True)
class TransmittedImage:
    """A picture encoded for the terminal.

    Attributes:
        number: identifies the picture in the terminal.
        text: the commands that send and place it.
    """

    number: int
    text: str


def encode_image(image: Image.Image, renderable: Any, columns: int, rows: int) -> TransmittedImage:
    """Encode a picture, and set its number in the renderable that draws its placeholders.

    Args:
        image: RGB pixels.
        renderable: ``textual_image``'s for this protocol; with a number it sends nothing itself.
        columns: the width in cells.
        rows: the height in cells.
    """
    number = renderable.terminal_image_id = next(_numbers)
    buffer = BytesIO()
    image.save(buffer, "PNG", compress_level=_FAST)
    data = b64encode(buffer.getvalue()).decode("ascii")
    pieces = [data[start : start + _PIECE] for start in range(0, len(data), _PIECE)]
    text = [
        f"\x1b_Gi={number},f=100,q=2,m={int(count < len(pieces))};{piece}\x1b\\"
        for count, piece in enumerate(pieces, 1)
    ]
    text.append(f"\x1b_Ga=p,i={number},c={columns},r={rows},U=1,q=2\x1b\\")
    return TransmittedImage(number, "".join(text))


def delete_command(number: int) -> str:
    """Return the command that deletes a picture from the terminal."""
    return f"\x1b_Ga=d,d=I,i={number},q=2\x1b\\"
