"""Encodes a picture in memory, and decodes a file as the indexer does."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from tests.support.pictures.odd_images import save_bytes
from tui.core.errors import DecodeError
from tui.images.decode_types import DecodeRequest

if TYPE_CHECKING:
    from pathlib import Path

    from PIL import Image

    from tui.images.decoder import Decoder

WHOLE = DecodeRequest(10_000, 10_000, cover=True)


def encoded(kind: str, image: Image.Image, **options: Any) -> bytes:
    """Return the bytes of a file of this kind, as Pillow names it."""
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def read_or_reason(
    decoder: Decoder, path: Path, data: bytes, size: DecodeRequest = WHOLE
) -> Image.Image | str:
    """Return the picture of a file with these bytes, or the sentence that rejects it."""
    try:
        return decoder.read(save_bytes(path, data), size).image
    except DecodeError as error:
        return str(error)
