"""What the text may go on with at the cursor. Pure; the words on offer come from the caller."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING

from tui.search.query.dates import EXAMPLES
from tui.search.query.lexer import MAX_CHARACTERS, tokens
from tui.search.query.syntax import FILTERS, SHAPES, SORTS
from tui.search.query.terms import filter_value
from tui.storage.path_encoding import bare

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tui.search.query.lexer import Token

MOST = 20
"""How many ways to go on are offered."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a library and its user know, most likely first.

    Attributes:
        folders: paths from a root on, as ``in:`` takes them.
        cameras: as they name themselves.
        formats: suffixes without the dot.
        earlier: queries that were typed before.
    """

    folders: Sequence[str] = ()
    cameras: Sequence[str] = ()
    formats: Sequence[str] = ()
    history: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Completion:
    """Put ``replacement`` in the place of the text from ``start`` to before ``end``.

    ``label`` says what is offered.
    """

    start: int
    end: int
    replacement: str
    label: str


def complete(text: str, cursor: int, vocabulary: Vocabulary) -> list[Completion]:
    """Return how the text can go on at the cursor, the likeliest first, at most `MOST`.

    Args:
        text: as typed.
        cursor: where the next letter would go, from 0 to the length of the text.
        vocabulary: the words to choose from.
    """
    if len(text) > MAX_CHARACTERS:  # the end is no part of the query
        return []
    token = next((token for token in tokens(text) if token.start < cursor <= token.end), None)
    earlier = _earlier(text, cursor, vocabulary)
    if token is None or token.kind == "operator":
        fresh = not text[cursor : cursor + 1].strip()  # not right before a word
        found = chain(earlier, _beginnings("", cursor, cursor) if fresh else ())
    elif token.kind == "filter" and cursor >= token.begin:
        found = chain(_values(text, cursor, token, vocabulary), earlier)
    elif token.kind == "quoted":
        found = chain(earlier)
    else:
        start = token.start + token.signed
        end = token.begin if token.kind == "filter" else token.end
        found = chain(_beginnings(text[start:cursor], start, end), earlier)
    return list(islice(found, MOST))


def _earlier(text: str, cursor: int, vocabulary: Vocabulary) -> Iterator[Completion]:
    """Offer earlier queries that begin with the whole text."""
    if text[cursor:].strip():
        return
    typed = bare(text).lstrip()
    for query in vocabulary.history:
        if bare(query).startswith(typed) and query != text:
            yield Completion(0, len(text), query, query)


def _beginnings(typed: str, start: int, end: int) -> Iterator[Completion]:
    """Offer names of filters, and shapes, in the place of a word."""
    for name, wanted in FILTERS.items():
        if name.startswith(typed.lower()):
            yield Completion(start, end, f"{name}:", f"{name}: {wanted}")
    for shape in SHAPES:
        if shape.startswith(typed.lower()):
            yield Completion(start, end, shape, f"{shape} pictures")


def _values(text: str, cursor: int, token: Token, known: Vocabulary) -> Iterator[Completion]:
    """Offer values of the filter that the cursor is in."""
    begin = token.begin
    if token.name == "ext":  # ext:jpg,png
        begin = text.rfind(",", begin, cursor) + 1 or begin
    typed = bare(text[begin:cursor].lstrip('"'))
    for value in _matching(typed, _choices(token.name, known)):
        yield Completion(begin, token.end, filter_value(value), value)


def _choices(name: str, known: Vocabulary) -> Sequence[str]:
    return {
        "in": known.folders,
        "camera": known.cameras,
        "ext": known.formats,
        **dict.fromkeys(("after", "before", "on"), EXAMPLES),
        "sort": SORTS,
        "is": ("new",),
    }.get(name, ())


def _matching(typed: str, choices: Sequence[str]) -> Iterator[str]:
    """Yield first what begins as typed, then what has a word that does, then what holds it."""
    word = re.compile(rf"(?<![^\W_]){re.escape(typed)}")
    compared = [(bare(choice), choice) for choice in choices]
    begin = [choice for text, choice in compared if text.startswith(typed)]
    within = [choice for text, choice in compared if word.search(text)]
    holding = [choice for text, choice in compared if typed in text]
    yield from dict.fromkeys([*begin, *within, *holding])
