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

from tests.support.app_harness import AppHarness, AppView
from tui.app.model.app_state import AppState
from tui.app.screens.folders.path_dialog import PathDialog
from tui.app.screens.saved_queries import QueryNameScreen, SavedQueriesScreen
from tui.app.screens.welcome import WelcomeScreen
from tui.app.widgets.ordered_input import MAX_LENGTH, OrderedInput
from tui.app.workers.folder_listing import TypedPath, match_folders
from tui.core.formatting import one_line, printable

if TYPE_CHECKING:
    from textual.app import ComposeResult

BREAKS = st.sampled_from(["\n", "\r\n", "\r", "\t", "\x1b[31m", "\x00", "\u2028", "\x9b", "\u202e"])
PASTES = st.lists(st.text(max_size=12) | BREAKS, max_size=12).map("".join)


class Inputs(App[None]):
    """One input of each kind: with its own maximum length, and without."""

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


def test_a_paste_arrives_whole() -> None:
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


async def test_lines_are_joined_in_every_input(indexed_harness: AppHarness) -> None:
    pasted = "red\nball\r\n\x1b[31m3\x07"
    async with indexed_harness.running(size=(100, 30)) as view:
        view.query.post_message(Paste(pasted))
        await view.until(lambda: view.query.value == "red ball [31m3")
        await view.pilot.press("f2")
        await view.until(lambda: isinstance(view.app.screen, QueryNameScreen))
        view.app.screen.query_one(OrderedInput).post_message(Paste(pasted))
        name = view.app.screen.query_one(OrderedInput)
        await view.until(lambda: name.value == "red ball [31m3")
        await view.pilot.press("escape")
        view.query.value = ""
        await view.settled()
        await view.pilot.press("down", "c")
        await view.until(lambda: isinstance(view.app.screen, PathDialog))
        path = view.app.screen.query_one(OrderedInput)
        path.value = ""
        path.post_message(Paste(pasted))
        await view.until(lambda: path.value == "red ball [31m3")
        view.main.leave()


def holds(typed: OrderedInput, value: str) -> bool:
    return typed.value == value


async def test_an_absolute_path_replaces_the_folder_at_the_start(harness: AppHarness) -> None:
    harness.save("red a.png")
    harness.index()
    async with harness.running(size=(100, 30)) as view:
        await view.pilot.press("down", "c")
        await view.until(lambda: isinstance(view.app.screen, PathDialog))
        path = view.app.screen.query_one(OrderedInput)
        assert path.value == "~/"
        await view.pilot.press(*"/a//b")
        await view.until(lambda: path.value == "/a//b")
        for pasted, value in (("/tmp/x", "/tmp/x"), ("~/x", "~/x"), ("sub", "~/sub")):
            path.value = "~/"
            path.cursor_position = 2
            path.post_message(Paste(pasted))
            await view.until(partial(holds, path, value))
        view.main.leave()


async def test_a_paste_replaces_the_selection_and_ctrl_v_does_the_same(harness: AppHarness) -> None:
    async with harness.running(size=(100, 30)) as view:
        view.query.value = "grey ball"
        view.query.select_all()
        view.query.post_message(Paste("red\nflower"))
        await view.until(lambda: view.query.value == "red flower")
        view.query.select_all()
        view.app._clipboard = "blue\nball"
        await view.pilot.press("ctrl+v")
        await view.until(lambda: view.query.value == "blue ball")
        view.main.leave()


async def test_a_very_long_paste_is_shortened_with_a_notice(harness: AppHarness) -> None:
    async with harness.running(size=(100, 30), notifications=True) as view:
        view.query.post_message(Paste("7" * 4_000))
        await view.until(lambda: len(view.query.value) == 4_000)
        assert not view.app._notifications
        view.query.post_message(Paste("8" * 1_000_000))
        await view.until(lambda: view.app._notifications)
        assert view.query.value == "7" * 4_000 + "8" * (MAX_LENGTH - 4_000)
        await view.pilot.press("9")
        assert "9" not in view.query.value
        view.main.leave()


async def test_a_saved_query_with_control_characters_is_harmless(harness: AppHarness) -> None:
    memory = AppState(first_run=False, saved={"bad": "red\x1b]0;owned\x07\nball"})
    async with harness.running(memory=memory, size=(100, 30)) as view:
        await view.pilot.press("f3")
        await view.until(lambda: isinstance(view.app.screen, SavedQueriesScreen))
        await view.pilot.press("enter")
        await view.until(lambda: view.query.value == "red]0;owned ball")
        view.main.leave()


async def test_a_paste_at_the_first_start_reaches_the_search(harness: AppHarness) -> None:
    async with harness.app(memory=AppState()).run_test(size=(100, 30)) as pilot:
        view = AppView(pilot)
        await view.until(lambda: isinstance(view.app.screen, WelcomeScreen))
        view.app.screen.post_message(Paste("red\nball"))
        await view.until(lambda: view.query.value == "red ball")
        view.main.leave()


@pytest.mark.parametrize("name", ["line\nbreak", "esc\x1b[31m"])
def test_a_folder_that_can_not_be_typed_is_not_listed(harness: AppHarness, name: str) -> None:
    (harness.pictures / name).mkdir()
    (harness.pictures / "plain").mkdir()
    typed = TypedPath.split(f"{harness.pictures}/")
    [matched] = match_folders(typed)
    assert typed.completed(matched.names) == [f"{harness.pictures}/plain/"]
