"""From typed text to a query. Pure and total: every text is a query, half-typed ones too.

`tui.search.query.syntax` lists what can be typed.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import replace
from datetime import date
from itertools import accumulate
from typing import TYPE_CHECKING

from tui.search.query.dates import DateRange
from tui.search.query.lexer import MAX_CHARACTERS, clean, tokens
from tui.search.query.parser import QueryParser
from tui.search.query.query_hints import query_hints
from tui.search.query.syntax import SHAPES
from tui.search.query.terms import Filter, GeoCircle, Hint, Query, Sort, Term, format_query

if TYPE_CHECKING:
    from pathlib import Path

    from tui.search.query.lexer import Token

__all__ = [
    "MAX_CHARACTERS",
    "DateRange",
    "Filter",
    "GeoCircle",
    "Hint",
    "Query",
    "Sort",
    "Term",
    "parse",
]

MAX_WORDS = 32
"""How many words a file name is compared with."""

MAX_TERMS = 16
"""How many ideas a query has."""

_MAX_HINTS = 8
_CONDITION = re.compile(rf"[a-z]:|\b(?:{'|'.join(SHAPES)})\b", re.IGNORECASE)
"""What may be a filter, in the part of a text that is not read."""

_LONGEST_SHAPE = max(map(len, SHAPES))


def parse(text: str, scope: Path | None = None, *, today: date | None = None) -> Query:
    """Read what was typed; never raises.

    Args:
        text: anything, of any length.
        scope: the folder to search, absolute; None is the whole library.
        today: what ``yesterday`` and the like start from; None asks the clock.
    """
    source = clean(text[:MAX_CHARACTERS])
    reader = QueryParser(source, today or date.today())
    found = tokens(source.text)
    reader.read(found)
    # Shapes come first: written after other filters, they would join the words before these.
    in_order = sorted(reader.filters, key=lambda item: item.kind != "shape")
    typed = tuple(dict.fromkeys(in_order))
    filters = _fitting_filters(typed)
    room = MAX_CHARACTERS - len(format_query((), filters, reader.sort)) - 1
    terms = _fitting_terms(reader.terms[:MAX_TERMS], room)
    words = dict.fromkeys(
        word for term in terms if term.weight > 0 for word in term.text.casefold().split()
    )
    fewer_filters = filters != typed or _loses_condition(text, found)
    shortened = fewer_filters or len(text) > MAX_CHARACTERS or terms != tuple(reader.terms)
    query = Query(terms, filters, reader.sort, tuple(words)[:MAX_WORDS], scope, shortened)
    hints = [*reader.hints, *query_hints(query, len(text), fewer_filters=fewer_filters)]
    hints.sort(key=lambda hint: (not hint.unread, hint.start))
    return replace(query, hints=tuple(sorted(hints[:_MAX_HINTS], key=lambda hint: hint.start)))


def _loses_condition(text: str, found: list[Token]) -> bool:
    """Whether a filter may be among what is not read of a text, or is read in part."""
    if len(text) <= MAX_CHARACTERS:
        return False
    is_within = bool(found) and found[-1].kind == "filter"
    return is_within or _CONDITION.search(text, MAX_CHARACTERS - _LONGEST_SHAPE) is not None


def _fitting_filters(filters: tuple[Filter, ...]) -> tuple[Filter, ...]:
    lengths = accumulate(len(str(item)) + 1 for item in filters)
    return filters[: bisect_right(list(lengths), MAX_CHARACTERS // 2 + 1)]


def _fitting_terms(terms: list[Term], room: int) -> tuple[Term, ...]:
    """Shorten the idea that does not fit, and drop those after it."""
    kept: tuple[Term, ...] = ()
    for term in terms:
        kept += (term,)
        while (excess := len(format_query(kept, (), None)) - room) > 0:
            text = kept[-1].text[:-excess].rstrip()
            kept = kept[:-1]
            if not text:
                return kept
            kept += (replace(term, text=text),)
        if kept[-1] != term:
            break
    return kept
