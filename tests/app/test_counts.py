"""Counts before keys, and hints about keys that do nothing."""

from __future__ import annotations

import pytest
from textual.widgets import OptionList

from tests.support.app_harness import AppHarness, AppView
from tui.app.keys import footer as footer_module
from tui.app.keys.footer import KeyFooter
from tui.app.keys.key_router import MOST
from tui.app.screens.duplicates.screen import DuplicatesScreen
from tui.app.screens.preview.screen import PreviewScreen
from tui.app.screens.saved_queries import SavedQueriesScreen
from tui.app.widgets.duplicate_list import DuplicateList


async def in_results(view: AppView) -> None:
    view.results.focus()
    await view.until(lambda: view.results.has_focus)
    view.results.go_to(0)


def footer(view: AppView) -> str:
    return str(view.app.screen.query_one(KeyFooter).render())


async def test_a_count_repeats_a_motion(indexed_harness: AppHarness) -> None:
    async with indexed_harness.running(size=(80, 24)) as view:
        await in_results(view)
        columns = view.results.window.columns
        await view.pilot.press("3", "l")
        assert view.results.window.cursor == 3
        await view.pilot.press("2", "j")
        assert view.results.window.cursor == 3 + 2 * columns
        await view.pilot.press("G", "1", "0", "h")
        assert view.results.window.cursor == 13
        await view.pilot.press("l")
        assert view.results.window.cursor == 14, "the count is used up"


@pytest.mark.parametrize(
    ("keys", "cursor"),
    [
        (("5", "G"), 4),
        (("5", "g"), 4),
        (("5", "g", "g"), 4),
        (("5", "g", "g", "g"), 0),
        (("1", "2", "end"), 11),
        (("9", "9", "9", "G"), 23),
        (("g", "g"), 0),
        (("G",), 23),
    ],
)
async def test_a_count_goes_to_a_picture(
    indexed_harness: AppHarness, keys: tuple[str, ...], cursor: int
) -> None:
    async with indexed_harness.running(size=(80, 24)) as view:
        await in_results(view)
        view.results.go_to(8)
        await view.pilot.press(*keys)
        assert view.results.window.cursor == cursor


async def test_a_count_selects_several_pictures(indexed_harness: AppHarness) -> None:
    async with indexed_harness.running(size=(80, 24)) as view:
        await in_results(view)
        await view.pilot.press("3", "space")
        assert len(view.main.results_pane.marks) == 3
        assert view.results.window.cursor == 3


async def test_the_footer_shows_a_count_until_it_is_used(indexed_harness: AppHarness) -> None:
    async with indexed_harness.running(size=(80, 24)) as view:
        await in_results(view)
        await view.pilot.press("1", "2")
        assert footer(view).endswith(" 12 ")
        await view.pilot.press("escape")
        assert not footer(view).endswith(" 12 ")
        assert view.results.has_focus, "Esc only drops the count"
        await view.pilot.press("l")
        assert view.results.window.cursor == 1
        await view.pilot.press("4")
        view.query.focus()
        await view.until(lambda: view.query.has_focus)
        await view.pilot.press("5", "enter", "l")
        assert view.query.value == "5", "digits are text in the search box"
        assert view.results.window.cursor == 1


async def test_a_huge_count_is_bounded(indexed_harness: AppHarness) -> None:
    async with indexed_harness.running(size=(80, 24)) as view:
        await in_results(view)
        await view.pilot.press(*"9" * 12)
        assert int(view.app.key_router.digits) <= MOST
        await view.pilot.press("j")
        assert view.results.window.cursor >= 20


async def test_counts_in_folders_lists_and_duplicates(indexed_harness: AppHarness) -> None:
    async with indexed_harness.running(size=(80, 24)) as view:
        view.tree.rebase(indexed_harness.pictures)
        view.tree.focus()
        await view.until(lambda: view.tree.last_line == 3)
        view.tree.cursor_line = 0
        await view.pilot.press("3", "j")
        assert view.tree.cursor_line == 3
        await view.pilot.press("2", "g")
        assert view.tree.cursor_line == 1
        view.app.resources.state.keep(saved={f"query {n}": "red" for n in range(9)})
        await view.pilot.press("b")
        await view.until(lambda: isinstance(view.app.screen, SavedQueriesScreen))
        choices = view.app.screen.query_one(OptionList)
        await view.pilot.press("4", "j")
        assert choices.highlighted == 4
        await view.pilot.press("8", "G", "5", "j")
        assert choices.highlighted == 8, "a count does not wrap around"
        await view.pilot.press("escape", "D")
        await view.until(lambda: isinstance(view.app.screen, DuplicatesScreen))
        groups = view.app.screen.query_one(DuplicateList)
        await view.until(lambda: groups.cursor.groups)
        files = [file for group in groups.cursor.groups for file in group.files]
        await view.pilot.press("3", "g")
        assert groups.cursor.current is not None
        assert groups.cursor.current[1] == files[2]


async def test_an_unknown_key_gets_a_hint_that_expires(
    indexed_harness: AppHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(footer_module, "HINT_SECONDS", 0.3)
    async with indexed_harness.running(size=(110, 24)) as view:
        await in_results(view)
        await view.pilot.press("ü")
        hint = "No action on “ü”. Press ? for keys."
        await view.until(lambda: hint in footer(view))
        await view.until(lambda: hint not in footer(view))
        await view.pilot.press("ctrl+s")
        await view.until(lambda: "No action on “Ctrl+S”." in footer(view))
        await view.pilot.press("z")
        await view.until(lambda: isinstance(view.app.screen, PreviewScreen))
        await view.pilot.press("ö")
        await view.until(lambda: "No action on “ö”" in footer(view))


async def test_text_modifiers_and_bursts_get_no_hint(indexed_harness: AppHarness) -> None:
    async with indexed_harness.running(size=(110, 24)) as view:
        view.query.focus()
        await view.pilot.press("ü")
        await view.pilot.pause(0.1)
        assert "No action" not in footer(view)
        assert view.query.value == "ü"
        await in_results(view)
        await view.pilot.press("left_shift", "right_control")
        await view.pilot.pause(0.1)
        assert "No action" not in footer(view)
        for key in "üöä":  # as many keys at once as an unknown reply of a terminal
            view.app.key_router._note_unknown(key)
            await view.app.key_router.run("left_shift", priority=True)
        await view.pilot.pause(0.1)
        assert "No action" not in footer(view)


async def test_the_footer_says_that_the_arrows_pan_a_zoomed_picture(
    indexed_harness: AppHarness,
) -> None:
    async with indexed_harness.running(size=(110, 24)) as view:
        await in_results(view)
        await view.pilot.press("z")
        await view.until(lambda: isinstance(view.app.screen, PreviewScreen))
        await view.until(lambda: "Next" in footer(view))
        await view.pilot.press("plus", "plus")
        await view.until(lambda: "Pan" in footer(view) and "Next" not in footer(view))
        await view.pilot.press("0")
        await view.until(lambda: "Next" in footer(view) and "Pan" not in footer(view))
