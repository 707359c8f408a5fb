"""Draws a result: the rows of its box as strips, from values and without a widget."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.geometry import Region, Size
from textual.strip import Strip

from tui.app.model.ellipsis import shorten_name
from tui.app.model.list_columns import list_line, name_room
from tui.app.model.picture_text import (
    copies_text,
    facts,
    folder_text,
    match_sentence,
    match_words,
)
from tui.app.widgets.cell_content import TITLE_MARGIN, joined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.app.model.result_window import CellLayout
    from tui.app.widgets.cell_content import CellAppearance, CellContent, CellStyles

_LINE_CURSOR = "▸ "
_LIST_CURSOR = "▌ "
_GUTTER = 2
_MIN_TEXT_WIDTH = 20
Parts = tuple[Strip, ...]
"""One row of a cell: strips side by side, cut where one may change without the next."""

Styled = tuple[str, Style]


class Box(NamedTuple):
    """The characters of a frame: the corners, an edge and a side."""

    top_left: str
    top_right: str
    bottom_left: str
    bottom_right: str
    edge: str
    side: str


_NO_BOX = Box(*"      ")
_ROUND_BOX = Box(*"╭╮╰╯─│")
_HEAVY_BOX = Box(*"┏┓┗┛━┃")


def picture_box(form: CellLayout, size: Size) -> Region:
    """Return the box of the picture in a cell of this size; it may be empty."""
    width, height = size
    if form == "grid":
        return Region(1, 1, max(0, width - 2), max(0, height - 2))
    rows = height - 1
    columns = min(round(rows * 8 / 3), width - _GUTTER * 2 - _MIN_TEXT_WIDTH)
    if form != "list" or columns < rows:
        return Region()
    return Region(_GUTTER, 0, columns, rows)


def draw(
    content: CellContent, size: Size, styles: CellStyles, picture: Sequence[Strip]
) -> tuple[Parts, ...]:
    """Draw a cell.

    Args:
        content: what the cell shows.
        size: of the cell.
        styles: of its texts and frame.
        picture: the rows of `picture_box`; none if the cell has no picture.

    Returns:
        One row of strips for each row of the cell, each as wide as the cell.
    """
    width, height = size
    form = content.appearance.form
    if form == "grid" and width > 1 and height > 1:
        return _grid_rows(content, size, styles, picture)
    if form == "list" and width > _GUTTER and height > 1:
        return _list_rows(content, size, styles, picture)
    if form in ("line", "columns") and width > 0 and height > 0:
        line = _columns_line if form == "columns" else _text_line
        blank = (Strip.blank(width, styles.faint),)
        return ((line(content, width, styles),), *[blank] * (height - 1))
    return ((Strip.blank(width, styles.faint),),) * height


# --- the grid -------------------------------------------------------------------------------------


def _grid_rows(
    content: CellContent, size: Size, styles: CellStyles, picture: Sequence[Strip]
) -> tuple[Parts, ...]:
    width, height = size
    look = content.appearance
    box, frame = _NO_BOX, styles.faint
    if look.is_current:
        box, frame = (_HEAVY_BOX, styles.focus) if look.has_focus else (_ROUND_BOX, styles.frame)
    room = width - TITLE_MARGIN
    title = _fitted(content.mark + content.label(room - len(content.mark)), width)
    top = [(box.top_left + box.edge, frame), (title, _title_style(look, styles))]
    top.append((box.edge * (width - 3 - Content(title).cell_length) + box.top_right, frame))
    subtitle = _fitted(content.subtitle(width), width)
    edge = box.edge * (width - 3 - Content(subtitle).cell_length)
    bottom = [(box.bottom_left + edge, frame), (subtitle, _subtitle_style(look, styles))]
    bottom.append((box.edge + box.bottom_right, frame))
    side = _character(box.side, frame)
    rows = picture or [Strip.blank(width - 2, styles.faint)] * (height - 2)
    return (
        (_strip(top, width, frame),),
        *((side, row, side) for row in rows),
        (_strip(bottom, width, frame),),
    )


def _title_style(look: CellAppearance, styles: CellStyles) -> Style:
    if look.has_focus:
        return styles.focus + _BOLD_REVERSE
    if look.marked:
        return styles.mark
    if look.is_current:
        return styles.name + _BOLD
    return styles.faint if look.is_faint else styles.text


def _subtitle_style(look: CellAppearance, styles: CellStyles) -> Style:
    if look.has_focus:
        return styles.focus
    return styles.text if look.is_current else styles.faint


_BOLD = Style(bold=True)
_REVERSE = Style(reverse=True)
_BOLD_REVERSE = Style(bold=True, reverse=True)


def _fitted(text: str, width: int) -> str:
    """Return the text between blanks, cut to fit the frame of a cell; empty for none."""
    room = width - TITLE_MARGIN
    return f" {_cut(text, room)} " if text and room > 0 else ""


# --- the list and lines of text -------------------------------------------------------------------


def _list_rows(
    content: CellContent, size: Size, styles: CellStyles, picture: Sequence[Strip]
) -> tuple[Parts, ...]:
    width, height = size
    look = content.appearance
    cursor = _LIST_CURSOR if look.is_current else " " * _GUTTER
    left = _character(cursor, styles.mark if look.has_focus else styles.text)
    pictured = picture[0].cell_length if picture else 0
    gap = " " * _GUTTER if picture else ""
    room = width - _GUTTER - pictured
    texts = _list_texts(content, room - len(gap) - 1, styles) if content.hit is not None else []
    rows: list[Parts] = []
    for y in range(height - 1):
        parts = [(gap, styles.faint), *(texts[y] if y < len(texts) else [])]
        text = _strip(parts, room, styles.faint)
        rows.append((left, picture[y], text) if picture else (left, text))
    return (*rows, (Strip.blank(width, styles.faint),))


def _list_texts(content: CellContent, room: int, styles: CellStyles) -> list[list[Styled]]:
    hit, look = content.hit, content.appearance
    assert hit is not None
    text = styles.faint if look.is_faint else styles.text
    mark = content.mark
    match = joined(match_sentence(hit), copies_text(hit))
    return [
        [(mark, styles.mark), (content.label(room - len(mark)), _name_style(look, styles))],
        [(_cut(folder_text(hit.file), room), text)],
        [(_cut("  ·  ".join(facts(hit.file)), room), text)],
        [(_cut(match, room), text)],
    ]


def _text_line(content: CellContent, width: int, styles: CellStyles) -> Strip:
    hit, look = content.hit, content.appearance
    end = ""
    if hit is not None:
        end = _cut(joined(copies_text(hit), match_words(hit)), width // 2)
    mark = content.mark
    begin = _LINE_CURSOR if look.is_current else "  "
    room = max(0, width - len(begin) - len(mark) - Content(end).cell_length - 1)
    label = Content(f"{begin}{mark}{content.label(room)}")
    padding = " " * (room + len(begin) + len(mark) - label.cell_length)
    name = _name_style(look, styles)
    return _strip([(label.plain + padding, name), (f" {end}", styles.text)], width, styles.faint)


def _columns_line(content: CellContent, width: int, styles: CellStyles) -> Strip:
    look = content.appearance
    begin = _LINE_CURSOR if look.is_current else "  "
    mark = content.mark
    room = max(0, width - len(begin))
    label = content.label(name_room(content.hit, room) - len(mark))
    name, columns = list_line(content.hit, f"{mark}{label}", room)
    text = styles.faint if look.is_faint else styles.text
    if look.has_focus:
        text += _REVERSE
    parts = [(begin + name, _name_style(look, styles)), (columns, text)]
    return _strip(parts, width, styles.faint)


def _name_style(look: CellAppearance, styles: CellStyles) -> Style:
    if look.is_faint:
        return styles.faint
    if not look.is_current:
        return styles.name
    is_reversed = look.form in ("line", "columns") and look.has_focus
    return styles.name + (_BOLD_REVERSE if is_reversed else _BOLD)


def draw_rule(label: str, width: int, styles: CellStyles) -> Strip:
    """Draw the rule above the weak matches, ``width`` columns long."""
    begin, end = "── ", " ──"
    label = shorten_name(label, max(0, width - len(begin) - len(end)))
    line = "─" * (width - len(begin) - Content(label).cell_length - 1)
    parts = [(begin, styles.faint), (label, styles.text), (f" {line}", styles.faint)]
    return _strip(parts, width, styles.faint)


# --- strips ---------------------------------------------------------------------------------------


@lru_cache(64)
def _character(text: str, style: Style) -> Strip:
    return Strip([Segment(text, style)])


def _strip(parts: Sequence[Styled], width: int, blank: Style) -> Strip:
    """Join texts to a strip of ``width`` columns."""
    segments = [Segment(text, style) for text, style in parts if text]
    return Strip(segments).adjust_cell_length(width, blank)


def _cut(text: str, room: int) -> str:
    return Content(text).truncate(max(0, room), ellipsis=True).plain
