"""Texts about one picture, for the cells, the list and the preview."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from tui.app.model.ellipsis import shorten_name
from tui.app.model.status_text import date_text, shown_path
from tui.core.domain import MATCH_GRADES, match_grade
from tui.core.formatting import pixels_text, printable, size_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.core.domain import FileDetails, Hit, PictureInfo

_WEAK = "weak match"
_SHORTEST_REASON = 12
"""Columns below which a grade says more than the reason, which would be cut."""

Attribute = tuple[str, str]
"""A label and a value."""


def facts(file: FileDetails) -> list[str]:
    """Return the date, pixels, size, format and camera of a file, as far as known."""
    parts = [date_text(file)]
    if file.info is not None:
        parts.append(pixels_text(file.info))
    parts.append(size_text(file.size))
    if file.info is not None:
        parts += [printable(file.info.format), printable(file.info.camera or "")]
    return [part for part in parts if part]


def bar(share: float, room: int) -> str:
    """Draw a share of 1 as a bar of ``room`` cells."""
    filled = round(max(0.0, min(share, 1.0)) * room)
    return f"{'▮' * filled}{'▯' * (room - filled)}"


def match_text(hit: Hit, width: int) -> str:
    """Return the grade of a match as a bar, or in words for a weak one, and its reason.

    Without room for both, the grade is dropped, unless only the grade fits.
    """
    grade = "" if hit.strength is None else _grade_bar(hit.strength)
    if hit.is_weak:
        return next((text for text in (_WEAK, "weak") if len(text) <= width), "")
    if hit.reason is None:
        return grade if len(grade) <= width else ""
    reason = printable(hit.reason)
    both = f"{grade} {reason}".lstrip()
    if cell_len(both) <= width:
        return both
    if len(grade) <= width < _SHORTEST_REASON:
        return grade
    return shorten_name(reason, width)


def match_words(hit: Hit) -> str:
    """Return in words how good a match is, and its reason; empty if neither is known."""
    grade = "" if hit.strength is None else _WEAK if hit.is_weak else "good match"
    reason = "" if hit.reason is None or hit.is_weak else printable(hit.reason)
    return ", ".join(filter(None, (grade, reason)))


def match_sentence(hit: Hit) -> str:
    """Return how good a match is as a bar and in words, and its reason."""
    grade = "" if hit.strength is None or hit.is_weak else _grade_bar(hit.strength)
    return f"{grade} {match_words(hit)}".strip()


def _grade_bar(strength: float) -> str:
    return bar(match_grade(strength) / MATCH_GRADES, MATCH_GRADES)


def copies_text(hit: Hit) -> str:
    """Return the number of files folded into a hit; empty for one."""
    return f"{hit.copies:,}x" if hit.copies > 1 else ""


def folder_text(file: FileDetails) -> str:
    """Return the folder of a file."""
    return shown_path(file.path.parent)


def attributes(
    hit: Hit,
    matches: Sequence[tuple[str, float]] = (),
    exposure: Sequence[tuple[str, str]] = (),
) -> list[list[Attribute]]:
    """Return all attributes of a picture in blocks, those that are read from its file last.

    Args:
        hit: the picture.
        matches: each term of the query, and its cosine with the picture.
        exposure: labels and values of the exposure.
    """
    file, info = hit.file, hit.file.info
    lines = [
        ("Name", printable(file.path.name)),
        ("Folder", folder_text(file)),
        ("Date", date_text(file)),
        ("Size", f"{size_text(file.size)} ({file.size:,} bytes)"),
    ]
    if info is not None:
        pixels = pixels_text(info)
        if (megapixels := info.width * info.height / 1e6) >= 0.1:
            pixels += f" ({megapixels:.1f} MP)"
        lines += [
            ("Pixels", pixels),
            ("Format", printable(info.format)),
            ("Camera", printable(info.camera or "")),
            ("Place", _place_text(info)),
        ]
    shot = [(label, printable(value)) for label, value in exposure]
    blocks = (lines, _standing(hit), shot, _matched(matches))
    return [present for block in blocks if (present := [pair for pair in block if pair[1]])]


def _place_text(info: PictureInfo) -> str:
    if info.latitude is None or info.longitude is None:
        return ""
    north, east = "N" if info.latitude >= 0 else "S", "E" if info.longitude >= 0 else "W"
    return f"{abs(info.latitude):.5f} {north}, {abs(info.longitude):.5f} {east}"


def _standing(hit: Hit) -> list[Attribute]:
    return [
        ("Rank", f"{hit.rank:,}"),
        ("Match", match_sentence(hit)),
        ("Similarity", "" if hit.score is None else f"{hit.score:.3f}"),
        ("Copies", f"{hit.copies:,}" if hit.copies > 1 else ""),
    ]


def _matched(matches: Sequence[tuple[str, float]]) -> list[Attribute]:
    best = max((abs(cosine) for _, cosine in matches), default=0.0) or 1.0
    lines = [f"{bar(max(0.0, cosine) / best, 8)} {cosine:+.3f}  {term}" for term, cosine in matches]
    return [("" if number else "Terms", line) for number, line in enumerate(lines)]


def similar_query(file: FileDetails) -> str:
    """Return a query for pictures like this one; empty if its path can't be typed."""
    from tui.search.query.terms import Term

    path = str(file.path)
    return str(Term("", like=path)) if printable(path) == path else ""


def same_day_query(file: FileDetails) -> str:
    """Return a query for the pictures of the day of this one; empty if its date is unknown."""
    date = date_text(file)
    return f"on:{date[:10]}" if date else ""
