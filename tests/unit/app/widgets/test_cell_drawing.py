"""How a cell is drawn: its frame, its texts, what is dimmed and what is cut."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.style import Style
from textual.geometry import Region, Size
from textual.strip import Strip

from tui.app.model.result_window import LIST_HEIGHT, CellLayout
from tui.app.widgets.cell_content import CellAppearance, CellContent, CellStyles
from tui.app.widgets.cell_drawing import Parts, draw, draw_rule, picture_box
from tui.core.domain import FileDetails, Hit

FAINT, TEXT, NAME, MARK, FRAME, FOCUS = (Style(color=f"color({n})") for n in range(6))
STYLES = CellStyles(FAINT, TEXT, NAME, MARK, FRAME, FOCUS)
SIZE = Size(40, 8)
HERE = CellAppearance(is_current=True)
FOCUSED = CellAppearance(is_current=True, has_focus=True)


def content(look: CellAppearance = CellAppearance(), name: str = "fox.jpg") -> CellContent:  # noqa: B008 - frozen
    file = FileDetails(1, Path("/pictures") / name, 5_000_000, 0, None)
    return CellContent(0, Hit(1, 0.5, file, 1.0, copies=3), look)


def texts(rows: tuple[Parts, ...]) -> list[str]:
    return ["".join(part.text for part in row) for row in rows]


def style_of(rows: tuple[Parts, ...], text: str) -> Style | None:
    return next(
        segment.style for row in rows for part in row for segment in part if text in segment.text
    )


def test_a_cell_of_the_grid_has_its_name_above_and_its_match_below() -> None:
    lines = texts(draw(content(), SIZE, STYLES, ()))
    assert lines[0] == "   fox.jpg".ljust(40)
    assert lines[-1] == "3x  ▮▮▮▮▮   ".rjust(40)
    assert set("".join(lines[1:-1])) == {" "}


def test_the_frame_under_the_cursor_is_heavy_with_the_focus() -> None:
    lines = texts(draw(content(HERE), SIZE, STYLES, ()))
    assert lines[0] == "╭─ fox.jpg " + "─" * 28 + "╮"
    assert {(line[0], line[-1]) for line in lines[1:-1]} == {("│", "│")}
    assert lines[-1] == "╰" + "─" * 26 + " 3x  ▮▮▮▮▮ ─╯"
    lines = texts(draw(content(FOCUSED), SIZE, STYLES, ()))
    assert lines[0].startswith("┏━ fox.jpg ━")
    assert {(line[0], line[-1]) for line in lines[1:-1]} == {("┃", "┃")}
    assert lines[-1].endswith("━┛")


@pytest.mark.parametrize(
    ("look", "style"),
    [
        (CellAppearance(), TEXT),
        (CellAppearance(removed=True), FAINT),
        (HERE, NAME + Style(bold=True)),
        (CellAppearance(marked=True), MARK),
        (CellAppearance(marked=True, removed=True), MARK),
        (replace(HERE, removed=True), NAME + Style(bold=True)),
        (replace(HERE, marked=True), MARK),
        (FOCUSED, FOCUS + Style(bold=True, reverse=True)),
        (replace(FOCUSED, marked=True), FOCUS + Style(bold=True, reverse=True)),
    ],
)
def test_the_style_of_a_title_says_what_the_cell_is(look: CellAppearance, style: Style) -> None:
    assert style_of(draw(content(look), SIZE, STYLES, ()), "fox") == style


def test_a_picture_stands_inside_the_frame_and_is_not_copied() -> None:
    box = picture_box("grid", SIZE)
    assert box == Region(1, 1, 38, 6)
    picture = [Strip.blank(box.width, Style(bgcolor="red")) for _ in range(box.height)]
    rows = draw(content(), SIZE, STYLES, picture)
    assert all(row[1] is strip for row, strip in zip(rows[1:-1], picture, strict=True))


def test_a_line_under_the_cursor_is_reversed_only_with_the_focus() -> None:
    for look in (HERE, FOCUSED):
        rows = draw(content(replace(look, form="line")), Size(30, 1), STYLES, ())
        assert texts(rows) == ["▸ fox.jpg       3x  good match"]
        style = style_of(rows, "fox")
        assert style is not None
        assert bool(style.reverse) == look.has_focus


def test_the_list_has_no_picture_where_it_would_be_narrow() -> None:
    assert picture_box("list", Size(100, LIST_HEIGHT)) == Region(2, 0, 11, 4)
    assert not picture_box("list", Size(27, LIST_HEIGHT))
    assert not picture_box("line", Size(100, 1))


@given(
    form=st.sampled_from(("grid", "list", "line")),
    size=st.tuples(st.integers(0, 60), st.integers(0, 12)),
    name=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\0"), max_size=30),
    flags=st.lists(st.booleans(), min_size=4, max_size=4),
    loaded=st.booleans(),
)
def test_every_row_is_as_wide_as_the_cell(
    form: CellLayout, size: tuple[int, int], name: str, flags: list[bool], loaded: bool
) -> None:
    look = CellAppearance(form, *flags)
    shown = content(look, name or "x")
    box = picture_box(form, Size(*size))
    picture = [Strip.blank(box.width, FAINT)] * box.height
    rows = draw(shown if loaded else replace(shown, hit=None), Size(*size), STYLES, picture)
    assert len(rows) == size[1]
    assert {sum(part.cell_length for part in row) for row in rows} <= {size[0]}
    assert all(sum(s.cell_length for part in row for s in part) == size[0] for row in rows)


def test_letters_bound_by_a_joiner_are_counted_and_drawn() -> None:
    name = "a\u200db क्\u200dष.jpg"
    [row, *_] = texts(draw(content(CellAppearance("list"), name), Size(60, 5), STYLES, ()))
    assert "ab क्ष.jpg" in row
    assert "\u200d" not in row


def test_a_long_name_loses_its_middle_in_every_layout() -> None:
    name = "holiday in Lisbon with the whole family 2023 (4).jpg"
    for form in ("grid", "list", "line"):
        lines = "\n".join(texts(draw(content(CellAppearance(form), name), SIZE, STYLES, ())))
        assert "holiday" in lines
        assert "2023 (4).jpg" in lines or "(4).jpg" in lines
        assert "…" in lines


def test_the_rule_has_its_label_at_the_left_and_fills_the_width() -> None:
    assert draw_rule("weaker matches", 30, STYLES).text == "── weaker matches ────────────"
    assert draw_rule("No good match for “red fox”.", 20, STYLES).text == "── No good… fox”. ──"
    assert draw_rule("weaker matches", 3, STYLES).cell_length == 3
    assert draw_rule("weaker matches", 0, STYLES).cell_length == 0
