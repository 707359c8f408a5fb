"""The style of dialogs: a box in the middle of a dimmed screen."""

from __future__ import annotations

import shutil

DIMMED = """
    align: center middle;
    background: $background 60%;
"""

FRAME = """
    max-width: 100%;
    height: auto;
    max-height: 100%;
    background: $surface;
    border: round $border;
    border-title-color: $border;
    border-subtitle-color: $text-muted;
"""

BOX = f"""
    {DIMMED}
    #box {{
        {FRAME}
        width: 72;
        padding: 1 2;
    }}
"""

CHOICES = """
    OptionList, OptionList:focus {
        height: auto;
        padding: 0;
        border: none;
        background: $surface;
        background-tint: $background 0%;
    }
"""
"""A list of choices that looks like a part of the box."""


WIDTHS = [(0, "-narrow"), (64, "-medium"), (110, "-wide")]
HEIGHTS = [(0, "-flat"), (9, "-low"), (16, "-high")]


def current_breakpoints() -> str:
    """Return the style classes for the size of this terminal, so that nothing is styled twice."""
    columns, rows = shutil.get_terminal_size()
    width = [name for least, name in WIDTHS if columns >= least][-1]
    height = [name for least, name in HEIGHTS if rows >= least][-1]
    return f"{width} {height}"
