"""The capabilities of a terminal by its name and version (XTVERSION)."""

from __future__ import annotations

import re

_FIRST_KITTY = (0, 28)
"""The first kitty with Unicode placeholders; older ones draw boxes."""

_TRUECOLOR = re.compile(
    r"(?i)alacritty|contour|foot|ghostty|iterm2|kitty|konsole|mintty|mlterm|vte|wezterm"
    r"|windows terminal"
)
_FIRST_TRUECOLOR_XTERM = 331
"""xterm's change log, patch 331: direct colour."""


def places_pictures(version: str) -> bool:
    """Return whether a terminal shows Kitty pictures at Unicode placeholders."""
    if version.lower().startswith("ghostty"):
        return True
    match = re.match(r"kitty\((\d+)\.(\d+)", version)
    return match is not None and (int(match[1]), int(match[2])) >= _FIRST_KITTY


def has_truecolor(version: str) -> bool:
    """Return whether a terminal shows 24-bit colours; xterm does since 331."""
    if match := re.match(r"(?i)xterm\((\d+)", version):
        return int(match[1]) >= _FIRST_TRUECOLOR_XTERM
    return _TRUECOLOR.match(version) is not None
