"""How the small screens over the others look: a box in the middle, the rest dimmed."""

from __future__ import annotations

BOX = """
    align: center middle;
    background: $background 60%;
    #box {
        width: 72;
        max-width: 100%;
        height: auto;
        max-height: 100%;
        padding: 1 2;
        background: $surface;
        border: round $border;
        border-title-color: $border;
        border-subtitle-color: $text-muted;
    }
"""
