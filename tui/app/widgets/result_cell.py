"""One result: a picture with its name and score, a list row with details, or a line of text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from tui.app.graphics.requests import ThumbnailRequest
from tui.app.model.picture_text import copies_text, facts, folder_text, score_text
from tui.app.widgets.thumbnail_slot import ThumbnailSlot
from tui.app.workers.guard import Guarded
from tui.core.formatting import printable

if TYPE_CHECKING:
    from tui.app.graphics.thumbnail_loader import ThumbnailLoader
    from tui.app.model.result_window import CellLayout
    from tui.app.widgets.thumbnail_slot import ThumbnailReady
    from tui.core.domain import Hit

MARKED = "✓ "
_LINE_CURSOR = "▸ "
_LIST_CURSOR = "▌ "
_EDGE = "┆ "
_EDGE_LINE = " from here on no better than chance "
_CORNERS = 4
"""Columns beside a border's title, within the cell's own."""
_GUTTER = 2
_MIN_TEXT_WIDTH = 20

Styled = tuple[str, str]
"""A text and the name of its style."""


@dataclass(frozen=True, slots=True)
class CellAppearance:
    """How a cell shows its hit.

    Attributes:
        form: the layout of the cell.
        is_current: the cursor is on the cell.
        marked: the user has marked the file.
        weak: the score is no better than chance.
        edge: it is the first weak hit.
        last: it is the last hit before the weak ones.
        removed: the file is in the trash.
    """

    form: CellLayout = "grid"
    is_current: bool = False
    marked: bool = False
    weak: bool = False
    edge: bool = False
    last: bool = False
    removed: bool = False


class ResultCell(Guarded, Widget):
    """Shows one hit after another; a pool of cells covers the screen.

    One widget draws the whole cell, since each further widget slows down paging.

    Attributes:
        hit: the hit; None while its details are loading.
        index: of the hit in the ranking.
    """

    DEFAULT_CSS = """
    ResultCell {
        width: 1fr;
        height: 1fr;
        color: $text-disabled;
        border: blank;
        border-title-color: $text-muted;
        border-subtitle-color: $text-disabled;
        border-subtitle-align: right;
        .cell--name { color: $foreground; }
        .cell--text { color: $text-muted; }
        .cell--faint { color: $text-disabled; }
        .cell--mark { color: $primary; text-style: bold; }
        &.-here {
            border: round $foreground 50%;
            border-title-color: $foreground;
            border-title-style: bold;
            border-subtitle-color: $text-muted;
        }
        &.-weak, &.-faded { border-title-color: $text-disabled; }
        &.-marked { border-title-color: $primary; border-title-style: bold; }
        &.-plain { border: none; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "cell--name",
        "cell--text",
        "cell--faint",
        "cell--mark",
    }

    can_focus = False

    def __init__(self, thumbnails: ThumbnailLoader) -> None:
        super().__init__()
        self.hit: Hit | None = None
        self.index = 0
        self._thumbnails = thumbnails
        self._slot = ThumbnailSlot(
            thumbnails,
            self._request,
            post=self.post_message,
            changed=self.refresh,
            request_later=self.call_after_refresh,
        )
        self._best: float | None = None
        self._appearance = CellAppearance()
        self._is_faint = False
        # The colour of a Kitty placeholder is the number of its picture.
        self._can_fade = thumbnails.images.protocol in ("halfcell", "sixel", "unicode")
        self._fade: tuple[int, int, int] | None = None
        self._style = Style.null()
        self._rendered_size = Size()

    def show_hit(
        self, index: int, hit: Hit | None, best: float | None, appearance: CellAppearance
    ) -> None:
        """Show a hit.

        Args:
            index: of the hit in the ranking.
            hit: None while its details are loading.
            best: the highest score of the ranking.
            appearance: how to show it.
        """
        self.index = index
        if (hit, best, appearance) == (self.hit, self._best, self._appearance):
            return
        self.hit, self._best, self._appearance = hit, best, appearance
        self.set_class(appearance.is_current, "-here")
        self.set_class(appearance.marked, "-marked")
        self._is_faint = (appearance.weak or appearance.removed) and not appearance.is_current
        self.set_class(self._is_faint and not self._can_fade, "-weak")
        self.set_class(self._is_faint and self._can_fade, "-faded")
        # A worker fades the thumbnail: a tint would take a third of the time of each frame.
        self._fade = self.background_colors[1].rgb if self.has_class("-faded") else None
        self.set_class(appearance.form != "grid", "-plain")
        self._fit_titles()
        self._slot.update()
        self.refresh()

    @property
    def state(self) -> Literal["empty", "waiting", "broken", "shown"]:
        """Whether the cell has a picture, and whether it is drawn or can't be."""
        return self._slot.state

    def on_mount(self) -> None:
        """Follow changes of the cell size."""
        self._slot.attach()

    def on_resize(self) -> None:
        """Fit text and picture."""
        self._fit_titles()
        self._slot.update()

    def on_unmount(self) -> None:
        """Cancel the request and free the picture that the terminal holds."""
        self._slot.detach()

    def on_thumbnail_ready(self, message: ThumbnailReady) -> None:
        """Draw the thumbnail."""
        self._slot.receive(message)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw all rows; style and size are looked up once, since that is slow."""
        self._style, self._rendered_size = self.rich_style, self.size
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Draw one row."""
        if self._appearance.form == "grid":
            return self._slot.rows(*self._rendered_size, self._style)[y]
        return self._text_line() if self._appearance.form == "line" else self._list_line(y)

    # --- the picture ----------------------------------------------------------------------------

    def _picture_box(self) -> Region:
        """Return the box of the picture within the cell; a line has none."""
        if self._thumbnails.images.protocol == "off" or self._appearance.form == "line":
            return Region()
        if self._appearance.form == "grid":
            return self.size.region
        width, height = self.size
        rows = height - 1
        columns = min(round(rows * 8 / 3), width - _GUTTER * 2 - _MIN_TEXT_WIDTH)
        return Region() if columns < rows else Region(_GUTTER, 0, columns, rows)

    def _request(self) -> ThumbnailRequest | None:
        columns, rows = self._picture_box().size
        if self.hit is None or self._appearance.removed or not (self.display and columns and rows):
            return None
        file = self.hit.file
        return ThumbnailRequest(file.path, file.mtime_ns, columns, rows, fade=self._fade)

    # --- the grid -----------------------------------------------------------------------------

    def _fit_titles(self) -> None:
        hit, look = self.hit, self._appearance
        if look.form != "grid" or hit is None:
            self.border_title = self.border_subtitle = ""
            return
        edge = _EDGE if look.edge else ""
        mark = MARKED if look.marked else ""
        self.border_title = Content(f"{edge}{mark}{self._label()}")
        copies = copies_text(hit)
        room = self.size.width - _CORNERS - (len(copies) + 2 if copies else 0)
        score = score_text(hit, self._best, room)
        self.border_subtitle = Content("  ".join(part for part in (copies, score) if part))

    def _label(self) -> str:
        name = "" if self.hit is None else printable(self.hit.file.path.name)
        return f"{name} (in the trash)" if self._appearance.removed else name

    # --- text ---------------------------------------------------------------------------------

    def _styled(self, name: str) -> Style:
        style = self.get_component_rich_style(f"cell--{name}")
        if name == "name" and self._appearance.is_current:
            style += Style(
                bold=True, reverse=self._appearance.form == "line" and self._is_focused_on()
            )
        return style

    def _is_focused_on(self) -> bool:
        return any(node.has_focus for node in self.ancestors if hasattr(node, "has_focus"))

    def _strip(self, parts: list[Styled], width: int) -> Strip:
        """Join texts to a strip of ``width`` columns."""
        segments = [Segment(text, self._styled(style)) for text, style in parts if text]
        return Strip(segments).adjust_cell_length(width, self._style)

    def _text_line(self) -> Strip:
        hit, look, width = self.hit, self._appearance, self._rendered_size.width
        name = "faint" if self._is_faint else "name"
        end = ""
        if hit is not None:
            end = " ".join(filter(None, (copies_text(hit), score_text(hit, self._best, 0))))
        mark = MARKED if look.marked else ""
        begin = _LINE_CURSOR if look.is_current else "  "
        room = max(0, width - len(end) - 1)
        label = Content(f"{begin}{mark}{self._label()}").truncate(room, ellipsis=True, pad=True)
        return self._strip([(label.plain, name), (f" {end}", "text")], width)

    def _list_line(self, y: int) -> Strip:
        width, height = self._rendered_size
        if y == height - 1:
            return self._list_foot(width)
        cursor = _LIST_CURSOR if self._appearance.is_current else "  "
        left = self._strip([(cursor, "mark" if self._is_focused_on() else "text")], _GUTTER)
        box = self._picture_box()
        picture = []
        if box.width:
            picture = [
                self._slot.rows(box.width, box.height, self._style)[y],
                Strip.blank(_GUTTER, self._style),
            ]
        room = max(0, width - _GUTTER - sum(strip.cell_length for strip in picture) - 1)
        lines = self._list_texts(room) if self.hit is not None else []
        text = self._strip(lines[y] if y < len(lines) else [], room + 1)
        return Strip.join([left, *picture, text])

    def _list_texts(self, room: int) -> list[list[Styled]]:
        hit = self.hit
        assert hit is not None
        name, text = ("faint", "faint") if self._is_faint else ("name", "text")
        mark = MARKED if self._appearance.marked else ""
        score = "  ".join(filter(None, (score_text(hit, self._best, room), copies_text(hit))))
        return [
            [(mark, "mark"), (_cut(self._label(), room - len(mark)), name)],
            [(_cut(folder_text(hit.file), room), text)],
            [(_cut("  ·  ".join(facts(hit.file)), room), text)],
            [(score, text)],
        ]

    def _list_foot(self, width: int) -> Strip:
        if not self._appearance.last:
            return Strip.blank(width, self._style)
        line = _EDGE_LINE.center(max(0, width - _GUTTER * 2), "╌")
        return self._strip([(" " * _GUTTER + line, "faint")], width)


def _cut(text: str, room: int) -> str:
    return Content(text).truncate(max(0, room), ellipsis=True).plain
