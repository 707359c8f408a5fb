"""From typed text to a query. Pure and total: every text is a query, half-typed ones too.

`tui.search.syntax` lists what can be typed.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from tui.search.dates import Days
from tui.search.lexer import clean, normalised, tokens
from tui.search.reader import Reader
from tui.search.remarks import remarks
from tui.search.values import Filter, Hint, Near, Query, Sort, Term, written

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Days", "Filter", "Hint", "Near", "Query", "Sort", "Term", "normalised", "parse"]

MAX_CHARACTERS = 1_000
"""How long a query is in its normal form; the text towers read at most 77 tokens of an idea."""

MAX_WORDS = 32
"""How many words a file name is compared with."""

MAX_TERMS = 16
"""How many ideas a query has."""

_MAX_READ = 20_000
_MAX_HINTS = 8


def parse(text: str, scope: Path | None = None, *, today: date | None = None) -> Query:
    """Read what was typed; never raises.

    Args:
        text: anything, of any length.
        scope: the folder to search, absolute; None is the whole library.
        today: what ``yesterday`` and the like start from; None asks the clock.
    """
    source = clean(text[:_MAX_READ])
    reader = Reader(source, today or date.today())
    reader.read(tokens(source.text))
    filters = _fitting_filters(tuple(dict.fromkeys(reader.filters)))
    room = MAX_CHARACTERS - len(written((), filters, reader.sort)) - 1
    terms = _fitting_terms(reader.terms[:MAX_TERMS], room)
    words = dict.fromkeys(
        word for term in terms if term.weight > 0 for word in term.text.casefold().split()
    )
    shortened = len(text) > _MAX_READ or (terms, filters) != (
        tuple(reader.terms),
        tuple(dict.fromkeys(reader.filters)),
    )
    query = Query(terms, filters, reader.sort, tuple(words)[:MAX_WORDS], scope, shortened)
    hints = sorted([*reader.hints, *remarks(query, len(text))], key=lambda hint: hint.start)
    return replace(query, hints=tuple(hints[:_MAX_HINTS]))


def _fitting_filters(filters: tuple[Filter, ...]) -> tuple[Filter, ...]:
    while len(written((), filters, None)) > MAX_CHARACTERS // 2:
        filters = filters[:-1]
    return filters


def _fitting_terms(terms: list[Term], room: int) -> tuple[Term, ...]:
    """Shorten the idea that does not fit, and drop those after it."""
    kept: tuple[Term, ...] = ()
    for term in terms:
        kept += (term,)
        while (excess := len(written(kept, (), None)) - room) > 0:
            text = kept[-1].text[:-excess].rstrip()
            kept = kept[:-1]
            if not text:
                return kept
            kept += (replace(term, text=text),)
        if kept[-1] != term:
            break
    return kept
