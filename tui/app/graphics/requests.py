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
"""The bytes of one half cell in Textual: a segment, a style and two colours."""


@dataclass(frozen=True, slots=True)
class ThumbnailRequest:
    """A request for a picture in a box of ``columns`` x ``rows`` cells.

    Attributes:
        path: the file.
        version: changes with the file, which makes cached thumbnails invalid.
        columns: of the box.
        rows: of the box.
        alone: the picture has the screen to itself, so a small one is enlarged.
        viewport: the part to show; None is the whole.
        fade: the RGB colour to blend with; None blends with none.
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
    """The answer to a request; without rows, the picture can't be shown.

    Attributes:
        columns: the width of the picture, at most the requested one.
        rows: the height of the picture.
        sixel: the picture that replaces the placeholders in the strips, for Sixel.
        sent: the picture to send before the strips, for Kitty's protocol.
        strips: one for each row.
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
