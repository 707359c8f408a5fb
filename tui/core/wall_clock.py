"""Dates of files in local time."""

from __future__ import annotations

import time


def wall_clock(date_ns: int) -> int:
    """Return a file's date in local time, in nanoseconds as if it were UTC."""
    return date_ns + offset_ns(date_ns // 10**9)


def offset_ns(seconds: int) -> int:
    """Return local time's offset from UTC at a moment, in nanoseconds; 0 if it is unknown."""
    try:
        return time.localtime(seconds).tm_gmtoff * 10**9
    except (OverflowError, ValueError, OSError):  # a year outside the calendar's range
        return 0
