"""How the small screens over the others look: a box in the middle, the rest dimmed."""

from __future__ import annotations

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
