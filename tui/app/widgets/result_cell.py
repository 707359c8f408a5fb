"""One result on screen: its contents, its thumbnail, and the strips that draw both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from textual.geometry import Region

from tui.app.graphics.requests import ThumbnailRequest
from tui.app.widgets.cell_content import CellContent, CellStyles
from tui.app.widgets.cell_drawing import draw, picture_box
from tui.app.widgets.thumbnail_slot import ThumbnailSlot

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.app.graphics.thumbnail_loader import ThumbnailLoader
    from tui.app.widgets.cell_content import CellAppearance
    from tui.app.widgets.cell_drawing import Parts
    from tui.app.widgets.thumbnail_slot import ThumbnailReady
    from tui.core.domain import Hit


class ResultCell:
    """Shows one hit after another in a box of the screen; no widget.

    Args:
        thumbnails: makes the thumbnail.
        post: posts `ThumbnailReady`; another thread calls it.
        request_later: calls a function after the next frame.

    Attributes:
        region: the box, relative to all cells.
        rows: the strips of each row of the box, as `redraw` drew them.
    """

    def __init__(
        self,
        thumbnails: ThumbnailLoader,
        *,
        post: Callable[[ThumbnailReady], object],
        request_later: Callable[[Callable[[], None]], object],
    ) -> None:
        self.region = Region()
        self.rows: tuple[Parts, ...] = ()
        self._content: CellContent | None = None
        self._styles = CellStyles()
        self._has_images = thumbnails.images.protocol != "off"
        self._has_changed = True
        self._has_moved = True
        self._slot = ThumbnailSlot(
            thumbnails,
            self._next_request,
            post=post,
            changed=self._note_change,
            request_later=request_later,
            on_top=True,
        )

    @property
    def hit(self) -> Hit | None:
        """The hit; None for none and while its details are loading."""
        return None if self._content is None else self._content.hit

    @property
    def index(self) -> int:
        """The index of the hit in the ranking."""
        return 0 if self._content is None else self._content.index

    @property
    def appearance(self) -> CellAppearance | None:
        """How the cell shows its hit; None for none."""
        return None if self._content is None else self._content.appearance

    @property
    def title(self) -> str:
        """The name of the file with its marks."""
        return "" if self._content is None else self._content.title

    @property
    def state(self) -> Literal["empty", "waiting", "broken", "shown"]:
        """Whether the cell has a picture, and whether it is drawn or can't be."""
        return self._slot.state

    def show(self, content: CellContent | None, region: Region, styles: CellStyles) -> None:
        """Show a hit in a box; None shows nothing."""
        if (content, region, styles) == (self._content, self.region, self._styles):
            return
        self._has_moved |= region != self.region
        self._content, self.region, self._styles = content, region, styles
        self._note_change()
        self._slot.update()

    def receive(self, message: ThumbnailReady) -> None:
        """Show a thumbnail that has been made, unless the cell shows another one by now."""
        self._slot.receive(message)

    def request(self) -> None:
        """Request the thumbnail, if it is missing."""
        self._slot.request()

    def renew(self) -> None:
        """Request the thumbnail again, since the cell size of the terminal has changed."""
        self._slot.renew()

    def redraw(self) -> list[Region]:
        """Draw the cell again if anything has changed; return the regions that look different."""
        if not self._has_changed:
            return []
        former, size = self.rows, self.region.size
        if self._content is None:
            self.rows = draw(CellContent(0), size, self._styles, ())
        else:
            box = self._picture_box()
            picture = self._slot.rows(box.width, box.height, self._styles.faint) if box else ()
            self.rows = draw(self._content, size, self._styles, picture)
        has_moved, self._has_moved, self._has_changed = self._has_moved, False, False
        if has_moved or [len(row) for row in former] != [len(row) for row in self.rows]:
            return [self.region]
        return [region.translate(self.region.offset) for region in changes(former, self.rows)]

    def _note_change(self) -> None:
        self._has_changed = True

    def _picture_box(self) -> Region:
        if self._content is None or not self._has_images:
            return Region()
        return picture_box(self._content.appearance.form, self.region.size)

    def _next_request(self) -> ThumbnailRequest | None:
        content, (columns, rows) = self._content, self._picture_box().size
        if content is None or content.hit is None or not (columns and rows):
            return None
        if content.appearance.removed:
            return None
        return ThumbnailRequest.of(content.hit.file, columns, rows)


def changes(former: tuple[Parts, ...], rows: tuple[Parts, ...]) -> list[Region]:
    """Return the regions in which two drawings of the same shape differ."""
    regions: list[Region] = []
    below: dict[tuple[int, int], int] = {}
    """The index in ``regions`` of the region that ends in the row above, by column and width."""
    for y, (old, new) in enumerate(zip(former, rows, strict=True)):
        above, below, x = below, {}, 0
        for old_part, part in zip(old, new, strict=True):
            width = part.cell_length
            if old_part is not part and old_part != part:
                number = above.get((x, width))
                if number is None:
                    number = len(regions)
                    regions.append(Region(x, y, width, 1))
                else:
                    regions[number] = regions[number].grow((0, 0, 1, 0))
                below[x, width] = number
            x += width
    return regions
