"""Parses text into a query. Pure and total: every text is a query, even a half-typed one.

`tui.search.query.syntax` documents the syntax.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import replace
from datetime import date
from itertools import accumulate
from typing import TYPE_CHECKING

from tui.search.query.lexer import MAX_CHARACTERS, clean, tokenize
from tui.search.query.parser import QueryParser
from tui.search.query.query_hints import query_hints
from tui.search.query.syntax import SHAPES
from tui.search.query.terms import Filter, Query, Term, format_query

if TYPE_CHECKING:
    from pathlib import Path

    from tui.search.query.lexer import Token

MAX_WORDS = 32
"""The most words that are compared with file names."""

MAX_TERMS = 16
"""The most terms of a query."""

_MAX_HINTS = 8
_CONDITION = re.compile(rf"[a-z]:|\b(?:{'|'.join(SHAPES)})\b", re.IGNORECASE)
"""Matches a possible filter in the part of a text that is not parsed."""

_LONGEST_SHAPE = max(map(len, SHAPES))


def parse(text: str, scope: Path | None = None, *, today: date | None = None) -> Query:
    """Parse a query; never raises.

    Args:
        text: any text, of any length.
        scope: the folder to search, absolute; None is the whole library.
        today: the day to which ``yesterday`` and the like refer; None is the current day.
    """
    source = clean(text[:MAX_CHARACTERS])
    parser = QueryParser(source, today or date.today())
    text_tokens = tokenize(source.text)
    parser.read(text_tokens)
    # Write shapes first: after other filters, they would join the words before those.
    in_order = sorted(parser.filters, key=lambda item: item.kind != "shape")
    typed = tuple(dict.fromkeys(in_order))
    filters = _fitting_filters(typed)
    room = MAX_CHARACTERS - len(format_query((), filters, parser.sort)) - 1
    terms = _fitting_terms(parser.terms[:MAX_TERMS], room)
    words = dict.fromkeys(
        word for term in terms if term.weight > 0 for word in term.text.casefold().split()
    )
    fewer_filters = filters != typed or _loses_condition(text, text_tokens)
    shortened = fewer_filters or len(text) > MAX_CHARACTERS or terms != tuple(parser.terms)
    query = Query(terms, filters, parser.sort, tuple(words)[:MAX_WORDS], scope, shortened)
    hints = [*parser.hints, *query_hints(query, len(text), fewer_filters=fewer_filters)]
    hints.sort(key=lambda hint: (not hint.unread, hint.start))
    return replace(query, hints=tuple(sorted(hints[:_MAX_HINTS], key=lambda hint: hint.start)))


def _loses_condition(text: str, text_tokens: list[Token]) -> bool:
    """Whether the part of a text that is not parsed may contain a filter, or a piece of one."""
    if len(text) <= MAX_CHARACTERS:
        return False
    is_within = bool(text_tokens) and text_tokens[-1].kind == "filter"
    return is_within or _CONDITION.search(text, MAX_CHARACTERS - _LONGEST_SHAPE) is not None


def _fitting_filters(filters: tuple[Filter, ...]) -> tuple[Filter, ...]:
    lengths = accumulate(len(str(item)) + 1 for item in filters)
    return filters[: bisect_right(list(lengths), MAX_CHARACTERS // 2 + 1)]


def _fitting_terms(terms: list[Term], room: int) -> tuple[Term, ...]:
    """Shorten the first term that does not fit, and drop the terms after it."""
    fitting: tuple[Term, ...] = ()
    for term in terms:
        fitting += (term,)
        while (excess := len(format_query(fitting, (), None)) - room) > 0:
            text = fitting[-1].text[:-excess].rstrip()
            fitting = fitting[:-1]
            if not text:
                return fitting
            fitting += (replace(term, text=text),)
        if fitting[-1] != term:
            break
    return fitting
