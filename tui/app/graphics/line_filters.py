"""Textual's line filters, for widgets whose lines already have true colours.

Textual applies them to every line of every paint. The one that is always present,
``ANSIToTruecolor``, looks up each style without changing any.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.filter import ANSIToTruecolor

if TYPE_CHECKING:
    from rich.style import Style
    from textual.strip import Strip
    from textual.widget import Widget


def true_colours(widget: Widget, style: Style) -> Style:
    """Return a style in which `ANSIToTruecolor` would change nothing."""
    for line_filter in widget.app.get_line_filters():
        if isinstance(line_filter, ANSIToTruecolor):
            [segment] = line_filter.apply([Segment("", style)], widget.background_colors[1])
            style = segment.style or style
    return style


def filtered(widget: Widget, lines: list[Strip]) -> list[Strip]:
    """Apply the filters to lines of true colours, except `ANSIToTruecolor`."""
    for line_filter in widget.app.get_line_filters():
        if not isinstance(line_filter, ANSIToTruecolor):
            background = widget.background_colors[1]
            lines = [line.apply_filter(line_filter, background) for line in lines]
    return lines
