"""Paths and names in the catalog's encoding."""

from __future__ import annotations

import os
import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from tui.storage.objects.path import to_path

if TYPE_CHECKING:
    from pathlib import Path


class Span(NamedTuple):
    """A folder and all below it: ``path = exact OR (path >= low AND path < high)``."""

    exact: bytes
    low: bytes
    high: bytes


_SURROGATES = re.compile("[\ud800-\udfff]")
_ACCENTS = re.compile("[\u0300-\u036f]")

BELOW = "(d.path = :exact OR (d.path >= :low AND d.path < :high))"
"""The condition on ``folders AS d`` that goes with ``span(folder)._asdict()``."""


def encode(path: Path) -> bytes:
    """Return an absolute path's bytes, names that are not UTF-8 unchanged (PEP 383)."""
    return os.fsencode(path.absolute())


def decode(path: bytes) -> Path:
    """Turn the bytes of ``encode`` into a path again, on disk or in object storage."""
    return to_path(os.fsdecode(path))


def join(folder: bytes, name: bytes) -> bytes:
    """Join a folder and a name in it; the root of a disk already ends in a separator."""
    separator = os.fsencode(os.sep)
    return folder + name if folder.endswith(separator) else folder + separator + name


def span(folder: Path) -> Span:
    """Return the paths that a folder scope covers: X and ``[X/, X0)``, as ``0`` follows ``/``."""
    exact = encode(folder)
    low = join(exact, b"")
    return Span(exact, low, low[:-1] + bytes([low[-1] + 1]))


def fold(text: str) -> str:
    """Fold the case and the Unicode form of a name or a word.

    macOS stores decomposed names, others composed ones: both become NFKC, case-folded (Unicode
    Standard, section 3.13). Bytes that are not UTF-8 become U+FFFD, and so do surrogates that
    stand for no byte, which a typed text may hold and no name.
    """
    try:
        readable = os.fsencode(text).decode("utf-8", "replace")
    except UnicodeEncodeError:
        readable = _SURROGATES.sub("\ufffd", text)
    return unicodedata.normalize("NFKC", readable).casefold()


def bare(text: str) -> str:
    """Return text folded and without accents, as a search compares it."""
    return without_accents(fold(text))


def without_accents(text: str) -> str:
    """Take the accents off letters: the marks U+0300 to U+036F after NFKD (UAX #15).

    The marks of other scripts are letters of theirs and stay.
    """
    if text.isascii():
        return text
    return _ACCENTS.sub("", unicodedata.normalize("NFKD", text))
