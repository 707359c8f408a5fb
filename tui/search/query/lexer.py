"""Splits a query into tokens: words, quoted texts, operators and filters. Pure and total.

A sign, a weight and a filter's name directly precede their value: ``-2:"red car"``. A quote opens
only after them or at the start of a token, so ``5"`` is a word.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Literal

from tui.search.query.syntax import FILTERS, SHAPES

MAX_CHARACTERS = 1_000
"""The most characters of a text that are parsed, and of a query in its normal form.

The text towers read at most 77 tokens of a term.
"""

TokenKind = Literal["word", "quoted", "operator", "weight", "filter"]

# Possessive quantifiers do not backtrack, so each pattern reads a character once.
_NUMBER = r"(?:[0-9]++(?:\.[0-9]*+)?+|\.[0-9]++)(?:[eE][+-]?+[0-9]++)?+|[nN][aA][nN]|[iI][nN][fF]"
_HEAD = re.compile(rf"(?P<sign>[+-]?+)(?:(?P<weight>{_NUMBER}):)?+(?:(?P<name>[A-Za-z]++):)?+")
_NON_SPACE = re.compile(r"\S*+")
_QUOTED = re.compile(r'"((?:[^"]++|"")*+)("?+)')
_DROPPED = frozenset({"Cc", "Cs"})
"""Control characters and lone surrogates (Unicode general categories, UAX #44)."""


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text, from ``start`` to before ``end``.

    Attributes:
        kind: a ``word``, a ``quoted`` text, an ``operator``, a ``weight`` whose term is still
            missing, or a ``filter``, which includes ``like``.
        text: the word, the quoted text, or the filter's value.
        name: the filter's name.
        negative: a minus precedes it, or it is a minus.
        signed: a sign precedes it.
        weight: as typed; None for none.
        open: its closing quote is missing.
        begin: where the value of a filter begins, including its quote.
    """

    kind: TokenKind
    text: str
    start: int
    end: int
    name: str = ""
    negative: bool = False
    signed: bool = False
    weight: float | None = None
    open: bool = False
    begin: int = 0


@dataclass(frozen=True, slots=True)
class CleanText:
    """Text without control characters, and the original index of each character."""

    text: str
    indices: tuple[int, ...] | None = None

    def original_index(self, index: int) -> int:
        """Return the index of a character in the original text."""
        if self.indices is None:
            return index
        return self.indices[index] if index < len(self.indices) else self.indices[-1] + 1


def clean(text: str) -> CleanText:
    """Remove control characters and lone surrogates."""
    indices = [index for index, character in enumerate(text) if _is_shown(character)]
    if len(indices) == len(text):
        return CleanText(text)
    return CleanText("".join(text[index] for index in indices), tuple(indices))


def _is_shown(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) not in _DROPPED


def normalize(text: str) -> str:
    """Remove control characters, compose accents (NFC, UAX #15) and collapse white space."""
    return " ".join(unicodedata.normalize("NFC", clean(text).text).split())


def tokenize(text: str) -> list[Token]:
    """Split a text into tokens, which contain every character except white space."""
    pieces: list[Token] = []
    start = _skip_space(text, 0)
    while start < len(text):
        pieces.append(_token_at(text, start))
        start = _skip_space(text, pieces[-1].end)
    return pieces


def is_plain(word: str) -> bool:
    """Whether a word is read as a plain word at any position."""
    token = _token_at(word, 0)
    has_prefix = token.signed or token.weight is not None
    return token.kind == "word" and not has_prefix and word.lower() not in SHAPES


def _skip_space(text: str, start: int) -> int:
    while start < len(text) and text[start].isspace():
        start += 1
    return start


def _token_at(text: str, start: int) -> Token:
    head = _HEAD.match(text, start)
    assert head is not None  # every part of it may be empty
    if head["weight"] is None and head["name"] is None and _is_boundary(text, head.end()):
        return Token("operator", "", start, head.end(), negative=head["sign"] == "-")
    return _filter(text, head) or _idea(text, head) or _word(text, head)


def _is_boundary(text: str, index: int) -> bool:
    """Whether no token crosses an index."""
    return index == len(text) or text[index].isspace()


def _end_of_word(text: str, start: int) -> int:
    """Return the index of the next white space."""
    match = _NON_SPACE.match(text, start)
    assert match is not None  # it may be empty
    return match.end()


def _filter(text: str, head: re.Match[str]) -> Token | None:
    name = (head["name"] or "").lower()
    if name not in FILTERS:
        return None
    begin = head.end()
    if text.startswith('"', begin):
        value, end, is_open = _unquote(text, begin)
    else:
        end, is_open = _end_of_word(text, begin), False
        value = text[begin:end]
    return replace(_token("filter", value, head, end), name=name, open=is_open, begin=begin)


def _idea(text: str, head: re.Match[str]) -> Token | None:
    """Read a sign or a weight with its term; None if it is only a word."""
    begin = head.end() if head["name"] is None else head.start("name")
    first = text[begin : begin + 1]
    if first == '"':
        value, end, is_open = _unquote(text, begin)
        return replace(_token("quoted", value, head, end), open=is_open)
    if head["weight"] is None and not head["sign"]:
        return None
    if head["weight"] is not None and _is_boundary(text, begin):
        return replace(_word(text, head), kind="weight", weight=_weight(head))
    if not first.isalpha():  # 12:30, -5, 16:9
        return None
    end = _end_of_word(text, begin)
    return _token("word", text[begin:end], head, end)


def _token(kind: TokenKind, text: str, head: re.Match[str], end: int) -> Token:
    sign = head["sign"]
    return Token(kind, text, head.start(), end, "", sign == "-", bool(sign), _weight(head))


def _word(text: str, head: re.Match[str]) -> Token:
    end = _end_of_word(text, head.end())
    return Token("word", text[head.start() : end], head.start(), end)


def _weight(head: re.Match[str]) -> float | None:
    return None if head["weight"] is None else float(head["weight"])


def _unquote(text: str, start: int) -> tuple[str, int, bool]:
    """Return the text in the quotes that open at ``start``, its end, and whether they stay open."""
    match = _QUOTED.match(text, start)
    assert match is not None
    return match[1].replace('""', '"'), match.end(), not match[2]
