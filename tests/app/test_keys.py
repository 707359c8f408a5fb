"""Every key of the registry runs its action."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from shutil import rmtree

import pytest
from textual.content import Content
from textual.events import Key
from textual.widget import Widget
from textual.widgets import OptionList, Static

from tests.support.app_harness import AppHarness, AppView
from tui.app.keys.action import TITLES
from tui.app.keys.actions import ACTIONS
from tui.app.keys.bindings import shown_key
from tui.app.screens.dialogs import ConfirmScreen
from tui.app.screens.duplicates.compare import CompareScreen
from tui.app.screens.duplicates.screen import DuplicatesScreen
from tui.app.screens.failures import FailuresScreen
from tui.app.screens.folders.path_dialog import PathDialog
from tui.app.screens.help import HelpScreen
from tui.app.screens.main.screen import MainScreen
from tui.app.screens.models.screen import ModelsScreen
from tui.app.screens.palette import PaletteScreen, screen_entries
from tui.app.screens.preview.details import PictureDetails
from tui.app.screens.preview.screen import PreviewScreen
from tui.app.screens.preview.zoomable_picture import ZoomablePicture
from tui.app.screens.saved_queries import QueryNameScreen, SavedQueriesScreen
from tui.app.screens.welcome import WelcomeScreen
from tui.app.widgets.duplicate_list import DuplicateList
from tui.app.widgets.results import Results
from tui.core.domain import Failure

Check = Callable[[AppView, str], Awaitable[object]]
CHECKS: dict[str, Check] = {}


def check(*ids: str) -> Callable[[Check], Check]:
    def remember(test: Check) -> Check:
        CHECKS.update(dict.fromkeys(ids, test))
        return test

    return remember


async def focused(view: AppView, pane: Widget) -> None:
    await view.until(lambda: pane.has_focus)


async def in_pictures(view: AppView) -> None:
    view.results.focus()
    await focused(view, view.results)


async def in_folders(view: AppView) -> None:
    view.tree.focus()
    await focused(view, view.tree)


def line(view: AppView) -> str:
    """The folder under the cursor of the tree."""
    node = view.tree.cursor_node
    return str(node.label) if node else ""


@check("anywhere.quit", "anywhere.interrupt")
async def quits_while_typing(view: AppView, key: str) -> None:
    await view.pilot.press("r", key)
    await view.until(lambda: view.app._exit)


@check("anywhere.redraw")
async def redraws(view: AppView, key: str) -> None:
    forgotten: list[bool] = []
    painter = view.app._painter
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(painter, "forget", lambda: forgotten.append(True))
        await view.pilot.press(key)
        await view.until(lambda: forgotten == [True])


@check("panes.quit")
async def quits(view: AppView, key: str) -> None:
    await in_pictures(view)
    await view.pilot.press(key)
    await view.until(lambda: view.app._exit)


@check("pictures.unfold")
async def has_no_copies(view: AppView, key: str) -> None:
    await in_pictures(view)
    await view.pilot.press(key)
    await view.until(lambda: any("no copies" in note.message for note in view.app._notifications))


@check("anywhere.palette")
async def opens_the_palette(view: AppView, key: str) -> None:
    if key == "colon":
        await in_pictures(view)
    await view.pilot.press(key)
    await view.until(lambda: isinstance(view.app.screen, PaletteScreen))


@check("palette.run", "palette.close", "palette.up", "palette.down")
@check("palette.page_up", "palette.page_down")
async def works_in_the_palette(view: AppView, key: str) -> None:
    await view.pilot.press("ctrl+p", *"help")
    await view.until(lambda: isinstance(view.app.screen, PaletteScreen))
    commands = view.app.screen.query_one(OptionList)
    if key in ("enter", "escape"):
        expected = HelpScreen if key == "enter" else MainScreen
        await view.pilot.press(key)
        await view.until(lambda: isinstance(view.app.screen, expected))
        return
    await view.pilot.press(*["backspace"] * 4)
    await view.until(lambda: commands.option_count > 30)
    downwards = key in ("down", "ctrl+j", "ctrl+n", "pagedown")
    commands.highlighted = 0 if downwards else commands.option_count - 1
    before = commands.highlighted
    await view.pilot.press(key)
    assert commands.highlighted is not None
    distance = commands.highlighted - before
    assert distance > 1 if key == "pagedown" else True
    assert distance < -1 if key == "pageup" else True
    assert (distance > 0) is downwards


async def test_actions_without_a_key_run_from_the_palette(harness: AppHarness) -> None:
    async with harness.running(size=(80, 24)) as view:
        await view.pilot.press("colon")
        assert view.query.value == ":"
        await view.pilot.press("ctrl+p", *"settings", "enter")
        await view.until(lambda: "config.toml" in notices(view))
        await view.pilot.press("ctrl+p", *"theme", "enter")
        await view.until(lambda: isinstance(view.app.screen, PaletteScreen))
        await view.pilot.press(*"dracula", "enter")
        await view.until(lambda: view.app.theme == "dracula")


@check("anywhere.help")
async def helps_while_typing(view: AppView, key: str) -> None:
    await view.pilot.press(key)
    await view.until(lambda: isinstance(view.app.screen, HelpScreen))


@check("panes.help")
async def helps(view: AppView, key: str) -> None:
    await in_pictures(view)
    await view.pilot.press(key)
    await view.until(lambda: isinstance(view.app.screen, HelpScreen))


@check("welcome.begin")
async def begins_with_the_built_in_model(view: AppView, key: str) -> None:
    answers: list[str | None] = []
    view.app.push_screen(WelcomeScreen("605 MB", view.query.type_on), answers.append)
    await view.until(lambda: isinstance(view.app.screen, WelcomeScreen))
    await view.pilot.press("r", "e", "backspace", key)
    await view.until(lambda: view.app.screen is view.main)
    assert answers == ["built-in"]
    assert view.query.value == "r"


@check("help.up", "help.down", "help.first", "help.last", "help.page_up", "help.page_down")
@check("help.half_page_up", "help.half_page_down")
async def scrolls_the_help(view: AppView, key: str) -> None:
    await in_pictures(view)
    await view.pilot.press("question_mark")
    await view.until(lambda: isinstance(view.app.screen, HelpScreen))
    page = view.app.screen.query_one("#keys")
    await view.until(lambda: page.max_scroll_y > 60)
    downwards = key in ("down", "j", "end", "G", "pagedown", "ctrl+f", "ctrl+d")
    page.scroll_to(y=30, animate=False)
    await view.until(lambda: page.scroll_y == 30)
    await view.pilot.press(key)
    height = page.scrollable_content_region.height
    distance = {"up": 1, "k": 1, "down": 1, "j": 1}.get(key, height)
    distance = {"ctrl+u": height // 2, "ctrl+d": height // 2}.get(key, distance)
    ends = {"home": 0, "g": 0, "end": page.max_scroll_y, "G": page.max_scroll_y}
    expected = ends.get(key, 30 + distance if downwards else 30 - distance)
    await view.until(lambda: page.scroll_y == expected)


@check("list.up", "list.down", "list.first", "list.last", "list.page_up", "list.page_down")
@check("list.half_page_up", "list.half_page_down")
async def moves_in_a_list(view: AppView, key: str) -> None:
    view.app.resources.state.keep(saved={f"query {number:02}": "red" for number in range(40)})
    await in_pictures(view)
    await view.pilot.press("b")
    await view.until(lambda: isinstance(view.app.screen, SavedQueriesScreen))
    choices = view.app.screen.query_one(OptionList)
    choices.highlighted = 20
    await view.until(lambda: choices.scrollable_content_region.height > 4)
    height = choices.scrollable_content_region.height
    distances = {"up": -1, "down": 1, "k": -1, "j": 1, "pageup": -height, "ctrl+b": -height}
    distances |= {"pagedown": height, "ctrl+f": height, "home": -20, "g": -20, "end": 19, "G": 19}
    distances |= {"ctrl+u": -(height // 2), "ctrl+d": height // 2}
    await view.pilot.press(key)
    assert choices.highlighted == max(0, min(20 + distances[key], 39))
    if key in ("up", "k", "down", "j"):  # one step from an end wraps around
        choices.highlighted = 0 if key in ("up", "k") else 39
        await view.pilot.press(key)
        assert choices.highlighted == (39 if key in ("up", "k") else 0)
    view.app.resources.state.keep(saved={})


@check("saved.open")
async def searches_with_a_saved_search(view: AppView, key: str) -> None:
    view.app.resources.state.keep(saved={"cold": "blue"})
    await in_pictures(view)
    await view.pilot.press("b")
    await view.until(lambda: isinstance(view.app.screen, SavedQueriesScreen))
    await view.pilot.press(key)
    await view.until(lambda: view.query.value == "blue")
    view.app.resources.state.keep(saved={})


@check("models.use")
async def uses_a_model(view: AppView, key: str) -> None:
    await in_pictures(view)
    await view.pilot.press("M")
    await view.until(lambda: isinstance(view.app.screen, ModelsScreen))
    rows = view.app.screen.query_one(OptionList)
    await view.until(lambda: rows.option_count > 3)
    await view.pilot.press(key)
    await view.until(lambda: view.app.screen is view.main)


@check("search.next_result", "search.previous_result", "search.page_down", "search.page_up")
async def highlights_results_while_typing(view: AppView, key: str) -> None:
    downwards = key in ("ctrl+n", "ctrl+j", "pagedown")
    view.results.go_to(0 if downwards else 12)
    view.query.focus()
    await focused(view, view.query)
    before = view.results.window.cursor
    await view.pilot.press(key)
    distance = {"pagedown": view.results.window.size, "pageup": view.results.window.size}.get(
        key, 1
    )
    expected = before + distance if downwards else before - distance
    assert view.results.window.cursor == expected
    assert view.query.has_focus
    await view.pilot.press("enter")
    await focused(view, view.results)
    assert view.results.window.cursor == expected


@check("help.turn")
async def turns_the_page(view: AppView, key: str) -> None:
    await in_pictures(view)
    await view.pilot.press("question_mark")
    await view.until(lambda: isinstance(view.app.screen, HelpScreen))
    pages = {page: view.app.screen.query_one(f"#{page}") for page in ("keys", "syntax")}
    assert pages["keys"].display
    await view.pilot.press(key)
    await view.until(lambda: pages["syntax"].display and not pages["keys"].display)


@check("help.close")
async def closes_help(view: AppView, key: str) -> None:
    await view.pilot.press("f1")
    await view.until(lambda: isinstance(view.app.screen, HelpScreen))
    await view.pilot.press(key)
    await view.until(lambda: view.app.screen is view.main)


@check("anywhere.next")
async def next_pane(view: AppView, key: str) -> None:
    for pane in (view.results, view.tree, view.query):
        await view.pilot.press(key)
        await focused(view, pane)


@check("anywhere.previous")
async def previous_pane(view: AppView, key: str) -> None:
    for pane in (view.tree, view.results, view.query):
        await view.pilot.press(key)
        await focused(view, pane)


@check("search.pictures", "search.later")
async def to_the_pictures(view: AppView, key: str) -> None:
    await view.pilot.press("r", key)
    await view.until(lambda: view.results.has_focus)
    assert view.query.value == "r"


@check("search.earlier")
async def an_earlier_query(view: AppView, key: str) -> None:
    await view.type("blue")
    await view.pilot.press("enter", "slash", "escape", key)
    await view.until(lambda: view.query.value == "blue")


@check("search.complete", "search.complete_back")
async def completes_the_query(view: AppView, key: str) -> None:
    await view.type("-s")
    await view.pilot.press("tab", key)
    highlighted = 1 if key == "tab" else -1
    await view.pilot.press("enter")
    offers = ("sort:", "square")
    await view.until(lambda: view.query.value == f"-{offers[highlighted]}")


@check("panes.save", "name.close")
async def saves_a_query(view: AppView, key: str) -> None:
    await view.type("red")
    await in_pictures(view)
    await view.pilot.press("f2" if key == "escape" else key)
    await view.until(lambda: isinstance(view.app.screen, QueryNameScreen))
    await view.pilot.press(*"warm", key if key == "escape" else "enter")
    await view.until(lambda: view.app.screen is view.main)
    assert view.app.resources.state.now.saved == ({} if key == "escape" else {"warm": "red"})
    if key != "escape":  # another query with that name needs a confirmation
        view.query.value = "red sea"
        await in_pictures(view)
        await view.pilot.press(key)
        await view.until(lambda: isinstance(view.app.screen, QueryNameScreen))
        await view.pilot.press(*"warm", "enter")
        await view.until(lambda: isinstance(view.app.screen, ConfirmScreen))
        assert view.app.resources.state.now.saved == {"warm": "red"}
        await view.pilot.press("y")
        await view.until(lambda: view.app.screen is view.main)
        assert view.app.resources.state.now.saved == {"warm": "red sea"}
    view.app.resources.state.keep(saved={})


@check("panes.saved", "saved.close", "saved.delete")
async def chooses_a_saved_query(view: AppView, key: str) -> None:
    view.app.resources.state.keep(saved={"cold": "blue", "warm": "red"})
    await in_pictures(view)
    opening = key if key in ("b", "f3") else "b"
    await view.pilot.press(opening)
    await view.until(lambda: isinstance(view.app.screen, SavedQueriesScreen))
    if key in ("delete", "d"):
        await view.pilot.press("down", key)
        await view.until(lambda: isinstance(view.app.screen, ConfirmScreen))
        assert "Delete “warm”?\n  red" in str(view.app.screen.query_one("#question").render())
        await view.pilot.press("enter")  # is no
        await view.until(lambda: isinstance(view.app.screen, SavedQueriesScreen))
        assert view.app.resources.state.now.saved == {"cold": "blue", "warm": "red"}
        await view.pilot.press(key, "y")
        await view.until(lambda: view.app.resources.state.now.saved == {"cold": "blue"})
        await view.pilot.press(key, "y")
        await view.until(lambda: view.app.resources.state.now.saved == {})
        await view.pilot.press("escape")
    else:
        await view.pilot.press("down", key if key != opening else "enter")
    await view.until(lambda: view.app.screen is view.main)
    assert view.query.value == ("red" if key == opening else "")


@check("panes.models", "models.close", "models.pull", "models.stop")
async def models(view: AppView, key: str) -> None:
    await in_pictures(view)
    await view.pilot.press(key if key in ("M", "f4") else "M")
    await view.until(lambda: isinstance(view.app.screen, ModelsScreen))
    rows = view.app.screen.query_one(OptionList)
    await view.until(lambda: rows.option_count > 3)
    if key in ("p", "x"):
        await view.pilot.press(key)  # the built-in one is here, and nothing is being fetched
        assert isinstance(view.app.screen, ModelsScreen)
    await view.pilot.press(key if key in ("escape", "q") else "escape")
    await view.until(lambda: view.app.screen is view.main)


@check("panes.use_download")
async def switches_to_the_downloaded_model(view: AppView, key: str) -> None:
    await in_pictures(view)
    downloads = view.library.downloads
    downloads.offered = "no model of that name"
    view.main.refresh_bindings()
    await view.pilot.press(key)
    await view.until(lambda: not downloads.offered)
    await view.until(lambda: not view.model.startswith("opening"))


@check("search.clear")
async def clears(view: AppView, key: str) -> None:
    await view.type("red")
    await view.pilot.press(key)
    await view.until(lambda: view.query.value == "")


@check("panes.search", "panes.back")
async def back_to_the_search(view: AppView, key: str) -> None:
    for pane in (in_pictures, in_folders):
        await pane(view)
        await view.pilot.press(key)
        await view.until(lambda: view.query.has_focus)
    assert view.query.value == ""


@check("panes.pictures")
async def pictures_from_folders(view: AppView, key: str) -> None:
    await in_folders(view)
    await view.pilot.press(key)
    await view.until(lambda: view.results.has_focus)


@check("panes.folders")
async def folders_from_pictures(view: AppView, key: str) -> None:
    await in_pictures(view)
    await view.pilot.press(key)
    await view.until(lambda: view.tree.has_focus)


@check("panes.preview")
async def toggles_the_preview_pane(view: AppView, key: str) -> None:
    await in_pictures(view)
    preview, state = view.main.query_one("#preview-pane"), view.app.resources.state
    await view.pilot.press(key)
    await view.until(lambda: preview.region.area and state.now.preview is True)
    assert view.results.has_focus
    await view.pilot.press(key)
    await view.until(lambda: not preview.region.area and state.now.preview is False)
    assert view.results.has_focus


@check("panes.tree")
async def toggles_the_tree(view: AppView, key: str) -> None:
    await in_folders(view)
    await view.pilot.press(key)
    await view.until(lambda: not view.tree.region.area)
    assert view.app.focused is view.results
    assert view.app.resources.state.now.folders_hidden
    await view.pilot.press(key)
    await view.until(lambda: view.tree.region.area)
    assert view.app.focused is view.results
    assert not view.app.resources.state.now.folders_hidden
    await view.pilot.press(key)
    await view.until(lambda: not view.tree.region.area)
    assert view.app.focused is view.results
    await view.pilot.press(key)
    await view.until(lambda: view.tree.region.area)


@check("panes.narrower", "panes.wider")
async def resizes_the_folders(view: AppView, key: str) -> None:
    await in_pictures(view)
    pane = view.main.folder_pane
    before = pane.outer_size.width
    await view.pilot.press("greater_than_sign" if key == "less_than_sign" else key)
    await view.until(lambda: pane.outer_size.width == before + 4)
    if key == "less_than_sign":
        await view.pilot.press(key)
        await view.until(lambda: pane.outer_size.width == before)
    assert view.app.resources.state.now.folders_width == pane.outer_size.width
    assert view.results.has_focus


@check("panes.index")
async def indexes(view: AppView, key: str) -> None:
    await view.until(lambda: view.indexing.folder is None)
    await in_folders(view)
    await view.pilot.press("enter", key)
    await view.until(lambda: "Indexing Pictures" in view.indexing_text)


@check("panes.cancel", "panes.resume")
async def stops_and_resumes(view: AppView, _: str) -> None:
    await view.pilot.pause(0.1)
    await indexes(view, "i")
    await view.pilot.press("x")
    await view.until(lambda: "Stopped indexing Pictures" in view.indexing_text)
    await view.pilot.press("r")
    await view.until(lambda: "Indexing Pictures" in view.indexing_text)


@check("panes.everything")
async def searches_everything(view: AppView, key: str) -> None:
    await in_folders(view)
    await view.pilot.press("enter")
    await view.until(lambda: "Pictures" in str(view.query.border_title))
    await view.pilot.press(key)
    await view.until(lambda: "all pictures" in str(view.query.border_title))


@check("pictures.folder")
async def searches_beside(view: AppView, key: str) -> None:
    view.query.focus()
    await focused(view, view.query)
    await view.type("red")
    await in_pictures(view)
    while view.current_name != "red flower.png":
        await view.pilot.press("right")
    await view.pilot.press(key)
    await view.until(lambda: "garden" in str(view.query.border_title))
    await view.until(lambda: view.results.window.total == 6)


async def moves(view: AppView, key: str, start: int, end: int) -> None:
    await in_pictures(view)
    view.results.go_to(start)
    await view.pilot.press(key)
    await view.pilot.pause()
    assert view.results.window.cursor == end
    assert view.results.window.start <= end < view.results.window.stop
    await view.until(lambda: view.current_name)


@check("pictures.up")
async def up(view: AppView, key: str) -> None:
    columns = view.results.window.columns
    await moves(view, key, columns, 0)
    await view.pilot.press(key)
    await view.until(lambda: view.query.has_focus)


def check_move(action: str, start: int, end: Callable[[Results], int]) -> None:
    async def check_it(view: AppView, key: str) -> None:
        await moves(view, key, start, end(view.results))

    CHECKS[f"pictures.{action}"] = check_it


def half_page(results: Results) -> int:
    return max(1, results.window.rows // 2) * results.window.columns


check_move("down", 0, lambda results: results.window.columns)
check_move("left", 5, lambda results: 4)
check_move("right", 5, lambda results: 6)
check_move("first", 20, lambda results: 0)
check_move("last", 0, lambda results: 23)
check_move("page_up", 12, lambda results: 12 - results.window.size)
check_move("page_down", 0, lambda results: results.window.size)
check_move("half_page_up", 12, lambda results: 12 - half_page(results))
check_move("half_page_down", 0, half_page)


@check("panes.refresh")
async def reads_folders_again(view: AppView, key: str) -> None:
    if key == "R":
        await in_pictures(view)
    new = Path.cwd() / "just made"
    new.mkdir()
    await view.pilot.press(key)
    await view.until(lambda: view.tree.last_line == 4)
    new.rmdir()
    forgotten: list[bool] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(view.app._painter, "forget", lambda: forgotten.append(True))
        await view.pilot.press(key)
        await view.until(lambda: forgotten, "a screen that is sent again")
    await view.until(lambda: view.tree.last_line == 3)


@check("panes.failures")
async def lists_failures(view: AppView, key: str) -> None:
    if len(key) == 1 or key == "exclamation_mark":
        await in_pictures(view)
    await view.pilot.press(key)
    await view.until(lambda: isinstance(view.app.screen, FailuresScreen))
    await view.pilot.press("escape")
    await view.until(lambda: view.app.screen is view.main)


@check("failures.close")
async def leaves_failures(view: AppView, key: str) -> None:
    await view.pilot.press("f6")
    await view.until(lambda: isinstance(view.app.screen, FailuresScreen))
    await view.pilot.press(key)
    await view.until(lambda: view.app.screen is view.main)


@check("failures.help")
async def helps_among_failures(view: AppView, key: str) -> None:
    await view.pilot.press("f6")
    await view.until(lambda: isinstance(view.app.screen, FailuresScreen))
    await view.pilot.press(key)
    await view.until(lambda: isinstance(view.app.screen, HelpScreen))


@check("failures.reveal", "failures.copy", "failures.open")
async def acts_on_a_failure(view: AppView, key: str) -> None:
    view.main.action_failures()
    await view.until(lambda: isinstance(view.app.screen, FailuresScreen))
    screen = view.app.screen
    assert isinstance(screen, FailuresScreen)
    screen.post_message(FailuresScreen.Read([Failure(Path("/absent/bad.jpg"), "It is broken.")]))
    await view.until(lambda: screen._current is not None)
    view.app.clear_notifications()
    await view.pilot.press(key)
    await view.until(lambda: notices(view))
    await view.pilot.press("escape")
    await view.until(lambda: view.app.screen is view.main)


@check("picking.choose")
async def chooses_pictures(view: AppView, key: str) -> None:
    await in_pictures(view)
    view.main.results_pane.is_picking = True
    await view.pilot.press(key)
    await view.until(lambda: view.main.results_pane.picked)


@check("pictures.open")
async def opens(view: AppView, key: str) -> None:
    await in_pictures(view)
    await view.pilot.press(key)
    await view.until(lambda: isinstance(view.app.screen, PreviewScreen))
    await view.pilot.press("escape")
    await view.until(lambda: view.app.screen is view.main)
    assert view.app.focused is view.results


async def in_preview(view: AppView, index: int = 7) -> PreviewScreen:
    """Show one picture large; a preview that is open stays."""
    screen = view.app.screen
    if isinstance(screen, PreviewScreen):
        screen._go(index)
    else:
        await in_pictures(view)
        view.results.go_to(index)
        await view.pilot.press("enter")
        await view.until(lambda: isinstance(view.app.screen, PreviewScreen))
        screen = view.app.screen
    assert isinstance(screen, PreviewScreen)
    await view.until(lambda: f"{index + 1}/24" in heading(screen))
    return screen


def heading(screen: PreviewScreen) -> str:
    return str(screen.query_one("#preview-name", Static).render())


async def in_duplicates(view: AppView) -> DuplicateList:
    """Show the duplicates, the first of them current; a screen of them that is open stays."""
    if not isinstance(view.app.screen, DuplicatesScreen):
        await in_pictures(view)
        await view.pilot.press("D")
        await view.until(lambda: isinstance(view.app.screen, DuplicatesScreen))
    groups = view.app.screen.query_one(DuplicateList)
    await view.until(lambda: groups.cursor.groups, "groups")
    groups.move("first")
    return groups


async def leave(view: AppView) -> None:
    """Close the screens over the main screen."""
    while view.app.screen is not view.main:
        view.app.pop_screen()
        await view.pilot.pause()


@check("preview.next", "preview.previous", "preview.right", "preview.left")
@check("preview.down", "preview.up")
async def steps(view: AppView, key: str) -> None:
    forth = {"preview.next", "preview.right", "preview.down"}
    forwards = {key for action in ACTIONS if action.id in forth for key in action.keys}
    screen = await in_preview(view)
    await view.pilot.press(key)
    expected = 8 if key in forwards else 6
    await view.until(lambda: f"{expected + 1}/24" in heading(screen))
    assert screen._cursor.index == expected


@check("preview.page_down", "preview.page_up", "preview.first", "preview.last")
async def jumps(view: AppView, key: str) -> None:
    targets = {"pagedown": 18, "ctrl+f": 18, "pageup": 1, "ctrl+b": 1, "home": 1, "g": 1}
    screen = await in_preview(view)
    await view.pilot.press(key)
    await view.until(lambda: f"{targets.get(key, 24)}/24" in heading(screen))


@check("preview.close")
async def closes_the_preview(view: AppView, key: str) -> None:
    await in_preview(view)
    await view.pilot.press("n", key)
    await view.until(lambda: view.app.screen is view.main)
    assert view.app.focused is view.results
    await view.until(lambda: view.results.window.cursor == 8)


@check("preview.help")
async def helps_in_the_preview(view: AppView, key: str) -> None:
    await in_preview(view)
    await view.pilot.press(key)
    await view.until(lambda: isinstance(view.app.screen, HelpScreen))
    keys = view.app.screen.query_one("#keys Static", Static)
    await view.until(lambda: str(keys.content).lstrip().startswith("Preview"))


@check("preview.larger", "preview.smaller", "preview.whole")
async def zooms(view: AppView, key: str) -> None:
    screen = await in_preview(view)
    await view.pilot.press("plus", "plus")
    zoomed = zoom_of(screen)
    await view.pilot.press(key)
    factor = {"minus": 0.75, "0": None}.get(key, 1.5)
    if factor is None:
        await view.until(lambda: "zoom" not in heading(screen))
    else:
        await view.until(lambda: zoom_of(screen) == pytest.approx(zoomed * factor, rel=0.02))
    panned = () if key == "0" else ("right", "down", "0")
    await view.pilot.press(*panned, "right")
    await view.until(lambda: "9/24" in heading(screen))


def zoom_of(screen: PreviewScreen) -> float:
    return float(heading(screen).split("zoom ")[1].split(" %")[0])


@check("preview.actual_size")
async def zooms_to_100_per_cent(view: AppView, key: str) -> None:
    screen = await in_preview(view)
    await view.pilot.press(key)
    await view.until(lambda: "zoom 100 %" in heading(screen))


@check("preview.rotate", "preview.rotate_back")
async def rotates(view: AppView, key: str) -> None:
    screen = await in_preview(view)
    await view.pilot.press(key)
    await view.until(lambda: f"rotated {90 if key == 'r' else 270}°" in heading(screen))
    await view.pilot.press("R" if key == "r" else "r")
    await view.until(lambda: "rotated" not in heading(screen))


@check("preview.facts")
async def shows_facts(view: AppView, key: str) -> None:
    screen = await in_preview(view)
    details = screen.query_one(PictureDetails)
    await view.pilot.press(key)
    await view.until(lambda: "Pixels" in details.text and details.region.area)
    await view.pilot.press(key)
    await view.until(lambda: not details.region.area)


@check("preview.mark")
async def marks_in_the_preview(view: AppView, key: str) -> None:
    screen = await in_preview(view)
    await view.pilot.press(key)
    await view.until(lambda: "1 marked   ✓" in heading(screen))
    await view.pilot.press(key)
    await view.until(lambda: "✓" not in heading(screen))


@check("preview.slides", "preview.faster", "preview.slower")
async def shows_slides(view: AppView, key: str) -> None:
    await leave(view)
    screen = await in_preview(view, 23)
    await view.pilot.press("s")
    assert "▶ 4 s" in heading(screen)
    if key != "s":
        await view.pilot.press(key)
        pace = "▶ 3 s" if key == "right_square_bracket" else "▶ 6 s"
        assert pace in heading(screen)
    await view.pilot.press(*["right_square_bracket"] * 9)
    await view.until(lambda: "1/24" in heading(screen), "the first one again")
    await view.pilot.press("s")
    assert "▶" not in heading(screen)


def notices(view: AppView) -> str:
    return " ".join(notice.message for notice in view.app._notifications)


async def at_pictures(view: AppView, where: str) -> None:
    view.app.clear_notifications()
    if where == "preview":
        await in_preview(view)
    elif where == "duplicates":
        await in_duplicates(view)
    elif where == "compare":
        await in_comparison(view)
    else:
        await in_pictures(view)
        await view.until(lambda: view.current_name)


async def file_keys(view: AppView, where: str) -> None:
    """Press all keys for actions on pictures, in one place that shows them."""
    await at_pictures(view, where)
    for action in ACTIONS:
        test = ON_PICTURES.get(action.id.partition(".")[2])
        if action.where == where and test is not None:
            for key in action.keys:
                view.app.clear_notifications()
                await view.pilot.press(key)
                await test(view, key)


def check_everywhere(name: str, test: Check) -> None:
    """Check something that can be done wherever there are pictures; all at once is quicker."""
    ON_PICTURES[name] = test
    for where in ("pictures", "preview", "duplicates", "compare"):

        async def check_here(view: AppView, key: str, where: str = where) -> None:
            if view not in CHECKED.setdefault(where, []):
                CHECKED[where] = [view]
                await file_keys(view, where)

        CHECKS[f"{where}.{name}"] = check_here


ON_PICTURES: dict[str, Check] = {}
CHECKED: dict[str, list[AppView]] = {}


async def copies_the_path(view: AppView, _: str) -> None:
    await view.until(lambda: "1 path sent to the terminal" in notices(view))
    assert Path(view.app.clipboard).is_file()
    view.app.copy_to_clipboard("")


async def opens_it(view: AppView, _: str) -> None:
    await view.until(lambda: "Opened " in notices(view))


async def reveals_it(view: AppView, _: str) -> None:
    await view.until(
        lambda: "file manager shows" in notices(view) or "path instead" in notices(view)
    )


async def asks_where(view: AppView, _: str) -> None:
    await view.until(lambda: isinstance(view.app.screen, PathDialog))
    await view.pilot.press("escape")
    await view.until(lambda: not isinstance(view.app.screen, PathDialog))


async def asks_first(view: AppView, _: str) -> None:
    await view.until(lambda: isinstance(view.app.screen, ConfirmScreen))
    assert "1 picture to the trash?" in str(view.app.screen.query_one("#question").render())
    await view.pilot.press("escape")
    await view.until(lambda: not isinstance(view.app.screen, ConfirmScreen))


async def has_nothing_to_undo(view: AppView, _: str) -> None:
    await view.until(lambda: "nothing to restore" in notices(view))


check_everywhere("copy_paths", copies_the_path)
check_everywhere("launch", opens_it)
check_everywhere("reveal", reveals_it)
for asking in ("copy_into", "hard_link", "symlink", "write_list"):
    check_everywhere(asking, asks_where)
check_everywhere("trash", asks_first)
check_everywhere("undo", has_nothing_to_undo)


@check("question.yes", "question.no")
async def answers(view: AppView, key: str) -> None:
    results: list[bool | None] = []
    view.app.push_screen(ConfirmScreen("Sure?", "Do it"), results.append)
    await view.until(lambda: isinstance(view.app.screen, ConfirmScreen))
    await view.pilot.press(key)
    await view.until(lambda: results == [key == "y"])


@check("ask.next", "ask.previous", "ask.enter", "ask.cancel")
async def completes(view: AppView, key: str) -> None:
    root = Path.home() / "asked"  # other tests share the home folder
    for name in ("data", "Pictures/garden"):
        (root / name).mkdir(parents=True, exist_ok=True)
    results: list[str | None] = []
    screen = PathDialog("Where?", "~/asked/")
    view.app.push_screen(screen, results.append)
    path, below = screen._input, screen._choices
    await view.until(lambda: str(below.render()) == "data/\nPictures/")
    after = {
        "down": "~/asked/data/",
        "tab": "~/asked/data/",
        "up": "~/asked/Pictures/",
        "shift+tab": "~/asked/Pictures/",
    }.get(key)
    if after is not None:
        await view.pilot.press(key)
        assert path.value == after
        assert str(below.render()) == "data/\nPictures/"
        await view.pilot.press("enter")
    elif key == "right":
        await view.pilot.press("up", key)
        await view.until(lambda: str(below.render()) == "garden/")
        await view.pilot.press("left", key, key, "enter")
        after = "~/asked/Pictures/"
    else:
        await view.pilot.press(key)
    await view.until(lambda: results == [after])
    rmtree(root)


@check("pictures.view")
async def changes_the_view(view: AppView, key: str) -> None:
    await in_pictures(view)
    for layout in ("list", "grid"):
        await view.pilot.press(key)
        await view.until(lambda layout=layout: view.results.view == layout)  # type: ignore[misc]
        assert view.app.resources.state.now.view == layout


@check("pictures.mark", "pictures.mark_all", "pictures.invert", "pictures.range")
@check("pictures.unmark")
async def marks(view: AppView, key: str) -> None:
    await in_pictures(view)
    view.results.go_to(3)
    await view.pilot.press("U", "space", "right", "right")
    await view.until(lambda: len(view.main.results_pane.marks) == 1)
    assert view.results.window.cursor == 6
    await view.pilot.press(key)
    number = {"space": 2, "asterisk": 24, "I": 23, "V": 4, "U": 0}[key]
    await view.until(lambda: len(view.main.results_pane.marks) == number)
    title = f" {number} marked   Pictures" if number else "Pictures"
    await view.until(lambda: _plain(view.main.results_pane._frame.border_title) == title)
    await view.pilot.press("U")


def _plain(markup: str | None) -> str:
    return Content.from_markup(markup or "").plain


@check("pictures.similar", "pictures.day")
async def searches_from_a_picture(view: AppView, key: str) -> None:
    await in_pictures(view)
    await view.until(lambda: view.current_name)
    await view.pilot.press(key)
    begin = {"m": "like:", "T": "on:20"}[key]
    await view.until(lambda: view.query.value.startswith(begin))


@check("panes.duplicates")
async def shows_duplicates(view: AppView, key: str) -> None:
    await in_pictures(view)
    await view.pilot.press(key)
    await view.until(lambda: isinstance(view.app.screen, DuplicatesScreen))


@check("duplicates.help")
async def helps_among_duplicates(view: AppView, key: str) -> None:
    await in_duplicates(view)
    await view.pilot.press(key)
    await view.until(lambda: isinstance(view.app.screen, HelpScreen))


@check("duplicates.close")
async def closes_duplicates(view: AppView, key: str) -> None:
    await in_duplicates(view)
    await view.pilot.press(key)
    await view.until(lambda: view.app.screen is view.main)


@check("duplicates.up", "duplicates.down", "duplicates.first", "duplicates.last")
@check("duplicates.page_up", "duplicates.page_down")
@check("duplicates.half_page_up", "duplicates.half_page_down")
async def moves_among_duplicates(view: AppView, key: str) -> None:
    groups = await in_duplicates(view)
    files = [file for group in groups.cursor.groups for file in group.files]

    def place() -> int:
        assert groups.cursor.current is not None
        return files.index(groups.cursor.current[1])

    downwards = key in ("down", "j", "pagedown", "ctrl+f", "ctrl+d", "end", "G")
    if not downwards:
        await view.pilot.press("down")
    before = place()
    await view.pilot.press(key)
    await view.until(lambda: place() > before if downwards else place() < before)


@check("duplicates.mark", "duplicates.rest", "duplicates.unmark")
async def marks_duplicates(view: AppView, key: str) -> None:
    groups = await in_duplicates(view)
    screen = view.app.screen
    assert isinstance(screen, DuplicatesScreen)
    if key == "U":
        await view.pilot.press("space")
    copies = sum(len(group.files) - 1 for group in groups.cursor.groups)
    await view.pilot.press(key)
    await view.until(lambda: len(screen.marks) == {"space": 1, "U": 0}.get(key, copies))
    screen.action_mark("clear")


async def in_comparison(view: AppView, copy: int = 1) -> CompareScreen:
    """Compare the best file of the first group with another one; a comparison stays open."""
    if not isinstance(view.app.screen, CompareScreen):
        await in_duplicates(view)
        await view.pilot.press("enter")
        await view.until(lambda: isinstance(view.app.screen, CompareScreen))
    screen = view.app.screen
    assert isinstance(screen, CompareScreen)
    screen._cursor.go(1 + copy, 1)
    screen.show_copies()
    return screen


def comparison(screen: CompareScreen) -> str:
    return str(screen.query_one("#compare-status", Static).render())


@check("duplicates.open")
async def compares_duplicates(view: AppView, key: str) -> None:
    await leave(view)
    await in_duplicates(view)
    await view.pilot.press(key)
    await view.until(lambda: isinstance(view.app.screen, CompareScreen))


@check("compare.close")
async def closes_the_comparison(view: AppView, key: str) -> None:
    await in_comparison(view)
    await view.pilot.press(key)
    await view.until(lambda: isinstance(view.app.screen, DuplicatesScreen))


@check("compare.help")
async def helps_in_the_comparison(view: AppView, key: str) -> None:
    await leave(view)
    await in_comparison(view)
    await view.pilot.press(key)
    await view.until(lambda: isinstance(view.app.screen, HelpScreen))


@check("compare.right", "compare.left", "compare.next", "compare.previous")
async def switches_between_copies(view: AppView, key: str) -> None:
    await leave(view)
    screen = await in_comparison(view)
    size = len(screen._cursor.groups[0].files)
    assert f"file 2 of {size}" in comparison(screen)
    await view.pilot.press(key)
    forwards = key in ("right", "l", "tab", "n")
    expected = 3 if forwards and size > 2 else 1
    await view.until(lambda: f"file {expected} of {size}" in comparison(screen))


@check("compare.down", "compare.up")
async def switches_between_groups(view: AppView, key: str) -> None:
    screen = await in_comparison(view)
    if key in ("up", "k"):
        screen.action_group(1)
    assert ("Group 2" if key in ("up", "k") else "Group 1") in comparison(screen)
    await view.pilot.press(key)
    expected = "Group 1" if key in ("up", "k") else "Group 2"
    await view.until(lambda: expected in comparison(screen))


@check("compare.larger", "compare.smaller", "compare.whole", "compare.actual_size")
async def zooms_both_copies(view: AppView, key: str) -> None:
    screen = await in_comparison(view)
    await view.pilot.press("0", "plus", "plus")
    zooms = {"plus": 3, "equals_sign": 3, "minus": 1.5, "0": 1}
    await view.pilot.press(key)
    pictures = list(screen.query(ZoomablePicture))
    await view.until(lambda: len({picture.viewport for picture in pictures}) == 1)
    if key == "1":
        await view.until(lambda: "zoom 100 %" in comparison(screen))
    else:
        await view.until(lambda: pictures[0].viewport.zoom == zooms[key])
    await view.pilot.press("0")


@check("compare.rotate", "compare.rotate_back")
async def rotates_both_copies(view: AppView, key: str) -> None:
    screen = await in_comparison(view)
    await view.pilot.press(key)
    await view.until(lambda: f"rotated {90 if key == 'r' else 270}°" in comparison(screen))
    assert len({picture.viewport for picture in screen.query(ZoomablePicture)}) == 1
    await view.pilot.press("R" if key == "r" else "r")


@check("compare.mark")
async def marks_the_current_copy(view: AppView, key: str) -> None:
    screen = await in_comparison(view)
    assert screen._cursor.current is not None
    await view.pilot.press(key)
    await view.until(lambda: list(screen._marks) == [screen._cursor.current[1].file_id])  # type: ignore[index]
    await view.pilot.press(key)
    await view.until(lambda: not screen._marks)


@check("duplicates.looser", "duplicates.stricter")
async def changes_the_threshold(view: AppView, key: str) -> None:
    await leave(view)
    await in_duplicates(view)
    status = view.app.screen.query_one("#duplicates-status", Static)
    await view.pilot.press(key)
    expected = "at least 94 %" if key == "minus" else "at least 96 %"
    await view.until(lambda: expected in str(status.render()))


@check("folders.up", "folders.down", "folders.first", "folders.last")
@check("folders.page_up", "folders.page_down", "folders.half_page_up", "folders.half_page_down")
async def along_the_folders(view: AppView, key: str) -> None:
    await in_folders(view)
    ends = {"up": (2, 1), "k": (2, 1), "down": (0, 1), "j": (0, 1)}
    whole = {"home": (2, 0), "g": (2, 0), "pageup": (2, 0), "ctrl+b": (2, 0)}
    whole |= {"end": (0, 3), "G": (0, 3), "pagedown": (0, 3), "ctrl+f": (0, 3)}
    whole |= {"ctrl+u": (2, 0), "ctrl+d": (0, 3)}
    start, end = (ends | whole)[key]
    view.tree.cursor_line = start
    await view.pilot.press(key)
    await view.pilot.pause()
    assert view.tree.cursor_line == end


@check("folders.open", "folders.close")
async def opens_a_folder(view: AppView, key: str) -> None:
    opening = key in next(action for action in ACTIONS if action.id == "folders.open").keys
    await in_folders(view)
    await view.until(lambda: view.tree.last_line == 3)
    await view.pilot.press("down")
    assert line(view) == "garden"
    await view.pilot.press(key if opening else "right")
    await view.until(lambda: view.tree.last_line == 4)
    await view.pilot.press(key if opening else "down")
    assert line(view) == "shed"
    if not opening:
        await view.pilot.press(key)
        assert line(view) == "garden"
        await view.pilot.press(key)
        await view.until(lambda: view.tree.last_line == 3)


@check("folders.choose")
async def chooses(view: AppView, key: str) -> None:
    await in_folders(view)
    await view.until(lambda: view.tree.last_line == 3)
    await view.pilot.press("down", key)
    await view.until(lambda: "garden" in str(view.query.border_title))
    await view.until(lambda: view.results.window.total == 6)
    await view.pilot.press("home", key)
    await view.until(lambda: view.results.window.total == 24)


@check("folders.parent")
async def one_level_up(view: AppView, key: str) -> None:
    await in_folders(view)
    base = view.tree.base
    assert base is not None
    await view.pilot.press(key)
    await view.until(lambda: line(view).startswith("~"))
    assert view.tree.base == base.parent


@check("folders.remove")
async def asks_before_a_folder_is_removed(view: AppView, key: str) -> None:
    await in_folders(view)
    await view.until(lambda: view.tree.last_line == 3)
    await view.until(lambda: line(view) == "~/Pictures")
    await view.pilot.press(key)
    await view.until(lambda: isinstance(view.app.screen, ConfirmScreen))
    question = str(view.app.screen.query_one("#question").render())
    assert "Remove ~/Pictures from the library?" in question
    assert "24 pictures (18 embeddings) are removed; the files are not touched." in question
    await view.pilot.press("escape")


@check("panes.add")
async def asks_which_folder_to_add(view: AppView, key: str) -> None:
    await in_folders(view)
    await view.pilot.press(key)
    await view.until(lambda: isinstance(view.app.screen, PathDialog))
    await view.pilot.press("escape")


STAYING = {"preview": PreviewScreen, "duplicates": DuplicatesScreen, "compare": CompareScreen}
"""Screens that stay between their keys: opening one takes longer than most keys."""


async def reset_state(view: AppView, where: str) -> None:
    """Clear the query, search the whole library and reset the tree, but keep open screens."""
    if isinstance(view.app.screen, STAYING.get(where, ())):
        return
    await leave(view)
    view.main.action_cancel_indexing()
    if not view.tree.region.area:
        view.main.action_toggle_folders()
    view.query.value = ""
    if view.main.search.session.scope is not None:
        view.main.action_search_everything()
    if where not in ("pictures", "folders"):
        view.query.focus()
    if view.tree.base != Path.cwd() or view.tree.last_line != 3:
        view.tree.rebase(Path.cwd())
        await view.until(lambda: view.tree.last_line == 3)
    view.tree.cursor_line = 2
    await view.settled()


QUITTING = [action for action in ACTIONS if action.action == "app.leave"]
GROUPS = {action.id: [action] for action in QUITTING} | {
    where: [action for action in ACTIONS if action.where == where and action not in QUITTING]
    for where in TITLES
}


@pytest.mark.parametrize("group", GROUPS)
async def test_every_key(indexed_harness: AppHarness, group: str) -> None:
    indexed_harness.indexer_mode = "endless"
    app = indexed_harness.app()
    async with app.run_test(size=(80, 24)) as pilot:
        view = AppView(pilot)
        await view.ready()
        for action in GROUPS[group]:
            for key in action.keys:
                await reset_state(view, group)
                try:
                    await CHECKS[action.id](view, key)
                except Exception as error:
                    error.add_note(f"the key was {key} of {action.id}")
                    raise
        app.main.leave()


async def test_keys_sent_together_reach_the_pane_that_the_first_one_focuses(
    indexed_harness: AppHarness,
) -> None:
    indexed_harness.indexer_mode = "endless"
    async with indexed_harness.running(indexed_harness.pictures, size=(100, 30)) as view:
        for key in ("down", "x"):
            view.app.post_message(Key(key, key if len(key) == 1 else None))
        await view.until(lambda: "Stopped indexing" in view.indexing_text)
        for key in ("slash", "r", "e", "d"):
            view.app.post_message(Key(key, key if len(key) == 1 else "/"))
        await view.until(lambda: view.query.value == "red")


async def test_a_key_uses_the_state_that_the_previous_key_has_set(
    indexed_harness: AppHarness,
) -> None:
    async with indexed_harness.running(size=(100, 30)) as view:
        assert view.results.current is not None
        folder = view.results.current.file.path.parent
        view.main.action_focus_pictures()
        for key in ("o", "D"):
            view.app.post_message(Key(key, key))
        await view.until(lambda: isinstance(view.app.screen, DuplicatesScreen))
        assert isinstance(view.app.screen, DuplicatesScreen)
        assert view.app.screen._scope == folder
        await view.pilot.press("escape")
        await view.until(lambda: view.app.screen is view.main)
        await view.settled()
        for key in ("m", "B"):
            view.app.post_message(Key(key, key))
        await view.until(lambda: isinstance(view.app.screen, QueryNameScreen))
        assert isinstance(view.app.screen, QueryNameScreen)
        assert view.app.screen._text.startswith("like:")


async def test_the_palette_has_every_action_of_the_screen_with_its_keys(
    indexed_harness: AppHarness,
) -> None:
    async with indexed_harness.running(size=(80, 24)) as view:
        offered = {entry.title: entry for entry in screen_entries(view.main, is_picking=False)}
        on_screen = {"anywhere", "panes", "search", "pictures", "folders"}
        impossible = {"panes.cancel", "panes.resume", "panes.search", "panes.use_download"}
        expected = [
            action
            for action in ACTIONS
            if action.where in on_screen
            and action.palette != "hidden"
            and action.id not in impossible
        ]
        assert {action.description for action in expected} == set(offered)
        assert len(expected) == len(offered)
        assert offered["Search only this picture's folder"].keys == "o"
        assert next(iter(offered)) == "Preview"
        await view.pilot.press("ctrl+p", *"open a saved", "enter")
        await view.until(lambda: isinstance(view.app.screen, SavedQueriesScreen))


def test_no_action_is_without_a_test() -> None:
    assert set(CHECKS) == {action.id for action in ACTIONS if action.keys}


def test_ids_are_unique_and_name_their_scope() -> None:
    assert len({action.id for action in ACTIONS}) == len(ACTIONS)
    assert all(action.id.split(".")[0] == action.where for action in ACTIONS)
    assert {action.where for action in ACTIONS} == set(TITLES)


@pytest.mark.parametrize("where", TITLES)
def test_a_key_has_one_action_in_each_scope(where: str) -> None:
    keys = [key for action in ACTIONS if action.where == where for key in action.keys]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("key", "shown"),
    [("ctrl+q", "Ctrl+Q"), ("G", "G"), ("slash", "/"), ("shift+tab", "Shift+Tab"), ("f1", "F1")],
)
def test_keys_are_shown_as_people_write_them(key: str, shown: str) -> None:
    assert shown_key(key) == shown
