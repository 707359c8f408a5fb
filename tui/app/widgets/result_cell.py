"""One result: a picture with its name and score, a list row with details, or a line of text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.geometry import Region
from textual.strip import Strip

from tui.app.model.picture_text import copies_text, facts, folder_text, score_text
from tui.app.widgets.picture import Picture
from tui.core.formatting import printable

if TYPE_CHECKING:
    from tui.app.graphics.thumbnail_loader import ThumbnailLoader
    from tui.app.model.result_window import CellLayout
    from tui.core.domain import Hit

MARKED = "✓ "
_HERE = "▸ "
_HERE_LIST = "▌ "
_EDGE = "┆ "
_EDGE_LINE = " from here on no better than chance "
_CORNERS = 4
"""Columns beside a border's title, within the cell's own."""
_GUTTER = 2
_LEAST_TEXT = 20

Styled = tuple[str, str]
"""A text and the name of its style."""


@dataclass(frozen=True, slots=True)
class CellAppearance:
    """How a cell looks.

    Attributes:
        form: what of a hit it shows, and how.
        here: it is under the cursor.
        marked: the user has marked it.
        weak: it is no better than chance.
        edge: it is the first such one.
        last: it is the last one before these.
        gone: the file is in the trash.
    """

    form: CellLayout = "grid"
    here: bool = False
    marked: bool = False
    weak: bool = False
    edge: bool = False
    last: bool = False
    gone: bool = False


class ResultCell(Picture):
    """Stands for one hit after another; the pool of them covers the screen and no more.

    It is one widget that draws all of itself, since every widget more is dear in paging.
    """

    DEFAULT_CSS = """
    ResultCell {
        width: 1fr;
        height: 1fr;
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

    def __init__(self, thumbnails: ThumbnailLoader) -> None:
        super().__init__(thumbnails)
        self.display = True
        self.hit: Hit | None = None
        self.place = 0
        self._best: float | None = None
        self._look = CellAppearance()
        self._faint = False
        # By their colours Kitty knows its pictures.
        self._can_fade = thumbnails.images.protocol in ("halfcell", "sixel", "unicode")

    def show_hit(
        self, place: int, hit: Hit | None, best: float | None, look: CellAppearance
    ) -> None:
        """Show a hit.

        Args:
            place: its place in the ranking, from 0.
            hit: None while its details are on their way.
            best: the highest score of the ranking.
            look: how.
        """
        self.place = place
        if (hit, best, look) == (self.hit, self._best, self._look):
            return
        self.hit, self._best, self._look = hit, best, look
        self.set_class(look.here, "-here")
        self.set_class(look.marked, "-marked")
        self._faint = (look.weak or look.gone) and not look.here
        self.set_class(self._faint and not self._can_fade, "-weak")
        self.set_class(self._faint and self._can_fade, "-faded")
        # Faded where it is drawn, in a worker: a tint takes a third of the time of each frame.
        self._fade = self.background_colors[1].rgb if self.has_class("-faded") else None
        self.set_class(look.form != "grid", "-plain")
        self._fit_titles()
        if hit is None or look.gone:
            self.show(None)
        else:
            self.show(hit.file.path, hit.file.mtime_ns)
        self._update()
        self.refresh()

    def on_resize(self) -> None:
        """Fit the text anew."""
        self._fit_titles()
        super().on_resize()

    def box(self) -> Region:
        """Where in the cell the picture is; a line has none."""
        width, height = self.size
        if self._look.form == "grid":
            return self.size.region
        rows = height - 1
        columns = min(round(rows * 8 / 3), width - _GUTTER * 2 - _LEAST_TEXT)
        if self._look.form == "line" or not self.draws or columns < rows:
            return Region()
        return Region(_GUTTER, 0, columns, rows)

    def render_line(self, y: int) -> Strip:
        """Draw one row."""
        if self._look.form == "grid":
            return super().render_line(y)
        return self._text_line() if self._look.form == "line" else self._list_line(y)

    # --- the grid -----------------------------------------------------------------------------

    def _fit_titles(self) -> None:
        hit, look = self.hit, self._look
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
        return f"{name} (in the trash)" if self._look.gone else name

    # --- text ---------------------------------------------------------------------------------

    def _styled(self, name: str) -> Style:
        style = self.get_component_rich_style(f"cell--{name}")
        if name == "name" and self._look.here:
            style += Style(bold=True, reverse=self._look.form == "line" and self._is_focused_on())
        return style

    def _is_focused_on(self) -> bool:
        return any(node.has_focus for node in self.ancestors if hasattr(node, "has_focus"))

    def _strip(self, parts: list[Styled], width: int) -> Strip:
        """Lay texts side by side in ``width`` columns."""
        segments = [Segment(text, self._styled(style)) for text, style in parts if text]
        return Strip(segments).adjust_cell_length(width, self._style)

    def _text_line(self) -> Strip:
        hit, look, width = self.hit, self._look, self._room.width
        name = "faint" if self._faint else "name"
        end = ""
        if hit is not None:
            end = " ".join(
                part for part in (copies_text(hit), score_text(hit, self._best, 0)) if part
            )
        mark = MARKED if look.marked else ""
        begin = _HERE if look.here else "  "
        room = max(0, width - len(end) - 1)
        label = Content(f"{begin}{mark}{self._label()}").truncate(room, ellipsis=True, pad=True)
        return self._strip([(label.plain, name), (f" {end}", "text")], width)

    def _list_line(self, y: int) -> Strip:
        width, height = self._room
        if y == height - 1:
            return self._list_foot(width)
        here = _HERE_LIST if self._look.here else "  "
        left = self._strip([(here, "mark" if self._is_focused_on() else "text")], _GUTTER)
        box = self.box()
        picture = []
        if box.width:
            picture = [
                self.picture_line(y, box.width, box.height),
                Strip.blank(_GUTTER, self._style),
            ]
        room = max(0, width - _GUTTER - sum(strip.cell_length for strip in picture) - 1)
        lines = self._list_texts(room) if self.hit is not None else []
        text = self._strip(lines[y] if y < len(lines) else [], room + 1)
        return Strip.join([left, *picture, text])

    def _list_texts(self, room: int) -> list[list[Styled]]:
        hit, look = self.hit, self._look
        assert hit is not None
        known = facts(hit.file)
        name, text = ("faint", "faint") if self._faint else ("name", "text")
        mark = MARKED if look.marked else ""
        score = "  ".join(
            part for part in (score_text(hit, self._best, room), copies_text(hit)) if part
        )
        return [
            [
                (mark, "mark"),
                (_cut(self._label(), room - len(mark)), name),
            ],
            [(_cut(folder_text(hit.file), room), text)],
            [(_cut("  ·  ".join(known), room), text)],
            [(score, text)],
        ]

    def _list_foot(self, width: int) -> Strip:
        if not self._look.last:
            return Strip.blank(width, self._style)
        line = _EDGE_LINE.center(max(0, width - _GUTTER * 2), "╌")
        return self._strip([(" " * _GUTTER + line, "faint")], width)


def _cut(text: str, room: int) -> str:
    return Content(text).truncate(max(0, room), ellipsis=True).plain
