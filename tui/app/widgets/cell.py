"""One result: the picture, its name and its score; or a line of text where there is no room."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from tui.app.widgets.picture import Picture
from tui.app.wording import score_text
from tui.display import printable

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui.app.thumbnails import Thumbnails
    from tui.domain import Hit

_MARKER = "▸ "
_CORNERS = 4
"""Columns beside a border's title, within the cell's own."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a cell looks: under the cursor or not, as a line of text or as a picture."""

    here: bool = False
    as_line: bool = False


class Cell(Widget):
    """Stands for one hit after another; the pool of them covers the screen and no more."""

    DEFAULT_CSS = """
    Cell {
        width: 1fr;
        height: 1fr;
        border: blank;
        border-title-color: $text-muted;
        border-subtitle-color: $text-disabled;
        border-subtitle-align: right;
        Picture { width: 1fr; height: 1fr; }
        .line { display: none; width: 1fr; height: 1; }
        &.-here {
            border: round $foreground 50%;
            border-title-color: $foreground;
            border-title-style: bold;
            border-subtitle-color: $text-muted;
        }
        &.-line { border: none; height: 1; }
        &.-line .line { display: block; }
        &.-line.-here .line { text-style: bold; }
    }
    """

    def __init__(self, thumbnails: Thumbnails) -> None:
        super().__init__()
        self.hit: Hit | None = None
        self.place = 0
        self._shown: tuple[Hit | None, float | None, Look] = (None, None, Look())
        self._draws = thumbnails.images.protocol != "off"
        self._picture = Picture(thumbnails)
        self._line = Static(markup=False, classes="line")

    def compose(self) -> ComposeResult:
        """The picture, and the line that takes its place where there is no room."""
        yield self._picture
        yield self._line

    def show(self, place: int, hit: Hit | None, best: float | None, look: Look) -> None:
        """Show a hit.

        Args:
            place: its place in the ranking, from 0.
            hit: None while its details are on their way.
            best: the highest score of the ranking, which fills the score's bar.
            look: how.
        """
        self.place = place
        if (hit, best, look) == self._shown:
            return
        self._shown = (hit, best, look)
        self.hit = hit
        self.set_class(look.here, "-here")
        self.set_class(look.as_line, "-line")
        self._picture.display = self._draws and not look.as_line
        self._fit_text()
        if hit is None or look.as_line:
            self._picture.show(None)
        else:
            self._picture.show(hit.file.path, hit.file.mtime_ns)

    def on_resize(self) -> None:
        """Fit the text anew."""
        self._fit_text()

    def _fit_text(self) -> None:
        hit, best, look = self._shown
        name = "" if hit is None else printable(hit.file.path.name)
        score = None if hit is None else hit.score
        if look.as_line:
            self._line.update(self._as_line(name, score_text(score, best, 0)), layout=False)
        else:
            self.border_title = Content(name)
            self.border_subtitle = Content(score_text(score, best, self.size.width - _CORNERS))

    def _as_line(self, name: str, score: str) -> Content:
        mark = _MARKER if self._shown[2].here else " " * len(_MARKER)
        width = max(0, self.size.width - len(score) - 1)
        label = Content(f"{mark}{name}").truncate(width, ellipsis=True, pad=True)
        return Content.assemble(label, " ", (score, "dim"))
