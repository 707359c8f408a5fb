"""From typed text to a query. Pure and total: every text is a query, half-typed ones too."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MAX_CHARACTERS = 1_000
"""What is searched of a longer text; the text towers read at most 77 tokens of it anyway."""

MAX_WORDS = 32
"""How many words a file name is compared with."""

_DROPPED = frozenset({"Cc", "Cs"})
"""Control characters and lone surrogates (Unicode general categories, UAX #44)."""


@dataclass(frozen=True, slots=True)
class Term:
    """One idea: the text that a model embeds."""

    text: str


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched, and where.

    Attributes:
        terms: the ideas; none means browse everything in the scope.
        words: what a file name must hold to match by name, case folded, without repeats.
        scope: the folder that is searched with all below it; None is the whole library.
        shortened: the text was longer than what is searched of it.
    """

    terms: tuple[Term, ...] = ()
    words: tuple[str, ...] = ()
    scope: Path | None = None
    shortened: bool = False

    @property
    def is_empty(self) -> bool:
        """Nothing is described: show what there is."""
        return not self.terms

    @property
    def text(self) -> str:
        """The normalised text; parsing it again gives the same query."""
        return " ".join(term.text for term in self.terms)


def parse(text: str, scope: Path | None = None) -> Query:
    """Read what was typed; never raises.

    Args:
        text: anything, of any length.
        scope: the folder to search, absolute; None is the whole library.
    """
    whole = normalised(text)
    kept = whole[:MAX_CHARACTERS].rstrip()
    if not kept:
        return Query(scope=scope)
    words = dict.fromkeys(kept.casefold().split())
    return Query(
        terms=(Term(kept),),
        words=tuple(words)[:MAX_WORDS],
        scope=scope,
        shortened=len(whole) > MAX_CHARACTERS,
    )


def normalised(text: str) -> str:
    """Drop control characters, compose accents (NFC, UAX #15) and fold white space."""
    visible = "".join(
        character
        for character in text
        if character.isspace() or unicodedata.category(character) not in _DROPPED
    )
    return " ".join(unicodedata.normalize("NFC", visible).split())
