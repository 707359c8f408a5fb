"""The attributes of a picture, in lines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual import events
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from tui.app.screens.preview.details import PictureDetails, detail_lines, wrapped
from tui.core.domain import FileDetails, Hit

FOX = Hit(1, 0.5, FileDetails(1, Path("/pictures/fox.jpg"), 5_000_000, 0, None))


class DetailsApp(App[None]):
    CSS = "PictureDetails { width: 30; height: 4; }"

    def __init__(self, matches: Sequence[tuple[str, float]] = ()) -> None:
        super().__init__()
        self.details = PictureDetails(lambda _: matches)

    def compose(self) -> ComposeResult:
        yield self.details


def shown(app: DetailsApp) -> list[str]:
    details = app.details
    return [details.render_line(y).text for y in range(details.content_size.height)]


async def read(pilot: Pilot[None], details: PictureDetails) -> None:
    while "Terms" not in details.text:
        await pilot.pause(0.01)


def test_values_are_aligned_and_wrap_under_each_other() -> None:
    blocks = [[("Name", "fox.jpg"), ("Camera", "Canon EOS 5D Mark II")], [("Rank", "1")]]
    assert detail_lines(blocks, 20) == [
        ("Name    ", "fox.jpg"),
        ("Camera  ", "Canon EOS 5D"),
        ("        ", "Mark II"),
        ("", ""),
        ("Rank  ", "1"),
    ]


def test_a_narrow_pane_shows_values_without_labels() -> None:
    assert detail_lines([[("Camera", "Canon EOS")]], 10) == [("", "Canon EOS")]


def test_lines_break_at_spaces_and_within_long_words() -> None:
    assert wrapped("Canon EOS 5D Mark II", 9) == ["Canon EOS", "5D Mark", "II"]
    assert wrapped("~/Pictures/2023", 6) == ["~/Pict", "ures/2", "023"]
    assert wrapped("", 6) == [""]


@given(st.text(st.sampled_from("ab c/.1é字猫👍\u0301"), max_size=40), st.integers(2, 30))
def test_wrapped_lines_fit_and_lose_no_character(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


async def test_the_last_line_shows_that_more_follow_and_the_wheel_scrolls() -> None:
    app = DetailsApp([("fox", 0.5)])
    async with app.run_test() as pilot:
        app.details.show(FOX)
        await read(pilot, app.details)
        assert shown(app)[0].startswith("Name    fox.jpg")
        assert shown(app)[3].strip() == "↓ more"
        await pilot._post_mouse_events([events.MouseScrollDown], app.details)
        assert shown(app)[0].startswith("Folder  /pictures")
        for _ in range(20):
            await pilot._post_mouse_events([events.MouseScrollDown], app.details)
        assert shown(app)[3].startswith("Terms  ▮▮▮▮▮▮▮▮ +0.500")
        for _ in range(20):
            await pilot._post_mouse_events([events.MouseScrollUp], app.details)
        assert shown(app)[0].startswith("Name    fox.jpg")


async def test_another_picture_begins_at_its_first_line_and_causes_no_layout() -> None:
    app = DetailsApp([("fox", 0.5)])
    async with app.run_test() as pilot:
        app.details.show(FOX)
        await read(pilot, app.details)
        await pilot._post_mouse_events([events.MouseScrollDown], app.details)
        layouts: list[object] = []
        app.details.screen._refresh_layout = lambda *_, **__: layouts.append(1)  # type: ignore[method-assign]
        app.details.show(Hit(2, 0.4, FileDetails(2, Path("/pictures/owl.jpg"), 5, 0, None)))
        await read(pilot, app.details)
        assert shown(app)[0].startswith("Name    owl.jpg")
        assert layouts == []
        app.details.show(None)
        assert "".join(shown(app)).strip() == ""
