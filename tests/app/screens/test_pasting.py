"""Pasting into the inputs: all lines, no control characters, and a bounded length."""

from __future__ import annotations

import asyncio
import unicodedata
from functools import partial
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.app import App
from textual.events import Paste

from tests.support.app_harness import Eyes, House
from tui.app.model.app_state import AppState
from tui.app.screens.dialogs import AskPathScreen
from tui.app.screens.saved_queries import QueryNameScreen, SavedQueriesScreen
from tui.app.screens.welcome import WelcomeScreen
from tui.app.widgets.ordered_input import MAX_LENGTH, OrderedInput
from tui.app.workers.folder_listing import matching_folders
from tui.core.formatting import one_line, printable

if TYPE_CHECKING:
    from textual.app import ComposeResult

BREAKS = st.sampled_from(["\n", "\r\n", "\r", "\t", "\x1b[31m", "\x00", "\u2028", "\x9b", "\u202e"])
PASTES = st.lists(st.text(max_size=12) | BREAKS, max_size=12).map("".join)


class Inputs(App[None]):
    """One input of each kind that is used: with a bound of its own, and without."""

    def compose(self) -> ComposeResult:
        yield OrderedInput("before after", select_on_focus=False, id="path")
        yield OrderedInput(max_length=60, id="name")


@given(text=PASTES)
def test_a_pasted_text_is_one_line_that_is_safe_to_show(text: str) -> None:
    line = one_line(text)
    assert not [letter for letter in line if unicodedata.category(letter) in ("Cc", "Cs")]
    assert one_line(line) == line
    assert line == " ".join(part for part in map(one_line, text.splitlines()) if part)
    letters = [letter for letter in text if printable(letter) == letter != " "]
    assert line.replace(" ", "") == "".join(letters)


def test_any_paste_is_taken_whole() -> None:
    async def check(texts: list[str]) -> None:
        async with Inputs().run_test() as pilot:
            path = pilot.app.query_one("#path", OrderedInput)
            name = pilot.app.query_one("#name", OrderedInput)
            for text in texts:
                path.value = "before after"
                path.cursor_position = len("before ")
                name.value = ""
                for widget in (path, name):
                    widget.post_message(Paste(text))
                await pilot.pause()
                assert path.value == f"before {one_line(text)}after"
                assert path.cursor_position == len("before ") + len(one_line(text))
                assert name.value == one_line(text)[:60]

    @settings(max_examples=10, deadline=None)
    @given(texts=st.lists(PASTES, min_size=1, max_size=10))
    def property_of_pastes(texts: list[str]) -> None:
        asyncio.run(check(texts))

    property_of_pastes()


async def test_lines_are_joined_in_every_input(full_house: House) -> None:
    pasted = "red\nball\r\n\x1b[31m3\x07"
    async with full_house.app().run_test(size=(100, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        eyes.query.post_message(Paste(pasted))
        await eyes.until(lambda: eyes.query.value == "red ball [31m3")
        await pilot.press("f2")
        await eyes.until(lambda: isinstance(eyes.app.screen, QueryNameScreen))
        eyes.app.screen.query_one(OrderedInput).post_message(Paste(pasted))
        name = eyes.app.screen.query_one(OrderedInput)
        await eyes.until(lambda: name.value == "red ball [31m3")
        await pilot.press("escape")
        eyes.query.value = ""
        await eyes.settled()
        await pilot.press("down", "c")
        await eyes.until(lambda: isinstance(eyes.app.screen, AskPathScreen))
        path = eyes.app.screen.query_one(OrderedInput)
        path.value = ""
        path.post_message(Paste(pasted))
        await eyes.until(lambda: path.value == "red ball [31m3")
        eyes.main.leave()


def holds(typed: OrderedInput, value: str) -> bool:
    return typed.value == value


async def test_an_absolute_path_replaces_the_folder_at_the_start(house: House) -> None:
    house.save("red a.png")
    house.index()
    async with house.app().run_test(size=(100, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        await pilot.press("down", "c")
        await eyes.until(lambda: isinstance(eyes.app.screen, AskPathScreen))
        path = eyes.app.screen.query_one(OrderedInput)
        assert path.value == "~/"
        await pilot.press(*"/a//b")
        await eyes.until(lambda: path.value == "/a//b")
        for pasted, value in (("/tmp/x", "/tmp/x"), ("~/x", "~/x"), ("sub", "~/sub")):
            path.value = "~/"
            path.cursor_position = 2
            path.post_message(Paste(pasted))
            await eyes.until(partial(holds, path, value))
        eyes.main.leave()


async def test_a_paste_replaces_the_selection_and_ctrl_v_does_the_same(house: House) -> None:
    async with house.app().run_test(size=(100, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        eyes.query.value = "grey ball"
        eyes.query.select_all()
        eyes.query.post_message(Paste("red\nflower"))
        await eyes.until(lambda: eyes.query.value == "red flower")
        eyes.query.select_all()
        eyes.app._clipboard = "blue\nball"
        await pilot.press("ctrl+v")
        await eyes.until(lambda: eyes.query.value == "blue ball")
        eyes.main.leave()


async def test_an_endless_paste_is_cut_and_that_is_said(house: House) -> None:
    async with house.app().run_test(size=(100, 30), notifications=True) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        eyes.query.post_message(Paste("7" * 4_000))
        await eyes.until(lambda: len(eyes.query.value) == 4_000)
        assert not eyes.app._notifications
        eyes.query.post_message(Paste("8" * 1_000_000))
        await eyes.until(lambda: eyes.app._notifications)
        assert eyes.query.value == "7" * 4_000 + "8" * (MAX_LENGTH - 4_000)
        await pilot.press("9")
        assert "9" not in eyes.query.value
        eyes.main.leave()


async def test_a_saved_query_with_control_characters_is_harmless(house: House) -> None:
    memory = AppState(first_run=False, saved={"bad": "red\x1b]0;owned\x07\nball"})
    async with house.app(memory=memory).run_test(size=(100, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        await pilot.press("f3")
        await eyes.until(lambda: isinstance(eyes.app.screen, SavedQueriesScreen))
        await pilot.press("enter")
        await eyes.until(lambda: eyes.query.value == "red]0;owned ball")
        eyes.main.leave()


async def test_a_paste_at_the_first_start_goes_to_the_search(house: House) -> None:
    async with house.app(memory=AppState()).run_test(size=(100, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.until(lambda: isinstance(eyes.app.screen, WelcomeScreen))
        eyes.app.screen.post_message(Paste("red\nball"))
        await eyes.until(lambda: eyes.query.value == "red ball")
        eyes.main.leave()


@pytest.mark.parametrize("name", ["line\nbreak", "esc\x1b[31m"])
def test_a_folder_that_can_not_be_typed_is_not_offered(house: House, name: str) -> None:
    (house.pictures / name).mkdir()
    (house.pictures / "plain").mkdir()
    assert matching_folders(f"{house.pictures}/") == [f"{house.pictures}/plain/"]
