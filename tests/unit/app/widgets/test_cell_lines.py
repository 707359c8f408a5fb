"""The lines of the results: drawn in parts, they equal those that are drawn from scratch."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from rich.cells import get_character_cell_size
from rich.style import Style
from textual.geometry import Region, Size

from tests.support.pictures.manual_loader import ManualLoader
from tui.app.graphics.requests import Thumbnail, ThumbnailRequest
from tui.app.graphics.thumbnail_loader import ThumbnailLoader
from tui.app.model.result_window import Move, View, Window, shape_for
from tui.app.terminal.images import Protocol
from tui.app.widgets.cell_content import CellAppearance, CellContent, CellStyles, Rule
from tui.app.widgets.cell_lines import CellLines, cell_boxes
from tui.app.widgets.thumbnail_slot import ThumbnailReady
from tui.core.domain import FileDetails, Hit

NAMES = ("fox", "red hare", "日本語の写真", "newt", "a" * 60, "", "e\u0301l")
SIZES = ((80, 24), (60, 14), (37, 11), (100, 30), (20, 4), (1, 1), (0, 0))
Dots = dict[tuple[int, int], tuple[str, Style | None]]


def hit(file_id: int, strength: float = 0.9) -> Hit:
    path = Path(f"/pictures/{NAMES[file_id % len(NAMES)]} {file_id}.jpg")
    file = FileDetails(file_id, path, 1, 0, None)
    return Hit(1, 0.5, file, strength, copies=1 + file_id % 3)


def styles(first: int) -> CellStyles:
    colours = (Style(color=f"color({number})") for number in range(first, first + 6))
    faint, text, name, mark, frame, focus = colours
    return CellStyles(faint, text, name, mark, frame, focus)


STYLES = [styles(0), styles(10)]
NAME = Style(color="color(30)")


class Drawn:
    """Cell lines, and the screen as their changed regions paint it."""

    def __init__(self, loader: ThumbnailLoader) -> None:
        self.arrived: list[ThumbnailReady] = []
        self.lines = CellLines(loader, post=self.arrived.append, request_later=lambda: None)
        self.screen: Dots = {}
        self.size = Size()

    def lay_out(self, size: Size, view: View) -> tuple[int, int]:
        shape = shape_for(size.width, size.height, view)
        self.lines.lay_out(shape, size)
        self.size = size
        return shape.columns, shape.rows

    def paint(self) -> list[Region]:
        regions = self.lines.redraw()
        for region in regions:
            for y in region.line_range:
                dots = self._dots(y)
                self.screen |= {(x, y): dots[x] for x in region.column_range}
        return regions

    @property
    def shown(self) -> Dots:
        inside = self.size.region.contains
        return {point: dot for point, dot in self.screen.items() if inside(*point)}

    def _dots(self, y: int) -> list[tuple[str, Style | None]]:
        line = self.lines.line(y)
        assert line.cell_length == self.size.width
        dots: list[tuple[str, Style | None]] = []
        for segment in line:
            for character in segment.text:
                if width := get_character_cell_size(character):
                    dots += [(character, segment.style), *[("", segment.style)] * (width - 1)]
                elif dots:
                    dots[-1] = (dots[-1][0] + character, dots[-1][1])
        return dots


class LinesMachine(RuleBasedStateMachine):
    """Answers, moves, marks, thumbnails, sizes and themes in any order."""

    protocol: Protocol = "kitty"

    @initialize()
    def begin(self) -> None:
        self.loader = ManualLoader(self.protocol)
        self.drawn = Drawn(self.loader)
        self.size, self.styles = Size(80, 24), STYLES[0]
        self.view: View = "grid"
        self.file_ids = list(range(40))
        self.window = Window(40)
        self.marks: set[int] = set()
        self.removed: set[int] = set()
        self.rule: str = "weaker matches"
        self.has_focus = False
        self.unloaded = 40
        self._update()

    @rule(size=st.sampled_from(SIZES), view=st.sampled_from(get_args(View)))
    def resize(self, size: tuple[int, int], view: View) -> None:
        self.size, self.view = Size(*size), view
        self._update()

    @rule(move=st.sampled_from(get_args(Move)))
    def move(self, move: Move) -> None:
        self.window = self.window.moved(move)
        self._update()

    @rule(
        file_ids=st.lists(st.integers(0, 60), unique=True, max_size=50),
        break_at=st.none() | st.integers(0, 20),
        rule=st.sampled_from(["weaker matches", "No good match for “日本語の写真”."]),
        unloaded=st.integers(0, 50),
    )
    def answer(self, file_ids: list[int], break_at: int | None, rule: str, unloaded: int) -> None:
        self.file_ids, self.rule, self.unloaded = file_ids, rule, unloaded
        self.window = self.window.restarted(len(file_ids), break_at)
        self._update()

    @rule()
    def load(self) -> None:
        self.unloaded = len(self.file_ids)
        self._update()

    @rule(file_id=st.integers(0, 60))
    def mark(self, file_id: int) -> None:
        self.marks ^= {file_id}
        self._update()

    @rule(file_id=st.integers(0, 60))
    def remove_or_restore(self, file_id: int) -> None:
        self.removed ^= {file_id}
        self._update()

    @rule()
    def focus(self) -> None:
        self.has_focus = not self.has_focus
        self._update()

    @rule(styles=st.sampled_from(STYLES))
    def change_theme(self, styles: CellStyles) -> None:
        self.styles = styles
        self._update()

    @rule(count=st.integers(1, 8))
    def thumbnails_arrive(self, count: int) -> None:
        self.drawn.lines.request()
        for _ in range(min(count, len(self.loader.requests))):
            self.loader.make_first()
        self._receive()

    @invariant()
    def the_screen_is_as_drawn_from_scratch(self) -> None:
        fresh = Drawn(self.loader)
        fresh.lay_out(self.size, self.view)
        fresh.lines.restyle(self.styles)
        fresh.lines.show(*self._shown())
        fresh.paint()
        assert self.drawn.shown == fresh.shown
        fresh.lines.clear()

    @invariant()
    def nothing_is_drawn_twice(self) -> None:
        self.drawn.lines.show(*self._shown())
        assert self.drawn.lines.redraw() == []

    def teardown(self) -> None:
        self.drawn.lines.clear()
        assert self.loader.requests == []

    def _receive(self) -> None:
        self.drawn.lines.receive(self.drawn.arrived)
        self.drawn.arrived.clear()
        self.drawn.paint()

    def _update(self) -> None:
        columns, rows = self.drawn.lay_out(self.size, self.view)
        self.drawn.lines.restyle(self.styles)
        self.window = self.window.reshaped(columns, rows)
        self.drawn.lines.show(*self._shown())
        self.drawn.paint()

    def _shown(self) -> tuple[list[CellContent | None], int, Rule | None]:
        window = self.window
        row = window.rule_row
        contents = [None if index is None else self._content(index) for index in window.cells]
        return contents, window.first_slot, None if row is None else Rule(row, self.rule)

    def _content(self, index: int) -> CellContent:
        file_id = self.file_ids[index]
        look = CellAppearance(
            shape_for(self.size.width, self.size.height, self.view).form,
            is_current=index == self.window.cursor,
            has_focus=index == self.window.cursor and self.has_focus,
            marked=file_id in self.marks,
            removed=file_id in self.removed,
        )
        return CellContent(index, None if index >= self.unloaded else hit(file_id), look)


class HalfCellMachine(LinesMachine):
    """The same with half cells."""

    protocol: Protocol = "halfcell"


MACHINE = settings(max_examples=30, stateful_step_count=25, deadline=None)
TestKittyLines = LinesMachine.TestCase
TestKittyLines.settings = MACHINE
TestHalfCellLines = HalfCellMachine.TestCase
TestHalfCellLines.settings = MACHINE


# --- what is refreshed ----------------------------------------------------------------------------


def shown(drawn: Drawn, cursor: int, *, strength: float = 0.9, start: int = 0) -> list[CellContent]:
    contents = [
        CellContent(index, hit(index, strength), CellAppearance(is_current=index == cursor))
        for index in range(start, start + 6)
    ]
    drawn.lines.show(contents, start)
    return contents


def with_pictures() -> tuple[Drawn, ManualLoader]:
    loader = ManualLoader("halfcell")
    drawn = Drawn(loader)
    assert drawn.lay_out(Size(90, 25), "grid") == (3, 2)
    drawn.lines.restyle(STYLES[0])
    shown(drawn, 0)
    drawn.paint()
    drawn.lines.request()
    while loader.requests:
        loader.make_first()
    drawn.lines.receive(drawn.arrived)
    drawn.paint()
    assert {cell.state for cell in drawn.lines.cells} == {"shown"}
    return drawn, loader


def test_a_cursor_move_refreshes_only_the_frames_of_two_cells() -> None:
    drawn, _ = with_pictures()
    shown(drawn, 1)
    frames = set()
    for cell in drawn.lines.cells[:2]:
        inner = cell.region.shrink((1, 1, 1, 1))
        frames |= _points(cell.region) - _points(inner)
    regions = drawn.paint()
    assert set().union(*map(_points, regions)) == frames
    assert sum(region.area for region in regions) == len(frames)


def test_an_equal_answer_refreshes_nothing() -> None:
    drawn, loader = with_pictures()
    shown(drawn, 0)
    assert drawn.paint() == []
    assert loader.requests == []


def test_other_grades_refresh_only_the_lower_edges() -> None:
    drawn, _ = with_pictures()
    shown(drawn, 0, strength=0.6)
    assert [(region.y, region.height) for region in drawn.paint()] == [(11, 1)] * 3 + [(23, 1)] * 3


def test_an_arrived_thumbnail_refreshes_only_the_inside_of_its_cell() -> None:
    loader = ManualLoader("halfcell")
    drawn = Drawn(loader)
    drawn.lay_out(Size(90, 25), "grid")
    shown(drawn, 0)
    drawn.paint()
    drawn.lines.request()
    loader.make_first()
    drawn.lines.receive(drawn.arrived)
    assert drawn.paint() == [drawn.lines.cells[0].region.shrink((1, 1, 1, 1))]


def test_a_hit_that_scrolls_keeps_its_cell_and_its_request() -> None:
    loader = ManualLoader("halfcell")
    drawn = Drawn(loader)
    drawn.lay_out(Size(90, 25), "grid")
    shown(drawn, 0)
    drawn.lines.request()
    requests = dict(loader.requests)
    shown(drawn, 3, start=3)
    drawn.lines.request()
    unchanged = {request: deliver for request, deliver in loader.requests if request in requests}
    assert len(unchanged) == 3
    assert all(requests[request] == deliver for request, deliver in unchanged.items())
    assert len(loader.requests) == 6


def test_a_hit_that_scrolls_past_requests_nothing() -> None:
    loader = ManualLoader("halfcell")
    drawn = Drawn(loader)
    drawn.lay_out(Size(90, 25), "grid")
    shown(drawn, 0)
    shown(drawn, 30, start=30)
    drawn.lines.request()
    assert {request.path for request, _ in loader.requests} == {
        hit(index).file.path for index in range(30, 36)
    }


def test_a_late_thumbnail_of_another_picture_is_not_drawn() -> None:
    drawn, loader = with_pictures()
    late = ThumbnailRequest(Path("/pictures/late.jpg"), 0, 28, 10)
    drawn.lines.receive([ThumbnailReady(late, Thumbnail(reason="late"))])
    assert drawn.paint() == []
    assert loader.requests == []


@pytest.mark.parametrize("view", get_args(View))
@given(
    width=st.integers(0, 200), height=st.integers(0, 80), rule_row=st.none() | st.integers(0, 40)
)
def test_the_boxes_of_the_cells_leave_a_line_for_the_rule_and_no_other(
    view: View, width: int, height: int, rule_row: int | None
) -> None:
    shape, size = shape_for(width, height, view), Size(width, height)
    rule_row = rule_row if shape.has_rule else None
    boxes = cell_boxes(shape, size, rule_row)
    assert len(boxes) == shape.columns * shape.rows
    covered = [point for box in boxes for point in _points(box)]
    assert len(covered) == len(set(covered))
    bottom = max(box.bottom for box in boxes)
    missing = _points(Region(0, 0, width, bottom)) - set(covered)
    has_rule = rule_row is not None and rule_row < shape.rows
    if has_rule and rule_row is not None and width:
        y = boxes[rule_row * shape.columns].y - 1
        assert missing == _points(Region(0, y, width, 1))
    else:
        assert not missing
    if shape.form != "list":
        assert bottom == height - shape.has_rule + has_rule


def test_the_rule_stands_between_rows_and_moves_those_below_it() -> None:
    drawn, _ = with_pictures()
    below = drawn.lines.cells[3].region
    contents = shown(drawn, 0)
    drawn.lines.show(contents, 0, Rule(1, "weaker matches"))
    assert drawn.lines.cells[3].region == below.translate((0, 1))
    [region] = drawn.paint()
    assert (region.x, region.bottom, region.width) == (0, 25, 90)
    assert drawn.lines.line(below.y).text == "── weaker matches " + "─" * 72
    assert drawn.lines.cell_at(5, below.y) is None
    drawn.lines.show(contents, 0, None)
    assert len(drawn.paint()) == 1
    assert "─" not in drawn.lines.line(below.y).text


def test_the_rule_moves_after_a_resize_to_fewer_rows() -> None:
    drawn, _ = with_pictures()
    contents = shown(drawn, 0)
    columns, rows = drawn.lay_out(Size(120, 40), "grid")
    drawn.lines.show(contents, 0, Rule(rows - 1, "weaker matches"))
    drawn.paint()
    columns, rows = drawn.lay_out(Size(40, 12), "grid")
    drawn.paint()
    assert not any("weaker" in drawn.lines.line(y).text for y in range(12))
    drawn.lines.show(contents[: columns * rows], 0, Rule(0, "weaker matches"))
    drawn.paint()
    assert any("weaker" in drawn.lines.line(y).text for y in range(12))


def test_a_free_cell_before_the_rule_shows_nothing() -> None:
    drawn, _ = with_pictures()
    contents: list[CellContent | None] = [*shown(drawn, 0)]
    contents[1:1] = [None, None]
    drawn.lines.show(contents[:6], 0, Rule(1, "weaker matches"))
    drawn.paint()
    assert [cell.index for cell in drawn.lines.cells] == [0, 1, 2, 3]
    box = drawn.lines.cells[0].region
    assert drawn.lines.cell_at(box.right + 2, box.y + 2) is None
    assert not drawn.lines.line(0).text[box.width :].strip()


def test_a_theme_draws_everything_again() -> None:
    drawn, _ = with_pictures()
    drawn.lines.restyle(replace(STYLES[0], text=NAME))
    assert drawn.paint() == [Size(90, 25).region]
    drawn.lines.restyle(replace(STYLES[0], text=NAME))
    assert drawn.paint() == []


def _points(region: Region) -> set[tuple[int, int]]:
    return {(x, y) for x in region.column_range for y in region.line_range}
