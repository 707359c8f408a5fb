"""Texts about one picture, for the cells, the list and the preview."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.app.model.status_text import date_text, shown_path
from tui.core.formatting import pixels_text, printable, size_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.core.domain import FileDetails, Hit, PictureInfo

_BAR = 8
_SHORTEST_BAR = 4

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
        ("Score", "" if hit.score is None else f"{hit.score:.3f}"),
        ("Strength", "" if hit.strength is None else f"{bar(hit.strength, 10)} {hit.strength:.0%}"),
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
