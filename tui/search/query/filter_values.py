"""Parses the values of filters, and describes the expected value if that fails."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING, cast, get_args

from tui.search.query.dates import DateRange, read_days
from tui.search.query.lexer import normalize
from tui.search.query.syntax import FILTERS
from tui.search.query.terms import Filter, GeoCircle, Sort, SortKey
from tui.storage.formats import SUFFIXES

if TYPE_CHECKING:
    from datetime import date

_PIXELS = re.compile(r"([0-9]{1,7})(?:p|px)?")
_DEFAULT_KM = 10.0
_HALF_EARTH_KM = 20_038.0
"""Half the Earth's circumference: the largest distance between two points."""


class UnreadableError(Exception):
    """The value of a filter can't be parsed yet; the message describes the expected value."""


def read_filter(name: str, value: str, negated: bool, today: date) -> Filter | Sort:
    """Parse a filter.

    Args:
        name: one of `FILTERS` except ``like``.
        value: as typed, without quotes.
        negated: a minus precedes it.
        today: the day to which relative dates refer.

    Raises:
        UnreadableError: the value can't be parsed.
    """
    text = normalize(value)
    if not text:
        raise UnreadableError(describe_expected(name))
    if name == "sort":
        return Sort(_sort_key(text.lower()), negated)
    item: Filter
    match name:
        case "after" | "before" | "on":
            item = Filter("date", _days(name, text, today))
        case "ext":
            item = Filter("ext", _suffixes(text))
        case "min":
            item = Filter("min", _pixels(text))
        case "near":
            item = Filter("near", _near(text))
        case "is" if text.lower() == "new":
            item = Filter("new", None)
        case "in":
            item = Filter("in", value.strip())  # a path keeps its spaces
        case "name" | "camera":
            item = Filter(name, text)
        case _:
            raise UnreadableError(describe_expected(name))
    return replace(item, negated=negated)


def describe_expected(name: str) -> str:
    """Return a sentence about the value that a filter expects."""
    return f"{name}: needs {FILTERS[name]}."


def _days(name: str, text: str, today: date) -> DateRange:
    try:
        days = read_days(text, today)
    except ValueError as error:
        raise UnreadableError(str(error)) from None
    if name == "after":
        return DateRange(days.first, None)
    return DateRange(None, days.first) if name == "before" else days


def _sort_key(text: str) -> SortKey:
    if text not in get_args(SortKey):
        raise UnreadableError(describe_expected("sort"))
    return cast("SortKey", text)


def describe_unknown_format(text: str) -> str:
    """Return a sentence about the first unknown format after ``ext:``; empty if all are known."""
    unread = (suffix for suffix in _typed_suffixes(text) if suffix and not _is_format(suffix))
    return next(
        (f".{suffix} is not a supported format; {describe_expected('ext')}" for suffix in unread),
        "",
    )


def _suffixes(text: str) -> tuple[str, ...]:
    typed = _typed_suffixes(text)
    readable = tuple(filter(_is_format, typed))
    if not readable:
        raise UnreadableError(f".{typed[0]} is not a supported format; {describe_expected('ext')}")
    return readable


def _typed_suffixes(text: str) -> list[str]:
    parts = normalize(text).split(",")
    return list(dict.fromkeys(part.strip().lstrip(".").lower() for part in parts))


def _is_format(suffix: str) -> bool:
    return suffix in SUFFIXES or suffix == "raw"


def _pixels(text: str) -> int:
    match = _PIXELS.fullmatch(text.lower())
    if match is None or not int(match[1]):
        raise UnreadableError(describe_expected("min"))
    return int(match[1])


def _near(text: str) -> GeoCircle:
    parts = [part.strip() for part in text.split(",")]
    try:
        numbers = [float(part) for part in parts if part]
    except ValueError:
        raise UnreadableError(describe_expected("near")) from None
    if len(numbers) not in (2, 3) or not all(map(math.isfinite, numbers)):
        raise UnreadableError(describe_expected("near"))
    latitude, longitude, km = [*numbers, _DEFAULT_KM][:3]
    if abs(latitude) > 90 or abs(longitude) > 180 or km <= 0:
        raise UnreadableError(
            "near: needs a latitude from -90 to 90, a longitude from -180 to 180, and kilometres."
        )
    return GeoCircle(latitude + 0.0, longitude + 0.0, min(km, _HALF_EARTH_KM))
