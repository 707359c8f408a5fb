"""Dates of files as a clock on the wall shows them."""

from __future__ import annotations

import time


def wall_clock(date_ns: int) -> int:
    """Return a file's date as a clock on the wall shows it, in nanoseconds read as UTC."""
    return date_ns + offset_ns(date_ns // 10**9)


def offset_ns(seconds: int) -> int:
    """Return local time's offset from UTC at a moment, in nanoseconds; 0 where it is unknown."""
    try:
        return time.localtime(seconds).tm_gmtoff * 10**9
    except (OverflowError, ValueError, OSError):  # a year that no calendar has
        return 0
