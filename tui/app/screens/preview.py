"""One picture, as large as the terminal allows: zoomed, moved, described, or one after another."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Footer, Static

from tui.app.graphics.zoom import STEPS, Viewport
from tui.app.keys.bindings import bindings
from tui.app.model.marks import chip_before
from tui.app.model.picture_text import shown_attributes
from tui.app.model.status_text import detail_line
from tui.app.screens.styles import HEIGHTS, WIDTHS
from tui.app.widgets.picture import Picture
from tui.app.widgets.result_cell import MARKED
from tui.app.workers.guard import Guarded
from tui.app.workers.tasks import BackgroundTasks
from tui.core.formatting import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.timer import Timer

    from tui.app.graphics.thumbnail_loader import ThumbnailLoader
    from tui.app.graphics.zoom import Towards
    from tui.app.model.marks import Marks
    from tui.core.domain import Hit
    from tui.search.ranking.ranking import Ranking

    Fetch = Callable[[int], Hit | None]
    """Returns the hit at a place, counted from 0; None where it is not at hand."""

_PACES = (1, 2, 3, 4, 6, 8, 10, 15, 20, 30, 60)
"""Seconds that a slide may stay."""
_WHOLE = Viewport()


def _not_at_hand(_: int) -> None:
    return None


def _no_action(_name: str, _file_id: int) -> None:
    return None


def _no_reason(_: Hit) -> Sequence[tuple[str, float]]:
    return ()


class PreviewScreen(Guarded, Screen[int]):
    """Shows the hits one at a time, beginning with one; ends with the place of the last one shown.

    It holds the picture, not the place: another ranking of the same question may have it elsewhere.

    Args:
        thumbnails: the app's one maker of thumbnails.
        fetch: the hits that are at hand, by place; called on the event loop, so it must be quick.
        place: the place to begin with.
        total: how many hits there are.
        look_up: the other hits; called in a thread.
        explain: each term of the search with its cosine with the hit; called in a thread.
        act: does something with the marked pictures, or the one that is shown.
        marks: which pictures are marked.
    """

    DEFAULT_CSS = """
    PreviewScreen {
        #preview-name { height: 1; text-style: bold; text-overflow: ellipsis; text-wrap: nowrap; }
        #preview-details { height: auto; max-height: 2; color: $text-muted; }
        #preview-picture { width: 1fr; height: 1fr; }
        #preview-side {
            display: none;
            width: 40;
            height: 1fr;
            padding: 0 1;
            border-left: solid $border-blurred;
            scrollbar-size-vertical: 1;
        }
        &.-facts #preview-side { display: block; }
        &.-narrow #preview-side { width: 1fr; border-left: none; }
        &.-narrow.-facts #preview-picture { display: none; }
        &.-low Footer, &.-flat Footer { display: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("preview")]
    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS

    class Found(Message, bubble=False):
        """A hit was looked up."""

        def __init__(self, place: int, hit: Hit, answer: int) -> None:
            super().__init__()
            self.place = place
            self.hit = hit
            self.answer = answer

    class Described(Message, bubble=False):
        """All that is known of a hit was put together."""

        def __init__(self, place: int, lines: str) -> None:
            super().__init__()
            self.place = place
            self.lines = lines

    def __init__(
        self,
        thumbnails: ThumbnailLoader,
        fetch: Fetch,
        place: int,
        total: int,
        *,
        look_up: Fetch = _not_at_hand,
        explain: Callable[[Hit], Sequence[tuple[str, float]]] = _no_reason,
        act: Callable[[str, int], object] = _no_action,
        marks: Marks | None = None,
    ) -> None:
        super().__init__()
        self._picture = Picture(thumbnails, alone=True, id="preview-picture")
        self._heading = Static(id="preview-name", markup=False)
        self._details = Static(id="preview-details", markup=False)
        self._side = Static(id="preview-facts", markup=False)
        self._fetch = fetch
        self._look_up = look_up
        self._explain = explain
        self._act = act
        self._marks = marks
        self._place = self._wanted = place
        self._total = total
        self._ranking: Ranking | None = None
        self._answer = 0  # counts the rankings, whose places differ
        self._towards = 1
        self._gone: set[int] = set()
        self._hit: Hit | None = None
        self._viewport = _WHOLE
        self._pace = 3
        self._slide: Timer | None = None
        self._work = BackgroundTasks(self.post_message)

    def compose(self) -> ComposeResult:
        """Name, picture, details: from top to bottom; beside the picture what is known of it."""
        with Vertical():
            yield self._heading
            with Horizontal():
                yield self._picture
                with VerticalScroll(id="preview-side", can_focus=False):
                    yield self._side
            yield self._details
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Show the first one."""
        self._go(self._place)

    # --- keys -----------------------------------------------------------------------------------

    def action_step(self, by: int) -> None:
        """Go ``by`` places on; stay at either end."""
        self._go(self._wanted + by, 1 if by > 0 else -1)

    def action_go(self, towards: Towards) -> None:
        """Move over a zoomed picture; else go to the next or previous one."""
        if self._viewport.zoom == 1:
            self.action_step(sum(STEPS[towards]))
        else:
            self._show_part(self._viewport.moved(towards))

    def action_zoom(self, by: int) -> None:
        """Enlarge, or show the whole picture again (0)."""
        self._show_part(self._viewport.zoomed(by) if by else _WHOLE)

    def action_facts(self) -> None:
        """Show or hide what is known of the picture."""
        self.toggle_class("-facts")
        self._describe()

    def action_mark(self) -> None:
        """Mark the picture, or unmark it."""
        if self._hit is not None and self._marks is not None:
            self._marks.change("toggle", [self._hit.file.file_id], 0)
            self._say()

    def action_act(self, name: str) -> None:
        """Do something with the marked pictures, or with this one."""
        if self._hit is not None:
            self._act(name, self._hit.file.file_id)

    def action_slides(self) -> None:
        """Begin or end a slideshow."""
        if self._slide is None:
            self._wait_for_slide()
        else:
            self._slide.stop()
            self._slide = None
        self._say()

    def action_pace(self, by: int) -> None:
        """Let slides stay longer or shorter."""
        self._pace = max(0, min(self._pace + by, len(_PACES) - 1))
        if self._slide is not None:
            self._wait_for_slide()
        self._say()

    def action_close(self) -> None:
        """Go back to where the preview was opened."""
        self.dismiss(self._place)

    def drop(self, gone: Sequence[int]) -> None:
        """Files went into the trash; if this one did, show the next that is left."""
        self._gone.update(gone)
        if self._hit is not None and self._hit.file.file_id in self._gone:
            self._go(self._place + 1)
        else:
            self._say()

    def follow(self, ranking: Ranking) -> None:
        """Take the place of this picture in another ranking of the same question."""
        if ranking is self._ranking:
            return
        self._ranking = ranking
        self._answer += 1
        self._total = ranking.count
        shown = None if self._hit is None else self._hit.file.file_id
        place = None if shown is None else ranking.position_of(shown)
        if not self._total:
            self.action_close()
        elif place is None or shown in self._gone:
            # Without it, the next one has its place now.
            self._go(min(self._place if place is None else place, self._total - 1))
        else:
            steps = self._wanted - self._place
            self._place = self._wanted = place
            self._say()
            if steps:
                self._go(place + steps, self._towards)

    # --- going on -------------------------------------------------------------------------------

    def _wait_for_slide(self) -> None:
        if self._slide is not None:
            self._slide.stop()
        self._slide = self.set_timer(_PACES[self._pace], self._next_slide)

    def _next_slide(self) -> None:
        self._go((self._wanted + 1) % max(1, self._total))
        self._wait_for_slide()

    def _go(self, place: int, towards: int = 1) -> None:
        """Show the hit at a place; where its file is gone, the next one in a direction."""
        self._towards = towards
        hit = self._fetch(place) if 0 <= place < self._total else None
        while hit is not None and hit.file.file_id in self._gone:
            place += towards
            hit = self._fetch(place) if 0 <= place < self._total else None
        if not 0 <= place < self._total:
            self._end_reached(towards)
            return
        self._wanted = place
        if hit is None:
            self._work.start("search", partial(self._find, place, self._answer))
        else:
            self._show(place, hit)

    def _end_reached(self, towards: int) -> None:
        """Stay, or where what is shown is gone, turn round, or close as nothing is left."""
        if self._hit is None or self._hit.file.file_id not in self._gone:
            return
        if towards > 0:
            self._go(self._place - 1, -1)
        else:
            self.action_close()

    def _find(self, place: int, answer: int) -> Iterator[Message]:
        hit = self._look_up(place)
        if hit is not None:
            yield self.Found(place, hit, answer)

    def on_preview_screen_found(self, message: Found) -> None:
        """Show a hit that was looked up, unless another one is wanted by now."""
        if (message.place, message.answer) != (self._wanted, self._answer):
            return
        if message.hit.file.file_id in self._gone:
            self._go(message.place + self._towards, self._towards)
        else:
            self._show(message.place, message.hit)

    def _show(self, place: int, hit: Hit) -> None:
        self._place, self._hit, self._viewport = place, hit, _WHOLE
        self._picture.show(hit.file.path, hit.file.mtime_ns)
        self._details.update(details(hit))
        self._say()
        self._describe()
        following = self._fetch(place + 1) if place + 1 < self._total else None
        if following is not None:
            self._picture.prepare(following.file.path, following.file.mtime_ns)

    def _show_part(self, viewport: Viewport) -> None:
        if self._hit is None:
            return
        self._viewport = viewport
        part = None if viewport.zoom == 1 else viewport
        self._picture.show(self._hit.file.path, self._hit.file.mtime_ns, part)
        self._say()

    # --- saying ---------------------------------------------------------------------------------

    def _say(self) -> None:
        if self._hit is None:
            return
        marked = self._marks is not None and self._hit.file.file_id in self._marks
        count = 0 if self._marks is None else len(self._marks)
        parts = [
            f"{MARKED if marked else ''}{printable(self._hit.file.path.name)}",
            f"{self._place + 1:,}/{self._total:,}",
            "" if self._viewport.zoom == 1 else f"{self._viewport.zoom:g}x",
            "" if self._slide is None else f"▶ {_PACES[self._pace]} s",
        ]
        text = Content("  ".join(part for part in parts if part))
        self._heading.update(chip_before(text, count))

    def _describe(self) -> None:
        if self._hit is not None and self.has_class("-facts"):
            self._work.start("files", partial(self._put_together, self._place, self._hit))

    def _put_together(self, place: int, hit: Hit) -> Iterator[Message]:
        from tui.images.metadata.exposure import read_exposure

        yield self.Described(place, shown_attributes(hit))  # at once; the file may be slow to read
        shot = read_exposure(hit.file.path)
        yield self.Described(place, shown_attributes(hit, self._explain(hit), shot))

    def on_preview_screen_described(self, message: Described) -> None:
        """Show what is known, unless another picture is shown by now."""
        if message.place == self._place:
            self._side.update(message.lines)


def details(hit: Hit) -> str:
    """Say all that is known of a picture in one line."""
    camera = hit.file.info.camera if hit.file.info else None
    score = None if hit.score is None else f"score {hit.score:.3f}"
    parts = (detail_line(hit), camera and printable(camera), score)
    return "  ·  ".join(part for part in parts if part)
