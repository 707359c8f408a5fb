"""Hints about a query as a whole, and about words that look like filters."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from tui.search.query.dates import DateRange
from tui.search.query.syntax import FILTERS, OTHER_NAMES
from tui.search.query.terms import Hint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.search.query.terms import Filter, Query

_NAMED = re.compile(r"([A-Za-z]{2,}+):(?!//|:)(.*+)", re.DOTALL)


class UnknownFilter(NamedTuple):
    """The hint about a word that looks like a filter, and whether it is probably misspelt."""

    message: str
    is_meant: bool


def find_unknown_filter(word: str) -> UnknownFilter | None:
    """Return a hint if a word looks like a filter but is not one.

    Addresses, times and drives get no hint, and neither does a word that only ends in a colon,
    unless it resembles the name of a filter.
    """
    match = _NAMED.fullmatch(word)
    if match is None or match[1].lower() in FILTERS:
        return None
    closest = _closest_filter(match[1].lower())
    if closest:
        return UnknownFilter(f"Unknown filter {match[1]}:. Did you mean {closest}:?", is_meant=True)
    if match[2]:
        return UnknownFilter(f"Unknown filter {match[1]}:, searched as words.", is_meant=False)
    return None


@lru_cache(256)  # a text may contain a name several times
def _closest_filter(name: str) -> str:
    import difflib

    if name in OTHER_NAMES:
        return OTHER_NAMES[name]
    return next(iter(difflib.get_close_matches(name, FILTERS, 1, 0.7)), "")


def query_hints(query: Query, length: int, *, fewer_filters: bool = False) -> Iterator[Hint]:
    """Yield hints about a query as a whole.

    Args:
        query: the query.
        length: the length of its text.
        fewer_filters: filters were, or may have been, dropped because the text was too long.
    """
    if query.shortened:
        yield Hint("The query is too long; its end is ignored.", 0, length, fewer_filters)
    if query.terms and all(term.weight < 0 for term in query.terms):
        yield Hint("This query only excludes; add what you want to see.", 0, length)
    if query.sort is not None and query.sort.key == "score" and not query.terms:
        yield Hint("sort:score needs a search term.", 0, length)
    message = _contradiction(query)
    if message:
        yield Hint(message, 0, length)


def _contradiction(query: Query) -> str:
    filters = frozenset(query.filters)
    for item in query.filters:
        if not item.negated and replace(item, negated=True) in filters:
            return f"{item} and -{item} exclude each other."
    spans = [(item, span) for item in query.filters if (span := _span(item)) is not None]
    latest = max(spans, key=lambda pair: pair[1].first or date.min, default=None)
    earliest = min(spans, key=lambda pair: pair[1].end or date.max, default=None)
    if latest is None or earliest is None or latest[1].first is None or earliest[1].end is None:
        return ""
    if latest[1].first < earliest[1].end:
        return ""
    return f"{latest[0]} and {earliest[0]} exclude each other."


def _span(item: Filter) -> DateRange | None:
    """Return the one range of days that a filter selects; None if it selects two, or all."""
    days = item.value
    if not isinstance(days, DateRange) or not item.negated:
        return days if isinstance(days, DateRange) else None
    if days.first is None:
        return DateRange(days.end, None)
    return DateRange(None, days.first) if days.end is None else None
