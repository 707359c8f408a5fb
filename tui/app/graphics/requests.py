"""A request for a thumbnail, and the thumbnail that answers it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from textual.strip import Strip

    from tui.app.graphics.kitty import TransmittedImage
    from tui.app.graphics.sixel import Sixel
    from tui.app.graphics.zoom import Viewport

    Deliver = Callable[["ThumbnailRequest", "Thumbnail"], object]


_CELL_BYTES = 640
"""One half cell as Textual keeps it: a segment, a style and two colours (measured)."""


@dataclass(frozen=True, slots=True)
class ThumbnailRequest:
    """A picture for a box of ``columns`` x ``rows`` cells.

    Attributes:
        path: the file.
        version: changes with the file, so that the old thumbnail is not shown for the new file.
        columns: of the box.
        rows: of the box.
        alone: it has the screen for itself, so that a small picture is enlarged.
        viewport: which part of it; None is the whole.
        fade: the RGB colour that it is faded into, None where it is not.
    """

    path: Path
    version: int
    columns: int
    rows: int
    alone: bool = False
    viewport: Viewport | None = None
    fade: tuple[int, int, int] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Thumbnail:
    """What became of a request; with neither image nor strips the picture can't be shown.

    Attributes:
        columns: as wide as the picture is, at most the request's.
        rows: as high as the picture is.
        sixel: what is drawn where the strips have placeholders, for Sixel.
        sent: what a terminal with Kitty's protocol gets before the strips.
        strips: one a row, for protocols that draw with characters.
        reason: one sentence that says why the picture can't be shown.
    """

    columns: int = 0
    rows: int = 0
    sixel: Sixel | None = None
    sent: TransmittedImage | None = None
    strips: tuple[Strip, ...] = ()
    reason: str = ""

    @property
    def cost(self) -> int:
        """Bytes, by estimate."""
        sixel = self.sixel.cost if self.sixel else 0
        text = len(self.sent.text) if self.sent else 0
        return sixel + text + self.columns * len(self.strips) * _CELL_BYTES
