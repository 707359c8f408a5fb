"""One picture, as large as the terminal allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Static

from tui.app.keys import bindings
from tui.app.widgets.picture import Picture
from tui.app.wording import detail_line
from tui.display import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from tui.app.thumbnails import Thumbnails
    from tui.domain import Hit

    Fetch = Callable[[int], Hit | None]
    """Returns the hit at a place, counted from 0; None past either end."""


class PreviewScreen(Screen[int]):
    """Shows the hits one at a time, beginning with one; ends with the place of the last one shown.

    Args:
        thumbnails: the app's one maker of thumbnails.
        fetch: the hits, by place; called on the event loop, so it must be quick.
        place: the place to begin with.
        total: how many hits there are.
    """

    DEFAULT_CSS = """
    PreviewScreen {
        #preview-name { height: 1; text-style: bold; text-overflow: ellipsis; text-wrap: nowrap; }
        #preview-details { height: auto; max-height: 2; color: $text-muted; }
        #preview-picture { width: 1fr; height: 1fr; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("preview")]

    def __init__(self, thumbnails: Thumbnails, fetch: Fetch, place: int, total: int) -> None:
        super().__init__()
        self._picture = Picture(thumbnails, alone=True, id="preview-picture")
        self._fetch = fetch
        self._place = place
        self._total = total

    def compose(self) -> ComposeResult:
        """Name, picture, details: from top to bottom."""
        with Vertical():
            yield Static(id="preview-name", markup=False)
            yield self._picture
            yield Static(id="preview-details", markup=False)

    def on_mount(self) -> None:
        """Show the first one."""
        self._show(self._place)

    def action_step(self, by: int) -> None:
        """Go ``by`` places on; stay at either end."""
        self._show(self._place + by)

    def action_close(self) -> None:
        """Go back to where the preview was opened."""
        self.dismiss(self._place)

    def _show(self, place: int) -> None:
        hit = self._fetch(place) if 0 <= place < self._total else None
        if hit is None:
            return
        self._place = place
        self._picture.show(hit.file.path, hit.file.mtime_ns)
        name = printable(hit.file.path.name)
        self.query_one("#preview-name", Static).update(f"{name}  {place + 1:,}/{self._total:,}")
        self.query_one("#preview-details", Static).update(details(hit))


def details(hit: Hit) -> str:
    """Say all that is known of a picture in one line."""
    camera = hit.file.info.camera if hit.file.info else None
    score = None if hit.score is None else f"score {hit.score:.3f}"
    parts = (detail_line(hit), camera and printable(camera), score)
    return "  ·  ".join(part for part in parts if part)
