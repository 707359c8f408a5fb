"""What is said of one picture, in parts: for the cells, the list and the preview."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.app.wording import date_text, shown_path
from tui.display import printable

if TYPE_CHECKING:
    from tui.domain import FileDetails, Hit

_BAR = 8
_SHORTEST_BAR = 4
_UNITS = ("kB", "MB", "GB", "TB")


def size_text(size: int) -> str:
    """Say a number of bytes shortly, in powers of 1,000."""
    if size < 1000:
        return f"{size} B"
    value, place = size / 1000, 0
    while value >= 999.5 and place < len(_UNITS) - 1:
        value, place = value / 1000, place + 1
    unit = _UNITS[place]
    return f"{value:.1f} {unit}" if value < 9.95 else f"{value:.0f} {unit}"


def facts(file: FileDetails) -> list[str]:
    """Return what is known of a file: date, pixels, size, format, camera."""
    parts = [date_text(file)]
    if file.info is not None:
        parts.append(f"{file.info.width} × {file.info.height}")  # noqa: RUF001 - a size, not an x
    parts.append(size_text(file.size))
    if file.info is not None:
        parts += [printable(file.info.format), printable(file.info.camera or "")]
    return [part for part in parts if part]


def bar(share: float, room: int) -> str:
    """Draw a share of 1 as a line of ``room`` cells."""
    filled = max(0, min(room, round(share * room)))
    return f"{'━' * filled}{'╌' * (room - filled)}"


def score_text(hit: Hit, best: float | None, width: int) -> str:
    """Show a score as a number, with a bar where there is room.

    The bar is the hit's strength; where that is not known, its score beside the best one.
    """
    if hit.score is None:
        return ""
    number = f"{hit.score:.2f}"
    room = min(_BAR, width - len(number) - 1)
    if room < _SHORTEST_BAR:
        return number
    share = hit.strength
    if share is None:
        share = hit.score / best if best and best > 0 else 0.0
    return f"{bar(share, room)} {number}"


def copies_text(hit: Hit) -> str:
    """Say how many files are folded into a hit; nothing of one."""
    return f"{hit.copies:,}x" if hit.copies > 1 else ""


def folder_text(file: FileDetails) -> str:
    """Say where a file is."""
    return shown_path(file.path.parent)
