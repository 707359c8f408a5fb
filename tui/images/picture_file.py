"""Opens the file of a picture and detects its format; every failure is one sentence."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from tui.core.errors import DecodeError
from tui.images.errors import NeedsSandboxError, access_error, as_decode_error
from tui.images.repair.truncation import is_cut_off
from tui.storage.formats import HEADER_BYTES, sniff

if TYPE_CHECKING:
    from collections.abc import Container, Iterator
    from pathlib import Path
    from typing import BinaryIO


@contextmanager
def open_picture(path: Path, only: Container[str] | None = None) -> Iterator[tuple[BinaryIO, str]]:
    """Open a file and yield it with its format, as ``sniff`` names it.

    Any exception of a decoder while the file is open becomes one of these:

    Raises:
        NeedsSandboxError: its format is not among ``only``.
        AccessError: the file can't currently be opened or read.
        DecodeError: its bytes are not a supported picture.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise access_error(error) from error
    kind = ""
    with file:
        try:
            kind = _kind(file, path.suffix[1:].lower(), only)
            yield file, kind
        except DecodeError:
            raise
        except Exception as error:  # Decoders raise almost anything on broken bytes.
            raise as_decode_error(error, kind, cut_off=is_cut_off(file, kind)) from error


def _kind(file: BinaryIO, suffix: str, only: Container[str] | None) -> str:
    kind = sniff(file.read(HEADER_BYTES), suffix)
    file.seek(0)
    if only is not None and kind not in only:
        raise NeedsSandboxError
    return kind
