"""The contents of a cell and its styles, as values."""

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
_REMOVED = " (in the trash)"
_SHORTEST_NAME = 8
_UNLIMITED = 1000
_NO_STYLE = Style.null()
TITLE_MARGIN = 6
"""Columns of a title's row outside the title: corners, a piece of the frame and a blank each."""


@dataclass(frozen=True, slots=True)
class CellStyles:
    """The styles of cells, each with the colour behind it.

    Attributes:
        faint: of blanks, waiting pictures, matches, removed files and the rule.
        text: of titles and details.
        name: of the names in a list and of the title under the cursor.
        mark: of marked files.
        frame: around the cell under the cursor.
        focus: the same while the results have the focus.
    """

    faint: Style = _NO_STYLE
    text: Style = _NO_STYLE
    name: Style = _NO_STYLE
    mark: Style = _NO_STYLE
    frame: Style = _NO_STYLE
    focus: Style = _NO_STYLE


@dataclass(frozen=True, slots=True)
class CellAppearance:
    """How a cell shows its hit.

    Attributes:
        form: the layout of the cell.
        is_current: the cursor is on the cell.
        has_focus: the cursor is on the cell and the results have the focus.
        marked: the user has marked the file.
        removed: the file is in the trash.
    """

    form: CellLayout = "grid"
    is_current: bool = False
    has_focus: bool = False
    marked: bool = False
    removed: bool = False

    @property
    def is_faint(self) -> bool:
        """Whether the texts of the cell are dimmed."""
        return self.removed and not self.is_current


@dataclass(frozen=True, slots=True)
class CellContent:
    """The contents of a cell.

    Attributes:
        index: of the hit in the ranking.
        hit: None while its details are loading.
        appearance: how to show the hit.
    """

    index: int
    hit: Hit | None = None
    appearance: CellAppearance = CellAppearance()

    @property
    def mark(self) -> str:
        """The sign before the name of a marked file."""
        return MARKED if self.appearance.marked else ""

    @property
    def title(self) -> str:
        """The name of the file with its marks."""
        return "" if self.hit is None else f"{self.mark}{self.label()}"

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


@dataclass(frozen=True, slots=True)
class Rule:
    """The rule above the weak matches.

    Attributes:
        row: the row of cells on screen below it.
        label: the text on it.
    """

    row: int
    label: str


def joined(*texts: str) -> str:
    """Join the texts that are not empty."""
    return "  ".join(filter(None, texts))
