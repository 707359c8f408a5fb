"""The errors of decoding, each with one sentence."""

from __future__ import annotations

import errno
import os

from PIL import Image, UnidentifiedImageError

from tui.core.errors import DecodeError
from tui.images.plugins import title_of

_LIES = frozenset({errno.EINVAL, errno.EOVERFLOW, errno.EFBIG})
"""System errors of a decoder after a broken file has led it to an invalid position."""

_UNSUPPORTED = ("unsupported", "not supported", "not available", "unknown", "unimplemented")
_SHORT = ("truncated", "end of file", "not enough", "reached eof")


class AccessError(DecodeError):
    """The file could not be read, but its bytes may be good: retry later."""


class NeedsSandboxError(DecodeError):
    """The picture must be decoded in a sandbox process."""


class BrokenError(DecodeError):
    """The decoder rejected the bytes; a repaired copy may be readable."""


def access_error(error: OSError) -> AccessError:
    """Return the error for a file that can't be read now."""
    return AccessError(f"The file can't be read: {os.strerror(error.errno or 0)}.")


def as_decode_error(error: Exception, kind: str, *, cut_off: bool) -> DecodeError:
    """Convert a decoder's exception to an error with one sentence.

    Args:
        error: the exception that was raised after the file had been opened.
        kind: the format, as ``sniff`` names it.
        cut_off: whether the container shows that the file is truncated.
    """
    title, words = title_of(kind), str(error).lower()
    if isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM:
        return DecodeError("Decoding it needs more memory than the limit for one picture.")
    if isinstance(error, OSError) and error.errno is not None and error.errno not in _LIES:
        return access_error(error)
    if isinstance(error, Image.DecompressionBombError):
        most = (Image.MAX_IMAGE_PIXELS or 0) / 1e6
        return DecodeError(f"It has more than {most:.0f} megapixels, which is the limit.")
    if cut_off or any(word in words for word in _SHORT):
        return BrokenError("Truncated file: a part of the picture is missing.")
    if isinstance(error, UnidentifiedImageError) or any(word in words for word in _UNSUPPORTED):
        return BrokenError(f"This {title} file is broken or not supported.")
    # JPEG XL may state no length, and its decoder gives no reason.
    damage = "truncated or broken" if kind == "JXL" else "broken"
    return BrokenError(f"The file is {damage}: it can't be read as {title}.")
