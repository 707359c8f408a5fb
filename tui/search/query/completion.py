"""Completes a query at the cursor from a vocabulary that the caller provides. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING

from tui.core.name_folding import search_key
from tui.search.query.dates import EXAMPLES
from tui.search.query.lexer import MAX_CHARACTERS, tokenize
from tui.search.query.syntax import FILTERS, SHAPES, SORTS
from tui.search.query.terms import filter_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tui.search.query.lexer import Token

MAX_COMPLETIONS = 20


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of a library and the queries of its user, most likely first.

    Attributes:
        folders: paths from a root, in the form for ``in:``.
        cameras: names, as pictures spell them.
        formats: suffixes without the dot.
        history: earlier queries.
    """

    folders: Sequence[str] = ()
    cameras: Sequence[str] = ()
    formats: Sequence[str] = ()
    history: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Completion:
    """Replaces the text from ``start`` to before ``end``; ``label`` describes it to the user."""

    start: int
    end: int
    replacement: str
    label: str


def complete(text: str, cursor: int, vocabulary: Vocabulary) -> list[Completion]:
    """Return the completions at the cursor, most likely first, at most `MAX_COMPLETIONS`.

    Args:
        text: the query.
        cursor: the index of the next letter, from 0 to the length of the text.
        vocabulary: the words to choose from.
    """
    if len(text) > MAX_CHARACTERS:  # the parser ignores the rest
        return []
    token = next((token for token in tokenize(text) if token.start < cursor <= token.end), None)
    earlier = _from_history(text, cursor, vocabulary)
    if token is None or token.kind == "operator":
        fresh = not text[cursor : cursor + 1].strip()  # not directly before a word
        completions = chain(earlier, _names_and_shapes("", cursor, cursor) if fresh else ())
    elif token.kind == "filter" and cursor >= token.begin:
        completions = chain(_values(text, cursor, token, vocabulary), earlier)
    elif token.kind == "quoted":
        completions = chain(earlier)
    else:
        start = token.start + token.signed
        end = token.begin if token.kind == "filter" else token.end
        completions = chain(_names_and_shapes(text[start:cursor], start, end), earlier)
    return list(islice(completions, MAX_COMPLETIONS))


def _from_history(text: str, cursor: int, vocabulary: Vocabulary) -> Iterator[Completion]:
    """Yield earlier queries that begin with the whole text."""
    if text[cursor:].strip():
        return
    prefix = search_key(text).lstrip()
    for query in vocabulary.history:
        if search_key(query).startswith(prefix) and query != text:
            yield Completion(0, len(text), query, query)


def _names_and_shapes(prefix: str, start: int, end: int) -> Iterator[Completion]:
    """Yield the filters and shapes that begin with a prefix."""
    for name, expected in FILTERS.items():
        if name.startswith(prefix.lower()):
            yield Completion(start, end, f"{name}:", f"{name}: {expected}")
    for shape in SHAPES:
        if shape.startswith(prefix.lower()):
            yield Completion(start, end, shape, f"{shape} pictures")


def _values(text: str, cursor: int, token: Token, vocabulary: Vocabulary) -> Iterator[Completion]:
    """Yield values of the filter at the cursor."""
    value_start = token.begin
    if token.name == "ext":  # ext:jpg,png
        value_start = text.rfind(",", value_start, cursor) + 1 or value_start
    prefix = search_key(text[value_start:cursor].lstrip('"'))
    for value in _matching(prefix, _choices(token.name, vocabulary)):
        yield Completion(value_start, token.end, filter_value(value), value)


def _choices(name: str, vocabulary: Vocabulary) -> Sequence[str]:
    return {
        "in": vocabulary.folders,
        "camera": vocabulary.cameras,
        "ext": vocabulary.formats,
        **dict.fromkeys(("after", "before", "on"), EXAMPLES),
        "sort": SORTS,
        "is": ("new",),
    }.get(name, ())


def _matching(prefix: str, choices: Sequence[str]) -> Iterator[str]:
    """Yield choices that begin with a prefix, then those with a word that does, then the others."""
    word = re.compile(rf"(?<![^\W_]){re.escape(prefix)}")
    compared = [(search_key(choice), choice) for choice in choices]
    beginning = [choice for text, choice in compared if text.startswith(prefix)]
    within = [choice for text, choice in compared if word.search(text)]
    containing = [choice for text, choice in compared if prefix in text]
    yield from dict.fromkeys([*beginning, *within, *containing])
