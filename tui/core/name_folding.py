"""Folds names and words, so that comparisons ignore their case, Unicode form and accents."""

from __future__ import annotations

import os
import re
import unicodedata

_SURROGATES = re.compile("[\ud800-\udfff]")
_ACCENTS = re.compile("[\u0300-\u036f]")


def fold_case(text: str) -> str:
    """Fold the case and the Unicode form of a name or a word.

    macOS stores decomposed names, others composed ones: both become NFKC, case-folded (Unicode
    Standard, section 3.13). Bytes that are not UTF-8 become U+FFFD, and so do surrogates that
    represent no byte, which a typed text may contain but no name.
    """
    try:
        readable = os.fsencode(text).decode("utf-8", "replace")
    except UnicodeEncodeError:
        readable = _SURROGATES.sub("\ufffd", text)
    return unicodedata.normalize("NFKC", readable).casefold()


def search_key(text: str) -> str:
    """Return text folded and without accents, as a search compares it."""
    return without_accents(fold_case(text))


def without_accents(text: str) -> str:
    """Remove the accents of letters: the marks U+0300 to U+036F after NFKD (UAX #15).

    The marks of other scripts count as letters and stay.
    """
    if text.isascii():
        return text
    return _ACCENTS.sub("", unicodedata.normalize("NFKD", text))
