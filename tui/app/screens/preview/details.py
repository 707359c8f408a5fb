"""The attributes of the previewed picture, in one line and in a pane beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len, chop_cells, set_cell_size
from rich.segment import Segment
from textual.content import Content
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

from tui.app.model.picture_text import attributes, match_words
from tui.app.model.status_text import detail_line
from tui.app.widgets.cell_content import MARKED
from tui.app.workers.guard import Guarded
from tui.app.workers.tasks import BackgroundTasks, LatestOnlyWorker
from tui.core.formatting import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from textual import events

    from tui.app.model.picture_text import Attribute
    from tui.core.domain import Hit
    from tui.search.ranking.ranking import Ranking

    Explain = Callable[[Hit], Sequence[tuple[str, float]]]
    """Returns each term of the query with its cosine with a hit."""
    DetailLine = tuple[str, str]
    """A label with the blanks up to its value, and the value."""


_MORE = "↓ more"
_GUTTER = 2
_LEAST_VALUE = 8
"""The columns of a value, below which its label is dropped."""
_UNKNOWN = "…"
"""The name of a picture that is being looked up."""


@dataclass
class DetailsRead(Message, bubble=False):
    """The attributes in the file of a hit have been read, and its score is explained."""

    hit: Hit
    blocks: list[list[Attribute]]


class PictureDetails(Guarded, Widget, can_focus=False):
    """Lists the attributes of a picture.

    It draws its lines itself, so that another picture causes no layout.

    Args:
        explain: explains the score of a hit; called in a thread.
    """

    DEFAULT_CSS = """
    PictureDetails {
        height: 1fr;
        padding: 0 1;
        .details--label { color: $text-muted; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"details--label"}

    def __init__(self, explain: Explain, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._explain = explain
        self._hit: Hit | None = None
        self._blocks: list[list[Attribute]] = []
        self._lines: list[DetailLine] = []
        self._top = 0
        self._worker: LatestOnlyWorker[Hit] | None = None

    @property
    def text(self) -> str:
        """The lines as text."""
        return "\n".join(f"{label}{value}" for label, value in self._lines)

    def show(self, hit: Hit | None) -> None:
        """Show the attributes of a hit at once; those in the file follow when it has been read."""
        self._hit = hit
        self._top = 0
        self._show([] if hit is None else attributes(hit))
        if hit is None:
            return
        if self._worker is None:
            tasks = BackgroundTasks(self.post_message)
            self._worker = LatestOnlyWorker(tasks, "files", self._read)
        self._worker.put(hit)

    def on_unmount(self) -> None:
        """End the thread."""
        if self._worker is not None:
            self._worker.close()

    def on_details_read(self, message: DetailsRead) -> None:
        """Show the attributes, unless another hit is shown by now."""
        if message.hit is self._hit:
            self._show(message.blocks)

    def on_resize(self) -> None:
        """Wrap the lines to the new width."""
        self._show(self._blocks)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll to the next line."""
        event.stop()
        self._scroll(1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll to the previous line."""
        event.stop()
        self._scroll(-1)

    def render_line(self, y: int) -> Strip:
        """Return one line; the last one says that more lines follow."""
        width, height = self.content_size
        number, text_style = self._top + y, self.rich_style
        if y == height - 1 and number < len(self._lines) - 1:
            return Strip([Segment(_MORE, text_style)]).adjust_cell_length(width, text_style)
        label, value = self._lines[number] if number < len(self._lines) else ("", "")
        label_style = self.get_component_rich_style("details--label")
        segments = [Segment(label, label_style), Segment(value, text_style)]
        return Strip(segments).adjust_cell_length(width, text_style)

    def _scroll(self, by: int) -> None:
        top = min(self._top + by, len(self._lines) - self.content_size.height)
        if (top := max(0, top)) != self._top:
            self._top = top
            self.refresh()

    def _show(self, blocks: list[list[Attribute]]) -> None:
        self._blocks = blocks
        self._lines = detail_lines(blocks, self.content_size.width)
        self.refresh()

    def _read(self, hit: Hit) -> Iterator[Message]:
        from tui.images.metadata.exposure import read_exposure

        exposure = read_exposure(hit.file.path)
        yield DetailsRead(hit, attributes(hit, self._explain(hit), exposure))


def detail_lines(blocks: Sequence[Sequence[Attribute]], width: int) -> list[DetailLine]:
    """Return lines of at most ``width`` columns: a label, and its value or the rest of that.

    Values are aligned within a block; a blank line separates two blocks.
    """
    lines: list[DetailLine] = []
    for block in blocks:
        indent = max(cell_len(label) for label, _ in block) + _GUTTER
        if width < indent + _LEAST_VALUE:
            indent = 0
        if lines:
            lines.append(("", ""))
        for label, value in block:
            first, *more = wrapped(value, max(1, width - indent))
            lines.append((set_cell_size(label, indent), first))
            lines += [(" " * indent, text) for text in more]
    return lines


class DetailsLine(Static):
    """Describes a picture in one line, or in two of a narrow window."""

    DEFAULT_CSS = """
    DetailsLine { height: auto; max-height: 2; color: $text-muted; }
    """

    def __init__(self) -> None:
        super().__init__(id="preview-details", markup=False)
        self._fits = False

    def show(self, hit: Hit) -> None:
        """Describe a hit; the layout changes only where a line is added or removed."""
        text = details(hit)
        fits = cell_len(text) <= self.size.width
        self.update(text, layout=fits != self._fits or not fits)
        self._fits = fits


def wrapped(text: str, width: int) -> list[str]:
    """Return lines of at most ``width`` columns, broken at spaces; a longer word is split."""
    lines: list[str] = []
    for word in text.split(" "):
        if lines and cell_len(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines += chop_cells(word, width) or [word]
    return lines


def details(hit: Hit) -> str:
    """Describe a picture in one line."""
    camera = hit.file.info.camera if hit.file.info else None
    parts = (detail_line(hit), camera and printable(camera), match_words(hit))
    return "  ·  ".join(filter(None, parts))


def position_text(index: int, total: int, ranking: Ranking | None) -> str:
    """Return the place of a hit among all hits, or among those listed while more are counted."""
    if ranking is None or ranking.walk is None:
        return f"{index + 1:,}/{total:,}"
    return f"{min(index + 1, ranking.count):,}/at least {ranking.count:,}"


def heading(hit: Hit | None, position: str, view: str, slides: str, *, marked: bool) -> Content:
    """Return the name of a picture and its position.

    Args:
        hit: the picture; None while it is being looked up.
        position: its place among the hits.
        view: its zoom and rotation, in words.
        slides: the state of the slideshow.
        marked: the user has selected the file.
    """
    name = _UNKNOWN if hit is None else printable(hit.file.path.name)
    parts = (f"{MARKED if marked else ''}{name}", position, view, slides)
    return Content("  ".join(filter(None, parts)))
