"""What goes wrong when a picture is decoded, in one sentence."""

from __future__ import annotations

import errno
import os

from PIL import Image, UnidentifiedImageError

from tui.domain import DecodeError


class AccessError(DecodeError):
    """The file could not be read just now; its bytes are not to blame, so try again later."""


class NotHereError(DecodeError):
    """The picture is not to be decoded in this process."""


def as_decode_error(error: Exception, most_pixels: int) -> DecodeError:
    """Say in one sentence what a decoder's exception means."""
    if isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM:
        return DecodeError("Decoding it needs more memory than one picture may take.")
    if isinstance(error, OSError) and error.errno is not None:
        return AccessError(f"The file can't be read: {os.strerror(error.errno)}.")
    if isinstance(error, Image.DecompressionBombError):
        return DecodeError(f"It has more than the {most_pixels / 1e6:.0f} megapixels we read.")
    if isinstance(error, UnidentifiedImageError):
        return DecodeError("The file is broken, or of a kind that no installed package reads.")
    if "truncated" in str(error).lower():
        return DecodeError("The file is cut off: a part of the picture is missing.")
    return DecodeError(f"The file is broken ({_first_line(error)}).")


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return (lines[0][:120].rstrip(".") if lines else "") or type(error).__name__
