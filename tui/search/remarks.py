"""Hints about a query as a whole, and about words that look like filters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tui.search.dates import Days
from tui.search.syntax import FILTERS, OTHER_NAMES
from tui.search.values import Hint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.search.values import Query

_NAMED = re.compile(r"([A-Za-z]{2,}):(?!//|:)(.*)", re.DOTALL)


def unknown_filter(word: str) -> str:
    """Say that a word looks like a filter and is none; empty where it does not.

    Addresses, times and drives stay quiet, and so does a word that only ends in a colon, unless
    it is nearly the name of a filter.
    """
    match = _NAMED.fullmatch(word)
    if match is None or match[1].lower() in FILTERS:
        return ""
    meant = _nearest(match[1].lower())
    if meant:
        return f"There is no filter {match[1]}:, is {meant}: meant?"
    if match[2]:
        return f"There is no filter {match[1]}:, so these are words."
    return ""


def _nearest(name: str) -> str:
    import difflib

    if name in OTHER_NAMES:
        return OTHER_NAMES[name]
    return next(iter(difflib.get_close_matches(name, FILTERS, 1, 0.7)), "")


def remarks(query: Query, length: int) -> Iterator[Hint]:
    """Say what is odd about a query as a whole; ``length`` is that of the text."""
    if query.shortened:
        yield Hint("The query is too long; its end is left out.", 0, length)
    if query.terms and all(term.weight < 0 for term in query.terms):
        yield Hint("Say what to show as well: this only says what not.", 0, length)
    if query.sort is not None and query.sort.key == "score" and not query.terms:
        yield Hint("sort:score needs words to go by.", 0, length)
    message = _contradiction(query)
    if message:
        yield Hint(message, 0, length)


def _contradiction(query: Query) -> str:
    for item in query.filters:
        if not item.negated and any(
            other.negated and (other.kind, other.value) == (item.kind, item.value)
            for other in query.filters
        ):
            return f"Nothing is both {item} and not."
    days = [
        _turned(item.value) if item.negated else item.value
        for item in query.filters
        if isinstance(item.value, Days)
    ]
    firsts = [first for first, _ in filter(None, days) if first is not None]
    ends = [end for _, end in filter(None, days) if end is not None]
    if firsts and ends and max(firsts) >= min(ends):
        return "No day is after the one date and before the other."
    return ""


def _turned(days: Days) -> Days | None:
    """Return the days that are left; None where these are on both sides."""
    if days.first is None:
        return Days(days.end, None)
    return Days(None, days.first) if days.end is None else None
