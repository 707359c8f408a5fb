"""Texts that the screen and the command line share, safe to show in a terminal."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tui.core.domain import FileDetails, PictureInfo, Progress

_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # control characters: C0, DEL, C1
    "\u2028\u2029"  # line and paragraph separators
    "\u200e\u200f\u202a-\u202e\u2066-\u2069"  # marks that reorder the text beside them (UAX #9)
    "\ud800-\udfff]"  # bytes of a name that is not UTF-8 (PEP 383)
)


_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_LINE_BREAK = re.compile("[\n\r]")
_MAX_QUOTED = 40


def has_control(text: str) -> bool:
    """Whether a text contains a control character, which a terminal or a shell may interpret."""
    return _CONTROL.search(text) is not None


def has_line_break(text: object) -> bool:
    """Whether a name has a line break, which would split it in a list with one name per line."""
    return _LINE_BREAK.search(str(text)) is not None


def line_break_error(paths: Iterable[Path]) -> str:
    """Return why paths can't be printed one per line; empty if they can."""
    broken = next(filter(has_line_break, paths), None)
    return "" if broken is None else f"{printable(broken.name)} has a line break; use -0."


def printable(text: object) -> str:
    r"""Return ``text`` on one line that can't move the cursor: ``\n``, ``\x1b``, ``\xff`` ...

    File names may contain all of these.
    """
    return _UNSAFE.sub(_escaped, str(text))


def printable_lines(text: object) -> str:
    """Return ``text`` as `printable` does, but with its line breaks."""
    return "\n".join(map(printable, str(text).split("\n")))


def one_line(text: str) -> str:
    """Return a text that can be typed: its lines joined by blanks, without control characters.

    Tabs become blanks. Characters that could reorder or damage the line (see `printable`) are
    removed.
    """
    lines = (_UNSAFE.sub("", line) for line in text.replace("\t", " ").splitlines())
    return " ".join(filter(None, lines))


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    if "\udc80" <= character <= "\udcff":
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")


def shorten(text: str) -> str:
    """Return a text for use in a sentence, shortened to 40 characters."""
    return text if len(text) <= _MAX_QUOTED else f"{text[:_MAX_QUOTED].rstrip()}…"


def plural(number: int, what: str) -> str:
    """Return ``1 file``, ``1,234 files``."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def size_text(size: int) -> str:
    """Return ``999 B``, ``12 kB``, ``3.4 MB``, in powers of ten."""
    if size < 1000:
        return f"{size} B"
    if size < 999_500:
        return f"{size / 1e3:.0f} kB"
    return f"{size / 1e6:,.1f} MB" if size < 999_950_000 else f"{size / 1e9:,.1f} GB"


def pixels_text(info: PictureInfo) -> str:
    """Return ``4000 × 3000``."""  # noqa: RUF002 - a size, not an x
    return f"{info.width} × {info.height}"  # noqa: RUF001


def date_of(file: FileDetails) -> datetime | None:
    """Return the date taken, else the file's, in local time, to the second.

    Return None for a year outside the calendar's range.
    """
    taken_ns = file.info.taken_ns if file.info else None  # local time, read as UTC
    nanoseconds, zone = (file.mtime_ns, None) if taken_ns is None else (taken_ns, UTC)
    try:
        return datetime.fromtimestamp(nanoseconds // 10**9, zone).replace(tzinfo=None)
    except (OverflowError, ValueError, OSError):
        return None


def duration_text(seconds: float) -> str:
    """Return ``45 s``, ``3 min``, ``2 h 5 min``."""
    if seconds < 90:
        return f"{max(0, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def progress_text(progress: Progress) -> str:
    """Return the progress of an indexing run as text."""
    if progress.phase == "scanning" and not progress.total:
        return "looking for pictures"
    parts = [f"{progress.done:,}/{progress.total:,}"]
    if progress.rate >= 0.1:
        parts.append(f"{progress.rate:,.0f}/s" if progress.rate >= 3 else f"{progress.rate:.1f}/s")
    if progress.phase == "saving":
        parts.append("saving")
    elif progress.seconds_left is not None:
        parts.append(f"{duration_text(progress.seconds_left)} left")
    if progress.failed:
        parts.append(f"{progress.failed:,} failed")
    return " · ".join(parts)


def running_text(progress: Progress) -> str:
    """Return the progress of a run that has not ended as text."""
    text = progress_text(progress)
    if progress.phase == "embedding" and not progress.done:
        starting = "loading model…"
        text = f"{text} · {starting}" if progress.total else starting
    if progress.folders > 1 and progress.phase in ("scanning", "embedding"):
        text = f"folder {progress.folder} of {progress.folders} · {text}"
    return text
