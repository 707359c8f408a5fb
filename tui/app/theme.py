"""The themes of the app: a warm accent on neutral grey, which does not compete with pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.theme import Theme

if TYPE_CHECKING:
    from collections.abc import Mapping

DARK = Theme(
    name="photoseek",
    primary="#e0a458",
    secondary="#8fa8a3",
    accent="#f0bf7c",
    warning="#e3c567",
    error="#d9776c",
    success="#93b57a",
    foreground="#dcdad6",
    background="#161616",
    surface="#1d1d1d",
    panel="#282828",
    variables={
        "border": "#e0a458",
        "border-blurred": "#3a3a3a",
        "block-cursor-foreground": "#161616",
        "block-cursor-background": "#e0a458",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-foreground": "#e8e6e2",
        "block-cursor-blurred-background": "#333230",
        "footer-background": "#161616",
        "footer-key-foreground": "#e0a458",
        "footer-description-foreground": "#9a9894",
        "input-cursor-background": "#e0a458",
        "input-selection-background": "#e0a458 30%",
        "scrollbar": "#3a3a3a",
        "scrollbar-background": "#161616",
    },
)

LIGHT = Theme(
    name="photoseek-light",
    primary="#9a5b12",
    secondary="#4d6f6a",
    accent="#7d4708",
    warning="#8a6a00",
    error="#b23a2e",
    success="#4b7a34",
    foreground="#2b2a28",
    background="#f8f7f4",
    surface="#f1efeb",
    panel="#e6e3dd",
    dark=False,
    variables={
        "border": "#9a5b12",
        "border-blurred": "#cfcbc3",
        "block-cursor-foreground": "#f8f7f4",
        "block-cursor-background": "#9a5b12",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-foreground": "#2b2a28",
        "block-cursor-blurred-background": "#e0dbd2",
        "footer-background": "#f8f7f4",
        "footer-key-foreground": "#9a5b12",
        "footer-description-foreground": "#6f6c66",
        "input-cursor-background": "#9a5b12",
        "input-selection-background": "#9a5b12 25%",
        "scrollbar": "#cfcbc3",
        "scrollbar-background": "#f8f7f4",
    },
)

_LIGHT_BACKGROUNDS = {"7", "9", "10", "11", "12", "13", "14", "15"}


def theme_for(environ: Mapping[str, str]) -> str:
    """Return the theme that suits the terminal's background, if known (rxvt's ``COLORFGBG``)."""
    background = environ.get("COLORFGBG", "").rpartition(";")[2]
    return LIGHT.name if background in _LIGHT_BACKGROUNDS else DARK.name
