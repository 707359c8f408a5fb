"""How the terminal draws pictures: protocol, cell size and colours."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from tui.app.terminal.bandwidth import BandwidthMeter

Protocol = Literal["kitty", "sixel", "halfcell", "unicode", "off"]


TRUECOLOR = 1 << 24


class CellSize(NamedTuple):
    """The size of a character cell, in pixels."""

    width: int
    height: int


VT340_CELL = CellSize(10, 20)
"""Where the terminal does not tell: as large as textual_image assumes."""


@dataclass(frozen=True, slots=True)
class ImageSupport:
    """How pictures are drawn.

    Attributes:
        protocol: the way; ``off`` draws none.
        reason: why, for ``doctor``.
        cell: the size of a cell, in pixels; a guess where the terminal doesn't say.
        colours: how many the terminal shows.
        typed: what the user typed while the terminal was asked; the app is to take it up.
        behind_tmux: what is meant for the terminal must be wrapped for its way through tmux.
        link: the way to the terminal, where it may be slow and pictures take much of it.
        owed: what has come of an answer that the terminal still owes; None where it owes none.
    """

    protocol: Protocol
    reason: str = ""
    cell: CellSize = VT340_CELL
    colours: int = TRUECOLOR
    typed: str = ""
    behind_tmux: bool = False
    link: BandwidthMeter | None = field(default=None, compare=False)
    owed: str | None = None

    @property
    def scale(self) -> float:
        """Which part of their width and height pictures should be sent in."""
        return 1.0 if self.link is None else self.link.scale(self.cell)

    def wire(self, text: str) -> str:
        """Return what to write so that graphics sequences in ``text`` reach the terminal."""
        if not self.behind_tmux:
            return text
        from tui.app.terminal.tmux import wrap_for_tmux

        return wrap_for_tmux(text)
