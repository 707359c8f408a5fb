"""What a cell shows of a result, and the styles to show it in, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.style import Style

from tui.app.model.ellipsis import shorten_name
from tui.app.model.picture_text import copies_text, match_text
from tui.app.terminal.clusters import without_ligatures
from tui.core.formatting import printable

if TYPE_CHECKING:
    from tui.app.model.result_window import CellLayout
    from tui.core.domain import Hit

MARKED = "✓ "
_EDGE = "┆ "
_REMOVED = " (in the trash)"
_SHORTEST_NAME = 8
_UNLIMITED = 1000
_NO_STYLE = Style.null()
TITLE_MARGIN = 6
"""Columns of a title's row that are no title: corners, a piece of the frame and a blank each."""


@dataclass(frozen=True, slots=True)
class CellStyles:
    """The styles of cells, each with the colour behind it.

    Attributes:
        faint: of blanks, waiting pictures, matches and weak hits.
        text: of titles and details.
        name: of the names in a list and of the title under the cursor.
        mark: of marked files.
        frame: around the cell under the cursor.
        focus: the same while the results have the focus.
        backdrop: the RGB colour behind the cells.
    """

    faint: Style = _NO_STYLE
    text: Style = _NO_STYLE
    name: Style = _NO_STYLE
    mark: Style = _NO_STYLE
    frame: Style = _NO_STYLE
    focus: Style = _NO_STYLE
    backdrop: tuple[int, int, int] = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class CellAppearance:
    """How a cell shows its hit.

    Attributes:
        form: the layout of the cell.
        is_current: the cursor is on the cell.
        has_focus: the cursor is on the cell and the results have the focus.
        marked: the user has marked the file.
        weak: the score is no better than chance.
        edge: it is the first weak hit.
        last: it is the last hit before the weak ones.
        removed: the file is in the trash.
    """

    form: CellLayout = "grid"
    is_current: bool = False
    has_focus: bool = False
    marked: bool = False
    weak: bool = False
    edge: bool = False
    last: bool = False
    removed: bool = False

    @property
    def is_faint(self) -> bool:
        """Whether the texts of the cell are dimmed."""
        return (self.weak or self.removed) and not self.is_current


@dataclass(frozen=True, slots=True)
class CellContent:
    """What a cell shows.

    Attributes:
        index: of the hit in the ranking.
        hit: None while its details are loading.
        appearance: how to show the hit.
    """

    index: int
    hit: Hit | None = None
    appearance: CellAppearance = CellAppearance()

    @property
    def prefix(self) -> str:
        """The signs before the name."""
        edge = _EDGE if self.appearance.edge else ""
        return f"{edge}{MARKED}" if self.appearance.marked else edge

    @property
    def title(self) -> str:
        """The name of the file with its marks."""
        return "" if self.hit is None else f"{self.prefix}{self.label()}"

    def label(self, room: int = _UNLIMITED) -> str:
        """Return the name of the file in at most ``room`` columns."""
        name = "" if self.hit is None else printable(self.hit.file.path.name)
        suffix = _REMOVED if self.appearance.removed else ""
        name = shorten_name(without_ligatures(name), max(_SHORTEST_NAME, room - len(suffix)))
        return shorten_name(f"{name}{suffix}", max(0, room))

    def subtitle(self, width: int) -> str:
        """Return the number of copies and the match, as they fit a cell of ``width`` columns."""
        if self.hit is None:
            return ""
        copies = copies_text(self.hit)
        room = width - TITLE_MARGIN - (len(copies) + 2 if copies else 0)
        return joined(copies, match_text(self.hit, room))


def joined(*texts: str) -> str:
    """Join the texts that are not empty."""
    return "  ".join(filter(None, texts))
