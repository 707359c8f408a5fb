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
from tui.app.widgets.cell_content import CellAppearance, CellContent, CellStyles
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
        self.noise_from: int | None = None
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
        noise_from=st.none() | st.integers(0, 20),
        unloaded=st.integers(0, 50),
    )
    def answer(self, file_ids: list[int], noise_from: int | None, unloaded: int) -> None:
        self.file_ids, self.noise_from, self.unloaded = file_ids, noise_from, unloaded
        self.window = self.window.restarted(len(file_ids))
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
        if self.protocol == "halfcell":
            # The picture with the former tint stays until the new one is made.
            self.thumbnails_arrive(1000)
        fresh = Drawn(self.loader)
        fresh.lay_out(self.size, self.view)
        fresh.lines.restyle(self.styles)
        fresh.lines.show(self._contents())
        fresh.paint()
        assert self.drawn.shown == fresh.shown
        fresh.lines.clear()

    @invariant()
    def nothing_is_drawn_twice(self) -> None:
        self.drawn.lines.show(self._contents())
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
        self.drawn.lines.show(self._contents())
        self.drawn.paint()

    def _contents(self) -> list[CellContent]:
        form = shape_for(self.size.width, self.size.height, self.view).form
        contents = []
        for index in range(self.window.start, self.window.stop):
            file_id = self.file_ids[index]
            noise = self.noise_from
            look = CellAppearance(
                form,
                is_current=index == self.window.cursor,
                has_focus=index == self.window.cursor and self.has_focus,
                marked=file_id in self.marks,
                weak=noise is not None and index >= noise,
                edge=index == noise,
                last=noise is not None and index == noise - 1,
                removed=file_id in self.removed,
            )
            loaded = None if index >= self.unloaded else hit(file_id)
            contents.append(CellContent(index, loaded, look))
        return contents


class HalfCellMachine(LinesMachine):
    """The same with tinted pictures."""

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
    drawn.lines.show(contents)
    return contents


def with_pictures() -> tuple[Drawn, ManualLoader]:
    loader = ManualLoader("halfcell")
    drawn = Drawn(loader)
    assert drawn.lay_out(Size(90, 24), "grid") == (3, 2)
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
    drawn.lay_out(Size(90, 24), "grid")
    shown(drawn, 0)
    drawn.paint()
    drawn.lines.request()
    loader.make_first()
    drawn.lines.receive(drawn.arrived)
    assert drawn.paint() == [drawn.lines.cells[0].region.shrink((1, 1, 1, 1))]


def test_a_hit_that_scrolls_keeps_its_cell_and_its_request() -> None:
    loader = ManualLoader("halfcell")
    drawn = Drawn(loader)
    drawn.lay_out(Size(90, 24), "grid")
    shown(drawn, 0)
    drawn.lines.request()
    requests = dict(loader.requests)
    shown(drawn, 3, start=3)
    drawn.lines.request()
    kept = {request: deliver for request, deliver in loader.requests if request in requests}
    assert len(kept) == 3
    assert all(requests[request] == deliver for request, deliver in kept.items())
    assert len(loader.requests) == 6


def test_a_hit_that_scrolls_past_requests_nothing() -> None:
    loader = ManualLoader("halfcell")
    drawn = Drawn(loader)
    drawn.lay_out(Size(90, 24), "grid")
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
@given(width=st.integers(0, 200), height=st.integers(0, 80))
def test_the_boxes_of_the_cells_neither_overlap_nor_leave_gaps(
    view: View, width: int, height: int
) -> None:
    shape, size = shape_for(width, height, view), Size(width, height)
    boxes = cell_boxes(shape, size)
    assert len(boxes) == shape.columns * shape.rows
    covered = [point for box in boxes for point in _points(box)]
    assert len(covered) == len(set(covered))
    bottom = max(box.bottom for box in boxes)
    assert set(covered) == _points(Region(0, 0, width, bottom))
    if shape.form != "list":
        assert bottom == height


def test_a_theme_draws_everything_again() -> None:
    drawn, _ = with_pictures()
    drawn.lines.restyle(replace(STYLES[0], backdrop=(1, 2, 3)))
    assert drawn.paint() == [Size(90, 24).region]
    drawn.lines.restyle(replace(STYLES[0], backdrop=(1, 2, 3)))
    assert drawn.paint() == []


def _points(region: Region) -> set[tuple[int, int]]:
    return {(x, y) for x in region.column_range for y in region.line_range}
