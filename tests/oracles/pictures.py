"""The bytes of small pictures, with the words for their subjects, and of broken files."""

from __future__ import annotations

import io
from functools import cache

from PIL import Image

from tests.support.embedders import COLOURS

PICTURES = 16
BROKEN = (b"\xff\xd8\xff no picture", b"\x89PNG\r\n\x1a\n cut off")


@cache
def pictures() -> dict[bytes, str]:
    """Make pictures of two colours each."""
    images = {}
    words = list(COLOURS)
    for number in range(PICTURES):
        first, second = words[number % 6], words[number // 6]
        image = Image.new("RGB", (16, 16), COLOURS[first])
        image.paste(COLOURS[second], (0, 0, 16, 8))
        file = io.BytesIO()
        image.save(file, "PNG")
        images[file.getvalue()] = f"{first} {second}"
    return images
