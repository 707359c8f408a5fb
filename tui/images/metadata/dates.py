"""Parses the dates that cameras and editors write: wall-clock time without a time zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_DATE = re.compile(
    r"\s*(\d{4})\s*[:/.-]\s*(\d\d?)\s*[:/.-]\s*(\d\d?)(?!\d)"
    r"(?:[\sT]+(\d\d?)\s*:\s*(\d\d?)(?:\s*:\s*(\d\d?))?)?"
)
_IPTC_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)")
_IPTC_TIME = re.compile(r"(\d\d)(\d\d)(\d\d)")
_FIRST_YEAR, _LAST_YEAR = 1900, 2100


def parse_date(text: str) -> int | None:
    """Return the nanoseconds since 1970 of a date in EXIF's or XMP's form, or None.

    The wall-clock time is read as UTC. A date without a valid time is the start of that day; blanks
    instead of leading zeros are accepted.
    """
    match = _DATE.match(text)
    return _nanoseconds(match.groups()[:3], match.groups()[3:]) if match else None


def parse_iptc_date(date: str, time: str) -> int | None:
    """Return the nanoseconds since 1970 of IPTC's ``CCYYMMDD`` and ``HHMMSS±HHMM``, or None."""
    day, clock = _IPTC_DATE.match(date), _IPTC_TIME.match(time)
    if day is None:
        return None
    return _nanoseconds(day.groups(), clock.groups() if clock else ())


def parse_text_date(text: str) -> int | None:
    """Return the nanoseconds since 1970 of a date in the form of PNG's "Creation Time", or None.

    The PNG specification suggests RFC 1123; programs also write ISO 8601.
    """
    date = parse_date(text)
    if date is not None:
        return date
    try:
        parts = parsedate(text)
    except (IndexError, TypeError, ValueError):
        return None
    return _nanoseconds(parts[:3], parts[3:6]) if parts else None


def _nanoseconds(day: Sequence[str | int], clock: Sequence[str | int | None]) -> int | None:
    try:
        date = datetime(*(int(part) for part in day), tzinfo=UTC)  # type: ignore[arg-type, misc]
    except ValueError:
        return None
    if not _FIRST_YEAR <= date.year <= _LAST_YEAR:
        return None
    seconds = _seconds_of_day(*(int(part or 0) for part in clock))
    return (int(date.timestamp()) + seconds) * 1_000_000_000


def _seconds_of_day(hour: int = 0, minute: int = 0, second: int = 0) -> int:
    """Return seconds since midnight; 24:00:00 and a leap second belong to the same day."""
    if hour > 24 or minute > 59 or second > 60 or (hour == 24 and (minute or second)):
        return 0
    return min(hour * 3600 + minute * 60 + min(second, 59), 86_399)
