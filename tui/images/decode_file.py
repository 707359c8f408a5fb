"""Decodes one file in the current process: no routing, no time limit, no second attempt.

``decode_file`` runs in the threads of the program for the formats that are safe there and in a
separate process for all others (see ``decoder`` and ``sandbox``). Camera raw is shown by its
embedded preview, else by a half-size demosaic (``raw``); all other formats go through
``decode_stream``.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tui.images.decode_stream import decode_stream
from tui.images.errors import NeedsSandboxError
from tui.images.picture_file import open_picture
from tui.storage.formats import HEADER_BYTES, RAW, RAW_SUFFIXES, sniff

if TYPE_CHECKING:
    from collections.abc import Container
    from pathlib import Path
    from typing import BinaryIO

    from tui.images.decode_types import DecodedImage, DecodeRequest, Reserve

LARGEST_IN_PROCESS = 1 << 28
"""The largest file that is decoded if ``only`` is given: some decoders read it whole."""


def decode_file(
    path: Path, request: DecodeRequest, reserve: Reserve, only: Container[str] | None = None
) -> DecodedImage:
    """Decode one file.

    Args:
        path: the file; its bytes determine the format.
        request: the required size.
        reserve: called once, after the header was read and before the pixels are.
        only: the formats to decode here, as ``sniff`` names them; None for all.

    Raises:
        NeedsSandboxError: its format is not in ``only``, or it exceeds ``LARGEST_IN_PROCESS``.
        AccessError: the file can't currently be opened or read.
        BrokenError: its decoder rejects its bytes; ``decode_repaired`` may succeed.
        DecodeError: its bytes are not a supported picture.
    """
    with open_picture(path, only) as (file, kind):
        if only is not None and os.fstat(file.fileno()).st_size > LARGEST_IN_PROCESS:
            raise NeedsSandboxError
        if kind == RAW:
            return _decode_raw(path, file, request, reserve)
        return decode_stream(file, kind, request, reserve)


def _decode_raw(
    path: Path, file: BinaryIO, request: DecodeRequest, reserve: Reserve
) -> DecodedImage:
    from tui.images.raw import UnsupportedRawError, decode_raw

    try:
        suffix = path.suffix[1:].lower()
        title = suffix.upper() if suffix in RAW_SUFFIXES else RAW
        return decode_raw(file, title, request, reserve)
    except UnsupportedRawError:
        # A plain TIFF with a raw suffix, or a raw file whose TIFF contains a small picture.
        file.seek(0)
        if sniff(file.read(HEADER_BYTES), "") != "TIFF":
            raise
        return decode_stream(file, "TIFF", request, reserve)
