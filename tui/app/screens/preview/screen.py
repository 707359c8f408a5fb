"""One picture in the full size of the terminal: zoomed, described, or in a slideshow."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from tui.app.graphics.zoom import STEPS, Viewport
from tui.app.keys.bindings import bindings
from tui.app.keys.footer import KeyFooter
from tui.app.model.marks import chip_before
from tui.app.model.nearby_hits import NearbyHits
from tui.app.screens.dialog import Closable
from tui.app.screens.preview.details import PictureDetails, details, heading, position_text
from tui.app.screens.preview.slideshow import Slideshow
from tui.app.screens.styles import HEIGHTS, WIDTHS
from tui.app.widgets.picture import Picture

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from tui.app.graphics.thumbnail_loader import ThumbnailLoader
    from tui.app.graphics.zoom import Towards
    from tui.app.model.marks import Marks
    from tui.app.model.nearby_hits import Fetch, HitFetched
    from tui.app.screens.preview.details import Explain
    from tui.core.domain import FileDetails, Hit
    from tui.search.ranking.ranking import Ranking

_WHOLE = Viewport()


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
        #preview-details { height: auto; max-height: 2; color: $text-muted; }
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
        self._picture = Picture(thumbnails, alone=True, id="preview-picture")
        self._heading = Static(id="preview-name", markup=False)
        self._details = Static(id="preview-details", markup=False)
        self._side = PictureDetails(explain, id="preview-side")
        self._hits = NearbyHits(fetch, look_up, self.post_message)
        self._act = act
        self._marks = marks
        self._index = self._target = index
        self._total = total
        self._ranking = ranking
        self._direction = 1
        self._removed: set[int] = set()
        self._hit: Hit | None = None
        self._details_fit = False
        self._viewport = _WHOLE
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
        self._go(self._index)

    def on_unmount(self) -> None:
        """Look nothing up any more."""
        self._hits.close()

    # --- keys -----------------------------------------------------------------------------------

    def action_step(self, by: int) -> None:
        """Show the hit ``by`` indexes further; stay at either end."""
        self._go(self._target + by, 1 if by > 0 else -1)

    def action_go(self, towards: Towards) -> None:
        """Pan a zoomed picture; otherwise show the next or previous one."""
        if self._viewport.zoom == 1:
            self.action_step(sum(STEPS[towards]))
        else:
            self._show_part(self._viewport.moved(towards))

    def action_zoom(self, by: int) -> None:
        """Enlarge, or show the whole picture again (0)."""
        self._show_part(self._viewport.zoomed(by) if by else _WHOLE)

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
        """Let slides stay longer or shorter."""
        self._slideshow.change_pace(by)
        self._update_heading()

    def action_close(self) -> None:
        """Return to the results."""
        self.dismiss(self._index)

    def drop(self, file_ids: Sequence[int]) -> None:
        """Note files that went into the trash; if one of them is shown, show the next hit."""
        self._removed.update(file_ids)
        if self._hit is not None and self._hit.file.file_id in self._removed:
            self._go(self._index + 1)
        else:
            self._update_heading()

    def follow(self, ranking: Ranking) -> None:
        """Find the shown picture in another ranking of the same query."""
        if ranking is self._ranking:
            return
        self._ranking = ranking
        self._hits.forget()
        self._total = ranking.count
        file_id = None if self._hit is None else self._hit.file.file_id
        index = None if file_id is None else ranking.position_of(file_id)
        is_gone = file_id is None or file_id in self._removed
        if not self._total:
            self.action_close()
        elif index is None and not is_gone and not ranking.is_complete:
            self._total = max(self._total, self._index + 1)  # it may be below the listed hits
            self._update_heading()
        elif index is None or is_gone:
            # The next hit has moved to the index of the removed one.
            self._go(min(self._index if index is None else index, self._total - 1))
        else:
            steps = self._target - self._index
            self._index = self._target = index
            self._update_heading()
            self._describe(self._hits.get(index))
            self._show_picture()
            if steps:
                self._go(index + steps, self._direction)

    # --- navigation -----------------------------------------------------------------------------

    def _next_slide(self) -> None:
        self._go((self._target + 1) % max(1, self._total))

    def _go(self, index: int, direction: int = 1) -> None:
        """Show the hit at an index, or the next one in a direction if its file was removed."""
        self._direction = direction
        hit = self._hits.get(index) if 0 <= index < self._total else None
        while hit is not None and hit.file.file_id in self._removed:
            index += direction
            hit = self._hits.get(index) if 0 <= index < self._total else None
        if not 0 <= index < self._total:
            self._end_reached(direction)
            return
        self._target = index
        if hit is None:
            self._hits.look_up([index])
            self._update_heading()
        else:
            self._show(index, hit)

    def _end_reached(self, direction: int) -> None:
        """Stay; if the shown file was removed, turn round, or close without any other."""
        if self._hit is not None and self._hit.file.file_id in self._removed:
            self._go(self._index - 1, -1) if direction > 0 else self.action_close()

    def on_hit_fetched(self, message: HitFetched) -> None:
        """Show a hit that was looked up, or have the picture of a neighbour made."""
        if not self._hits.add(message):
            return
        if message.index == self._target != self._index or self._hit is None:
            self._go(self._target, self._direction)
            return
        if message.index == self._index:
            self._describe(message.hit)
        self._show_picture()

    def _show(self, index: int, hit: Hit) -> None:
        self._index, self._hit, self._viewport = index, hit, _WHOLE
        self._describe(hit)
        self._update_heading()
        self._show_picture()

    def _show_picture(self) -> None:
        if self._hit is not None:
            part = None if self._viewport.zoom == 1 else self._viewport
            self._picture.show(self._hit.file, part, following=self._following())

    def _following(self) -> list[FileDetails]:
        """Return the files on both sides, that in the direction of travel first."""
        ahead, behind = self._index + self._direction, self._index - self._direction
        if self._slideshow.is_running:
            ahead %= max(1, self._total)
        sides = [index for index in (ahead, behind) if 0 <= index < self._total]
        files = [hit.file for hit in self._hits.beside(self._index, sides)]
        return [file for file in files if file.file_id not in self._removed]

    def _show_part(self, viewport: Viewport) -> None:
        if self._hit is not None:
            self._viewport = viewport
            self._show_picture()
            self._update_heading()

    def _update_heading(self) -> None:
        hit = self._hit if self._index == self._target else None
        marked = hit is not None and self._marks is not None and hit.file.file_id in self._marks
        count = 0 if self._marks is None else len(self._marks)
        position = position_text(self._target, self._total, self._ranking)
        zoom, slides = self._viewport.zoom, self._slideshow.text
        text = heading(hit, position, zoom, slides, marked=marked)
        self._heading.update(chip_before(text, count), layout=False)

    def _describe(self, hit: Hit | None) -> None:
        if hit is None or self._hit is None or hit.file != self._hit.file:
            return  # another ranking may not have loaded it, or shows a copy for it
        self._hit = hit
        text = details(hit)
        fits = cell_len(text) <= self._details.size.width
        self._details.update(text, layout=fits != self._details_fit or not fits)
        self._details_fit = fits
        self._update_facts()

    def _update_facts(self) -> None:
        if self._hit is not None and self.has_class("-facts"):
            self._side.show(self._hit)
