"""The attributes of the previewed picture, in one line and in a pane beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from tui.app.model.picture_text import shown_attributes
from tui.app.model.status_text import detail_line
from tui.app.widgets.cell_content import MARKED
from tui.app.workers.guard import Guarded
from tui.app.workers.tasks import BackgroundTasks, LatestOnlyWorker
from tui.core.formatting import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from textual.app import ComposeResult

    from tui.core.domain import Hit
    from tui.search.ranking.ranking import Ranking

    Explain = Callable[[Hit], Sequence[tuple[str, float]]]
    """Returns each term of the query with its cosine with a hit."""


_UNKNOWN = "…"
"""The name of a picture that is being looked up."""


@dataclass
class DetailsRead(Message, bubble=False):
    """The attributes of a hit have been read."""

    hit: Hit
    lines: str


class PreviewDetails(Guarded, VerticalScroll, can_focus=False):
    """Lists the attributes of a picture.

    Args:
        explain: explains the score of a hit; called in a thread.
    """

    DEFAULT_CSS = """
    PreviewDetails {
        display: none;
        width: 40;
        height: 1fr;
        padding: 0 1;
        border-left: solid $border-blurred;
        scrollbar-size-vertical: 1;
    }
    """

    def __init__(self, explain: Explain) -> None:
        super().__init__(id="preview-side")
        self._explain = explain
        self._lines = Static(id="preview-facts", markup=False)
        self._hit: Hit | None = None
        self._worker: LatestOnlyWorker[Hit] | None = None

    def compose(self) -> ComposeResult:
        """Yield the text."""
        yield self._lines

    def show(self, hit: Hit) -> None:
        """Show the attributes of a hit at once; those in the file follow when it has been read."""
        self._hit = hit
        self._lines.update(shown_attributes(hit))
        if self._worker is None:
            tasks = BackgroundTasks(self.post_message)
            self._worker = LatestOnlyWorker(tasks, "files", self._read)
        self._worker.put(hit)

    def on_unmount(self) -> None:
        """Read nothing any more."""
        if self._worker is not None:
            self._worker.close()

    def on_details_read(self, message: DetailsRead) -> None:
        """Show the attributes, unless another hit is shown by now."""
        if message.hit is self._hit:
            self._lines.update(message.lines)

    def _read(self, hit: Hit) -> Iterator[Message]:
        from tui.images.metadata.exposure import read_exposure

        exposure = read_exposure(hit.file.path)
        yield DetailsRead(hit, shown_attributes(hit, self._explain(hit), exposure))


def details(hit: Hit) -> str:
    """Describe a picture in one line."""
    camera = hit.file.info.camera if hit.file.info else None
    score = None if hit.score is None else f"score {hit.score:.3f}"
    parts = (detail_line(hit), camera and printable(camera), score)
    return "  ·  ".join(filter(None, parts))


def position_text(index: int, total: int, ranking: Ranking | None) -> str:
    """Return the place of a hit among all hits, or among those listed while more are counted."""
    if ranking is None or ranking.walk is None:
        return f"{index + 1:,}/{total:,}"
    return f"{min(index + 1, ranking.count):,}/at least {ranking.count:,}"


def heading(hit: Hit | None, position: str, zoom: float, slides: str, *, marked: bool) -> Content:
    """Return the name of a picture and its position.

    Args:
        hit: the picture; None while it is being looked up.
        position: its place among the hits.
        zoom: 1 for the whole picture.
        slides: the state of the slideshow.
        marked: the user has marked the file.
    """
    name = _UNKNOWN if hit is None else printable(hit.file.path.name)
    enlarged = "" if zoom == 1 else f"{zoom:g}x"
    parts = (f"{MARKED if marked else ''}{name}", position, enlarged, slides)
    return Content("  ".join(filter(None, parts)))
