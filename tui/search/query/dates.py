"""Parses dates as people type them: ``2023-05``, ``yesterday``, ``last summer``. Pure.

Not dateparser: version 1.2 has no seasons, reads ``2023-05`` as a day rather than a month, and
needs so long for its first date that typing would stutter.
"""

from __future__ import annotations

import re
from datetime import MAXYEAR, date, timedelta
from typing import NamedTuple

_DAY = timedelta(days=1)
_NUMBERS = re.compile(r"([0-9]{4})(?:[-/.](?:([0-9]{1,2})(?:[-/.]([0-9]{1,2})?)?)?)?")
_YEAR = re.compile(r"[0-9]{4}")

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
# Meteorological seasons of the northern hemisphere, named by the year in which they begin.
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}

EXAMPLES = ("today", "yesterday", "last week", "last month", "last year", "last summer", "summer")
"""Dates that completion suggests."""

FIRST_WORDS = frozenset({"last", "this", *_SEASONS, *_MONTHS, *(name[:3] for name in _MONTHS)})
"""Words that may begin a date of two words: ``last week``, ``summer 2023``."""


class DateRange(NamedTuple):
    """From the day ``first`` to before the day ``end``; None is open."""

    first: date | None
    end: date | None

    def __str__(self) -> str:
        """Return the filter that means this range."""
        first, end = self
        if first is None:
            return f"before:{end}"
        if end is None:
            return f"after:{first}"
        if first.day == 1 and end == _month_after(first, 1):
            return f"on:{first.isoformat()[:7]}"
        if (first.month, first.day) == (1, 1) and end == _month_after(first, 12):
            return f"on:{first.isoformat()[:4]}"
        return f"on:{first}" if end == first + _DAY else f"on:{first}..{end - _DAY}"


_Span = tuple[date, date]


def read_days(text: str, today: date) -> DateRange:
    """Parse a date or a range of dates; both ends of the result are set.

    Raises:
        ValueError: it is not a date; the message is a sentence for the user.
    """
    left, dots, right = text.lower().partition("..")
    first, end = _read_span(left, today)
    if dots and right.strip():
        end = _read_span(right, today)[1]
    if end <= first:
        raise ValueError(f"{text} ends before it begins.")
    return DateRange(first, end)


def _read_span(text: str, today: date) -> _Span:
    words = text.split()
    try:
        numbers = _NUMBERS.fullmatch("".join(words))
        span = _parse_numbers(numbers) if numbers else _parse_words(words, today)
    except (ValueError, OverflowError):  # no calendar has such a day
        raise ValueError(f"No such date: {text.strip()}.") from None
    if span is None:
        problem = f"{text.strip()} is not a date" if words else "A date is missing"
        raise ValueError(f"{problem}; try 2023-05, yesterday or last summer.")
    return span


def _parse_numbers(match: re.Match[str]) -> _Span:
    year, month, day = (None if part is None else int(part) for part in match.groups())
    if month is None:
        return _months(date(year or 0, 1, 1), 12)
    if day is None:
        return _months(date(year or 0, month, 1), 1)
    first = date(year or 0, month, day)
    return first, first + _DAY


def _parse_words(words: list[str], today: date) -> _Span | None:
    match words:
        case ["today" | "yesterday" as name]:
            day = today if name == "today" else today - _DAY
            return day, day + _DAY
        case ["this" | "last" as which, "week" | "month" | "year" as name]:
            span = _calendar_span(today, name)
            return span if which == "this" else _calendar_span(span[0] - _DAY, name)
        case ["last", name]:
            return _latest_finished(name, today)
        case ["this", name] | [name]:
            return _latest_started(name, today)
        case [name, year] if _YEAR.fullmatch(year):
            return _season_or_month(name, int(year))
    return None


def _calendar_span(day: date, name: str) -> _Span:
    """Return the calendar week, month or year that contains a day."""
    if name == "week":
        monday = day - day.weekday() * _DAY
        return monday, monday + 7 * _DAY
    if name == "month":
        return _months(day.replace(day=1), 1)
    return _months(day.replace(month=1, day=1), 12)


def _latest_started(name: str, today: date) -> _Span | None:
    """Return the latest season or month with that name that has started."""
    span = _season_or_month(name, today.year)
    return span if span is None or span[0] <= today else _season_or_month(name, today.year - 1)


def _latest_finished(name: str, today: date) -> _Span | None:
    """Return the latest season or month with that name that has finished."""
    span = _latest_started(name, today)
    return span if span is None or span[1] <= today else _season_or_month(name, span[0].year - 1)


def _season_or_month(name: str, year: int) -> _Span | None:
    if name in _SEASONS:
        return _months(date(year, _SEASONS[name], 1), 3)
    months = [number for number, month in enumerate(_MONTHS, 1) if name in (month, month[:3])]
    return _months(date(year, months[0], 1), 1) if months else None


def _months(first: date, count: int) -> _Span:
    """Return the span of some months from the first day of one.

    Raises:
        ValueError: it ends after the year 9999.
    """
    end = _month_after(first, count)
    if end is None:
        raise ValueError("These months are outside the calendar.")
    return first, end


def _month_after(first: date, count: int) -> date | None:
    """Return the first day of the month after some months; None after the year 9999."""
    years, month = divmod(first.month - 1 + count, 12)
    year = first.year + years
    return first.replace(year=year, month=month + 1) if year <= MAXYEAR else None
