"""One picture in the full size of the terminal: zoomed, described, or in a slideshow."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from tui.app.graphics.zoom import STEPS
from tui.app.keys.bindings import bindings
from tui.app.keys.footer import KeyFooter
from tui.app.model.marks import chip_before
from tui.app.model.nearby_hits import NearbyHits
from tui.app.screens.dialog import Closable
from tui.app.screens.preview.details import DetailsLine, PictureDetails, heading
from tui.app.screens.preview.hit_cursor import HitCursor
from tui.app.screens.preview.slideshow import Slideshow
from tui.app.screens.preview.zoomable_picture import ZoomablePicture
from tui.app.screens.styles import HEIGHTS, WIDTHS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from tui.app.graphics.thumbnail_loader import ThumbnailLoader
    from tui.app.graphics.zoom import Towards
    from tui.app.model.marks import Marks
    from tui.app.model.nearby_hits import Fetch, HitFetched
    from tui.app.screens.preview.details import Explain
    from tui.core.domain import Hit
    from tui.search.ranking.ranking import Ranking

_PAGE = 10
"""The pictures that Page Up and Page Down pass."""


_PANNING = {"preview.right": "Pan", "preview.left": "Pan"}
"""What the arrow keys do while only a part of the picture is visible."""


class PreviewScreen(Closable[int]):
    """Shows one hit at a time; ends with the index of the last one shown.

    A new ranking of the same query may move the shown picture to another index.

    Args:
        thumbnails: makes the thumbnails.
        fetch: returns a hit that is loaded; called on the event loop.
        index: of the first hit to show.
        total: the number of hits.
        look_up: returns any other hit; called in a thread.
        explain: explains the score of a hit; called in a thread.
        act: performs an action on the marked pictures, or on the file with this number.
        marks: the marked files.
    """

    DEFAULT_CSS = """
    PreviewScreen {
        #preview-name { height: 1; text-style: bold; text-overflow: ellipsis; text-wrap: nowrap; }
        #preview-picture { width: 1fr; height: 1fr; }
        #preview-side { display: none; width: 40; border-left: solid $border-blurred; }
        &.-facts #preview-side { display: block; }
        &.-narrow #preview-side { width: 1fr; border-left: none; }
        &.-narrow.-facts #preview-picture { display: none; }
        &.-low KeyFooter, &.-flat KeyFooter { display: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("preview")]
    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS

    def __init__(
        self,
        thumbnails: ThumbnailLoader,
        fetch: Fetch,
        index: int,
        total: int,
        *,
        look_up: Fetch = lambda _index: None,
        explain: Explain = lambda _hit: (),
        act: Callable[[str, int], object] = lambda _name, _file_id: None,
        marks: Marks | None = None,
        ranking: Ranking | None = None,
    ) -> None:
        super().__init__()
        self._picture = ZoomablePicture(thumbnails, id="preview-picture")
        self._heading = Static(id="preview-name", markup=False)
        self._details = DetailsLine()
        self._side = PictureDetails(explain, id="preview-side")
        self._hits = NearbyHits(fetch, look_up, self.post_message)
        self._act = act
        self._marks = marks
        self._cursor = HitCursor(self._hits, index, total, ranking)
        self._hit: Hit | None = None
        self._slideshow = Slideshow(self, self._next_slide)

    def compose(self) -> ComposeResult:
        """Yield name, picture with its attributes, and details from top to bottom."""
        with Vertical():
            yield self._heading
            with Horizontal():
                yield self._picture
                yield self._side
            yield self._details
        yield KeyFooter()

    def on_mount(self) -> None:
        """Show the first hit."""
        self._go(self._cursor.index)

    def on_unmount(self) -> None:
        """End the thread."""
        self._hits.close()

    # --- keys -----------------------------------------------------------------------------------

    def action_step(self, by: int) -> None:
        """Show the hit ``by`` indexes further; stay at either end."""
        self._go(self._cursor.target + by, 1 if by > 0 else -1)

    def action_go(self, towards: Towards) -> None:
        """Pan a zoomed picture; otherwise show the next or previous one."""
        if self._picture.is_whole:
            self.action_step(sum(STEPS[towards]))
        else:
            self._picture.pan(towards)

    def action_page(self, by: int) -> None:
        """Show the hit a page further, at most the first or last one."""
        self._jump(self._cursor.target + by * _PAGE, by)

    def action_jump(self, index: int) -> None:
        """Show the first (0) or last (-1) hit."""
        self._jump(index % max(1, self._cursor.total))

    def action_zoom(self, by: int) -> None:
        """Zoom in or out, or show the whole picture again (0)."""
        self._picture.zoom(by)

    def action_actual_size(self) -> None:
        """Show one image pixel on each screen pixel."""
        self._picture.zoom_to_actual_size()

    def action_rotate(self, by: int) -> None:
        """Rotate the view by clockwise quarter turns until another picture is shown."""
        self._picture.rotate(by)

    def action_facts(self) -> None:
        """Show or hide the attributes of the picture."""
        self.toggle_class("-facts")
        self._update_facts()

    def action_mark(self) -> None:
        """Mark the picture, or unmark it."""
        if self._hit is not None and self._marks is not None:
            self._marks.change("toggle", [self._hit.file.file_id], 0)
            self._update_heading()

    def action_act(self, name: str) -> None:
        """Perform an action on the marked pictures, or on this one."""
        if self._hit is not None:
            self._act(name, self._hit.file.file_id)

    def action_slides(self) -> None:
        """Start or stop a slideshow."""
        self._slideshow.toggle()
        self._update_heading()
        self._show_picture()

    def action_pace(self, by: int) -> None:
        """Lengthen or shorten the interval between slides."""
        self._slideshow.change_pace(by)
        self._update_heading()

    def action_close(self) -> None:
        """Return to the results."""
        self.dismiss(self._cursor.index)

    def drop(self, file_ids: Sequence[int]) -> None:
        """Note files that went into the trash; if one of them is shown, show the next hit."""
        self._cursor.remove(file_ids)
        if self._cursor.is_removed(self._hit):
            self._go(self._cursor.index + 1)
        else:
            self._update_heading()

    def follow(self, ranking: Ranking) -> None:
        """Find the shown picture in another ranking of the same query."""
        cursor = self._cursor
        if ranking is cursor.ranking:
            return
        cursor.change_ranking(ranking)
        file_id = None if self._hit is None else self._hit.file.file_id
        index = None if file_id is None else ranking.position_of(file_id)
        is_gone = file_id is None or cursor.is_removed(self._hit)
        if not cursor.total:
            self.action_close()
        elif index is None and not is_gone and not ranking.is_complete:
            # The picture may be below the listed hits.
            cursor.total = max(cursor.total, cursor.index + 1)
            self._update_heading()
        elif index is None or is_gone:
            # The next hit has moved to the index of the removed one.
            self._go(cursor.clamped(cursor.index if index is None else index))
        else:
            steps = cursor.steps
            self._describe(cursor.put(index))
            self._update_heading()
            self._show_picture()
            if steps:
                self._go(index + steps, cursor.direction)

    # --- the mouse ------------------------------------------------------------------------------

    def on_zoomable_picture_view_changed(self) -> None:
        """Show the zoom and rotation in the title."""
        self._update_heading()

    def on_zoomable_picture_edge_clicked(self, message: ZoomablePicture.EdgeClicked) -> None:
        """Show the next or previous hit."""
        self.action_step(message.by)

    # --- navigation -----------------------------------------------------------------------------

    def _next_slide(self) -> None:
        self._go((self._cursor.target + 1) % max(1, self._cursor.total))

    def _jump(self, index: int, direction: int = 1) -> None:
        """Show the hit at an index, at most the first or last one."""
        nearest = self._cursor.clamped(index)
        if nearest in (0, self._cursor.total - 1):  # if its file was removed, another is further in
            direction = -1 if nearest else 1
        self._go(nearest, direction)

    def _go(self, index: int, direction: int = 1) -> None:
        """Show the hit at an index, or the next one in a direction if its file was removed."""
        if not self._cursor.seek(index, direction):
            self._end_reached(direction)
        elif (hit := self._cursor.target_hit()) is None:
            self._update_heading()
        else:
            self._show(hit)

    def _end_reached(self, direction: int) -> None:
        """Stay; if the shown file was removed, turn round, or close without any other."""
        if self._cursor.is_removed(self._hit):
            self._go(self._cursor.index - 1, -1) if direction > 0 else self.action_close()

    def on_hit_fetched(self, message: HitFetched) -> None:
        """Show a hit that was looked up, or have the picture of a neighbour made."""
        cursor = self._cursor
        if not cursor.receive(message):
            return
        if message.index == cursor.target != cursor.index or self._hit is None:
            self._go(cursor.target, cursor.direction)
            return
        if message.index == cursor.index:
            self._describe(message.hit)
        self._show_picture()

    def _show(self, hit: Hit) -> None:
        self._cursor.index, self._hit = self._cursor.target, hit
        self._describe(hit)
        self._show_picture()
        self._update_heading()

    def _show_picture(self) -> None:
        if self._hit is not None:
            following = self._cursor.following(round_the_end=self._slideshow.is_running)
            self._picture.view(self._hit.file, following=following)

    def _update_heading(self) -> None:
        hit = None if self._cursor.steps else self._hit
        marked = hit is not None and hit.file.file_id in (self._marks or ())
        view = "" if hit is None else self._picture.view_text
        text = heading(hit, self._cursor.text, view, self._slideshow.text, marked=marked)
        self._heading.update(chip_before(text, len(self._marks or ())), layout=False)
        self.footer_words = {} if self._picture.is_whole else _PANNING
        self.refresh_bindings()

    def _describe(self, hit: Hit | None) -> None:
        if hit is None or self._hit is None or hit.file != self._hit.file:
            return  # another ranking may not have loaded it, or shows a copy for it
        self._hit = hit
        self._details.show(hit)
        self._update_facts()

    def _update_facts(self) -> None:
        if self._hit is not None and self.has_class("-facts"):
            self._side.show(self._hit)
