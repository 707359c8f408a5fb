"""One result: the picture, its name and its score; or a line of text where there is no room."""

from __future__ import annotations

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


class Cell(Widget):
    """Stands for one hit after another; the pool of them covers the screen and no more."""

    def __init__(self, thumbnails: Thumbnails) -> None:
        super().__init__()
        self.hit: Hit | None = None
        self.place = 0
        self._shown: tuple[Hit | None, float | None, bool] = (None, None, False)
        self._picture = Picture(thumbnails)
        self._line = Static(markup=False, classes="line")

    def compose(self) -> ComposeResult:
        """The picture, and the line that takes its place where there is no room."""
        yield self._picture
        yield self._line

    def show(self, place: int, hit: Hit | None, best: float | None, *, here: bool) -> None:
        """Show a hit.

        Args:
            place: its place in the ranking, from 0.
            hit: None while its details are on their way.
            best: the highest score of the ranking, which fills the score's bar.
            here: the cursor is on it; said by a mark too, for screens without colour.
        """
        self.place = place
        if (hit, best, here) == self._shown:
            return
        self._shown = (hit, best, here)
        self.hit = hit
        self.set_class(here, "-here")
        name = "" if hit is None else printable(hit.file.path.name)
        self.border_title = Content(f"{_MARKER}{name}" if here else name)
        self.border_subtitle = Content("" if hit is None else score_text(hit.score, best))
        self._fit_line()
        if hit is None:
            self._picture.show(None)
        else:
            self._picture.show(hit.file.path, hit.file.mtime_ns)

    def on_resize(self) -> None:
        """Fit the line anew."""
        self._fit_line()

    def _fit_line(self) -> None:
        hit = self.hit
        name = "" if hit is None else printable(hit.file.path.name)
        score = "" if hit is None or hit.score is None else f"{hit.score:.2f}"
        mark = _MARKER if self.has_class("-here") else " " * len(_MARKER)
        width = max(0, self.size.width - len(score) - 1)
        label = Content(f"{mark}{name}").truncate(width, ellipsis=True, pad=True)
        self._line.update(Content.assemble(label, " ", (score, "dim")), layout=False)
