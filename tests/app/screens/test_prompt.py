"""The search input: hints, completions, the history and saved queries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.events import Key

from tests.support.app_harness import AppHarness, AppView
from tui.app.model.app_state import AppState, load
from tui.app.model.query_history import QueryHistory
from tui.app.screens.main.search_pane import hint_at
from tui.app.widgets.completion_list import CompletionList
from tui.search.query.terms import Hint, Query

PAST = AppState(first_run=False, history=("red flower", "blue", "red ball"))


def choices(view: AppView) -> list[str]:
    """Return the visible completions; empty if the list is closed."""
    listed = view.main.query_one(CompletionList)
    return str(listed.render()).split("\n") if listed.is_open else []


async def test_tab_shows_completions_and_enter_accepts_one(indexed_harness: AppHarness) -> None:
    async with indexed_harness.running(size=(100, 30)) as view:
        await view.type("s")
        await view.pilot.press("tab")
        assert len(choices(view)) == 2
        await view.pilot.press("down", "enter")
        assert view.query.value == "square"
        assert not choices(view)
        assert view.query.has_focus


async def test_a_single_completion_is_accepted_at_once(indexed_harness: AppHarness) -> None:
    async with indexed_harness.running(size=(100, 30)) as view:
        await view.type("red in:gar")
        await view.until(lambda: "garden" in str(view.query.vocabulary))
        await view.pilot.press("tab")
        await view.until(lambda: view.query.value.startswith("red in:garden"))


async def test_the_list_follows_typing_and_intercepts_no_letter(
    indexed_harness: AppHarness,
) -> None:
    async with indexed_harness.running(size=(100, 30)) as view:
        await view.pilot.press("n", "tab")
        assert len(choices(view)) == 2
        await view.pilot.press("a")
        await view.pilot.pause()
        assert [line.split(":")[0] for line in choices(view)] == ["name"]
        await view.pilot.press("x")
        await view.pilot.pause()
        assert not choices(view)
        assert view.query.value == "nax"


async def test_the_list_shows_eight_and_scrolls(indexed_harness: AppHarness) -> None:
    past = AppState(first_run=False, history=tuple(f"red {n:02}" for n in range(15)))
    async with indexed_harness.running(memory=past, size=(100, 30)) as view:
        await view.type("red ")
        await view.pilot.press("tab", "shift+tab")
        assert len(choices(view)) == 8
        last = choices(view)[-1].strip()
        await view.pilot.press("tab")
        assert choices(view)[-1].strip() != last
        await view.pilot.press("escape")
        assert not choices(view)
        assert view.query.value == "red "
        await view.pilot.press("escape")
        assert view.query.value == ""


async def test_a_click_accepts_a_completion(indexed_harness: AppHarness) -> None:
    async with indexed_harness.running(size=(100, 30)) as view:
        await view.type("s")
        await view.pilot.press("tab")
        await view.pilot.pause()
        await view.pilot.click(CompletionList, offset=(3, 1))
        await view.until(lambda: view.query.value == "square")


async def test_up_and_down_go_through_earlier_queries(indexed_harness: AppHarness) -> None:
    async with indexed_harness.running(memory=PAST, size=(100, 30)) as view:
        await view.type("gre")
        texts = []
        for key in ("up", "up", "up", "up", "down", "down", "down"):
            await view.pilot.press(key)
            texts.append(view.query.value)
        assert texts == [
            "red ball", "blue", "red flower", "red flower", "blue", "red ball", "gre",
        ]  # fmt: skip
        await view.pilot.press("down")
        await view.until(lambda: view.results.has_focus)


async def test_the_query_history_survives_a_restart(indexed_harness: AppHarness) -> None:
    async with indexed_harness.running(size=(100, 30)) as view:
        await view.type("blue")
        await view.pilot.press("enter", "slash", "escape")
        await view.type("red")
        await view.pilot.press("ctrl+q")
    assert load(indexed_harness.settings.data_dir).history[-2:] == ("blue", "red")
    (indexed_harness.settings.data_dir / "memory.json").unlink()


async def test_a_hint_names_the_missing_term(indexed_harness: AppHarness) -> None:
    async with indexed_harness.running(size=(100, 30)) as view:
        await view.type("red on:2023-99")
        await view.until(lambda: view.query.border_subtitle)
        await view.pilot.press(*["backspace"] * 11)
        await view.settled()
        await view.until(lambda: not view.query.border_subtitle)


@pytest.mark.parametrize(
    ("cursor", "says"), [(0, "whole"), (5, "filter"), (9, "filter"), (20, "whole")]
)
def test_the_hint_is_about_the_text_at_the_cursor(cursor: int, says: str) -> None:
    query = Query(hints=(Hint("whole", 0, 30), Hint("filter", 4, 9)))
    assert hint_at(query, cursor) == says
    assert hint_at(Query(), cursor) == ""


@given(st.lists(st.text(min_size=1), unique=True), st.text())
def test_the_history_returns_to_the_draft_after_a_round_trip(
    history: list[str], draft: str
) -> None:
    earlier, text, texts = QueryHistory(), draft, []
    while (previous := earlier.previous(history, text)) is not None:
        text = previous
        texts.append(text)
    assert texts == [query for query in reversed(history) if query != draft or query in texts]
    while (previous := earlier.next(history, text)) is not None:
        text = previous
    assert text == draft


def test_an_edited_earlier_query_is_a_new_draft() -> None:
    earlier = QueryHistory()
    assert earlier.previous(["a", "b"], "") == "b"
    assert earlier.next(["a", "b"], "b!") is None
    assert earlier.previous(["a", "b"], "b!") == "b"
    assert earlier.next(["a", "b"], "b") == "b!"


async def test_keys_that_arrive_together_are_handled_in_order(
    indexed_harness: AppHarness,
) -> None:
    async with indexed_harness.running(size=(100, 30)) as view:
        bunch = ["d", "o", "t", "backspace", "g", "home", "a", "end", "left", "x", "ctrl+u", "r"]
        for key in bunch:
            view.pilot.app.post_message(Key(key, key if len(key) == 1 else None))
        await view.until(lambda: view.query.value == "rg", "the text as it was typed")
