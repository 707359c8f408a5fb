"""How the terminal draws pictures: protocol, cell size and colours."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from tui.app.terminal.bandwidth import BandwidthMeter

Protocol = Literal["kitty", "sixel", "halfcell", "unicode", "off"]

TRUECOLOR = 1 << 24
FRAME_SECONDS = 1 / 30
_MIN_SIXEL_SCALE = 0.5
"""The terminal can't enlarge Sixel pictures, so below this scale half cells replace them."""

PLACEHOLDER = "\U0010eeee"
"""The first character of a cell that shows a part of a picture, for Kitty and Sixel."""


class CellSize(NamedTuple):
    """The size of a character cell, in pixels."""

    width: int
    height: int


VT340_CELL = CellSize(10, 20)
"""The default where the terminal reports no size, as in textual_image."""


@dataclass(frozen=True, slots=True)
class ImageSupport:
    """How the terminal draws pictures.

    Attributes:
        protocol: ``off`` draws none.
        reason: why this protocol, for ``doctor``.
        cell: the size of a cell, in pixels; ``VT340_CELL`` where the terminal reports none.
        colours: how many the terminal shows.
        typed: what the user typed while the terminal was queried; the app inserts it.
        behind_tmux: graphics sequences must be wrapped to pass through tmux.
        meter: measures the bandwidth of a remote terminal; otherwise None.
    """

    protocol: Protocol
    reason: str = ""
    cell: CellSize = VT340_CELL
    colours: int = TRUECOLOR
    typed: str = ""
    behind_tmux: bool = False
    meter: BandwidthMeter | None = field(default=None, compare=False)

    @property
    def scale(self) -> float:
        """The factor, at most 1, by which the sides of pictures are scaled to fit the bandwidth."""
        return 1.0 if self.meter is None else self.meter.scale(*self.cell)

    @property
    def uses_characters(self) -> bool:
        """Whether characters draw the pictures, also in place of Sixel on a slow line."""
        if self.protocol == "sixel":
            return self.scale < _MIN_SIXEL_SCALE
        return self.protocol != "kitty"

    @property
    def cell_pixels(self) -> CellSize:
        """The width and height of a cell in the pixels that pictures are drawn with."""
        return CellSize(1, 2) if self.uses_characters else self.cell

    @property
    def frame_seconds(self) -> float:
        """The seconds between two frames of arriving pictures; a key waits for one frame."""
        return FRAME_SECONDS if self.meter is None else self.meter.frame_seconds(FRAME_SECONDS)

    @property
    def is_busy(self) -> bool:
        """Whether so much output is under way that more pictures would delay a key."""
        room = None if self.meter is None else self.meter.room
        return room is not None and room <= 0

    @property
    def pictures_a_frame(self) -> int | None:
        """How many arriving pictures to show in one frame; None for all."""
        return 1 if self.meter is not None and self.protocol in ("kitty", "sixel") else None

    def wire(self, text: str) -> str:
        """Return the text to write so that graphics sequences in ``text`` reach the terminal."""
        if not self.behind_tmux:
            return text
        from tui.app.terminal.tmux import wrap_for_tmux

        return wrap_for_tmux(text)
