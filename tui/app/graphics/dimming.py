"""A screen behind a dialog, dimmed as Textual dims it, at a fraction of the cost.

Textual computes the style of every segment again at each paint of a dialog. Pictures of half cells
have thousands of segments, each of other colours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.renderables.background_screen import BackgroundScreen
from textual.strip import Strip
from textual.visual import Visual

from tui.app.graphics.half_cells import RgbBlend
from tui.app.terminal.images import PLACEHOLDER

if TYPE_CHECKING:
    from rich.console import RenderableType
    from textual.color import Color
    from textual.css.styles import RulesMap
    from textual.screen import Screen
    from textual.style import Style as VisualStyle
    from textual.visual import RenderOptions

_MOST_STYLES = 1 << 12


class Dimmer:
    """Dims lines of a screen, but only those that have changed since the last time.

    The foreground colour of a Kitty placeholder is the number of its picture: a changed colour
    would refer to a picture that does not exist (Kitty's graphics protocol, "Unicode
    placeholders").

    Args:
        colour: the colour over the screen, with its alpha.
        base: the style where the screen has none.
    """

    def __init__(self, colour: Color, base: Style) -> None:
        self._colour = colour
        self._base = base
        self._cells = RgbBlend(colour.rgb, colour.a)
        self._styles: dict[tuple[Style | None, bool], Style] = {}
        self._lines: list[tuple[list[Segment], Strip]] = []

    def is_for(self, colour: Color, base: Style) -> bool:
        """Return whether it dims with this colour and style."""
        return (colour, base) == (self._colour, self._base)

    def lines(self, strips: list[Strip]) -> list[Strip]:
        """Return the dimmed lines of a screen."""
        before = self._lines[: len(strips)]
        before += [([], Strip([]))] * (len(strips) - len(before))
        self._lines = [
            line if line[0] == strip._segments else (strip._segments, self._dimmed(strip))
            for line, strip in zip(before, strips, strict=True)
        ]
        return [strip for _, strip in self._lines]

    def _dimmed(self, strip: Strip) -> Strip:
        segments = []
        for segment in strip:
            cell = self._cells.dimmed(segment)
            if cell is None:
                text, style, control = segment
                cell = segment if control else Segment(text, self._style(style, text))
            segments.append(cell)
        return Strip(segments, strip.cell_length)

    def _style(self, style: Style | None, text: str) -> Style:
        key = (style, text.startswith(PLACEHOLDER))
        dimmed = self._styles.get(key)
        if dimmed is None:
            if len(self._styles) > _MOST_STYLES:
                self._styles.clear()
            dimmed = self._styles[key] = self._dimmed_style(*key)
        return dimmed

    def _dimmed_style(self, style: Style | None, is_placeholder: bool) -> Style:
        segments = BackgroundScreen.process_segments([Segment("", style)], self._colour)
        dimmed = self._base + next(iter(segments)).style
        if is_placeholder and style is not None:
            dimmed += Style(color=style.color)
        return dimmed


class Backdrop(Visual):
    """The screen behind a dialog, which caches the dimmed lines between paints."""

    def __init__(self) -> None:
        self._screen: Screen[object] | None = None
        self._colour: Color | None = None
        self._dimmer: Dimmer | None = None

    def instead_of(self, content: RenderableType | Visual) -> RenderableType | Visual:
        """Return a dialog's content, with this backdrop instead of Textual's own dimmed screen."""
        if not isinstance(content, BackgroundScreen):
            return content
        self._screen, self._colour = content.screen, content.color
        return self

    def render_strips(
        self, width: int, height: int | None, style: VisualStyle, _options: RenderOptions
    ) -> list[Strip]:
        """Return the dimmed lines of the screen; Textual calls this."""
        assert self._screen is not None
        assert self._colour is not None
        base = style.rich_style
        if self._dimmer is None or not self._dimmer.is_for(self._colour, base):
            self._dimmer = Dimmer(self._colour, base)
        lines = self._dimmer.lines(self._screen._compositor.render_strips())
        return [line.crop(0, width) for line in lines[:height]]

    def get_optimal_width(self, _rules: RulesMap, container_width: int) -> int:
        """Return the width of the screen; Textual calls this."""
        return container_width

    def get_height(self, _rules: RulesMap, _width: int) -> int:
        """Return the height of the screen; Textual calls this."""
        return 0 if self._screen is None else self._screen.size.height
