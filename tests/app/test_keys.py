"""Every key of the registry does what the registry says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.command import CommandPalette
from textual.content import Content
from textual.events import Key
from textual.widget import Widget
from textual.widgets import Input, OptionList, Static

from tests.support.app_harness import Eyes, House
from tui.app.keys.actions import ACTIONS, TITLES
from tui.app.keys.bindings import shown_key
from tui.app.screens.dialogs import AskPathScreen, ConfirmScreen
from tui.app.screens.duplicates import DuplicatesScreen
from tui.app.screens.failures import FailuresScreen
from tui.app.screens.help import HelpScreen
from tui.app.screens.models import ModelsScreen
from tui.app.screens.preview import PreviewScreen
from tui.app.screens.saved_queries import QueryNameScreen, SavedQueriesScreen
from tui.app.screens.welcome import WelcomeScreen
from tui.app.widgets.duplicate_list import DuplicateList
from tui.core.domain import Failure

Check = Callable[[Eyes, str], Awaitable[object]]
CHECKS: dict[str, Check] = {}


def check(*ids: str) -> Callable[[Check], Check]:
    def remember(test: Check) -> Check:
        CHECKS.update(dict.fromkeys(ids, test))
        return test

    return remember


async def focused(eyes: Eyes, pane: Widget) -> None:
    await eyes.until(lambda: pane.has_focus)


async def in_pictures(eyes: Eyes) -> None:
    eyes.results.focus()
    await focused(eyes, eyes.results)


async def in_folders(eyes: Eyes) -> None:
    eyes.tree.focus()
    await focused(eyes, eyes.tree)


def line(eyes: Eyes) -> str:
    """The folder under the cursor of the tree."""
    node = eyes.tree.cursor_node
    return str(node.label) if node else ""


@check("anywhere.quit", "anywhere.interrupt")
async def quits_while_typing(eyes: Eyes, key: str) -> None:
    await eyes.pilot.press("r", key)
    await eyes.until(lambda: eyes.app._exit)


@check("panes.quit")
async def quits(eyes: Eyes, key: str) -> None:
    await in_pictures(eyes)
    await eyes.pilot.press(key)
    await eyes.until(lambda: eyes.app._exit)


@check("pictures.unfold")
async def has_no_copies(eyes: Eyes, key: str) -> None:
    await in_pictures(eyes)
    await eyes.pilot.press(key)
    await eyes.until(lambda: any("no copies" in note.message for note in eyes.app._notifications))


@check("anywhere.palette")
async def palette(eyes: Eyes, key: str) -> None:
    await eyes.pilot.press(key)
    await eyes.until(lambda: isinstance(eyes.app.screen, CommandPalette))


@check("anywhere.help")
async def helps_while_typing(eyes: Eyes, key: str) -> None:
    await eyes.pilot.press(key)
    await eyes.until(lambda: isinstance(eyes.app.screen, HelpScreen))


@check("panes.help")
async def helps(eyes: Eyes, key: str) -> None:
    await in_pictures(eyes)
    await eyes.pilot.press(key)
    await eyes.until(lambda: isinstance(eyes.app.screen, HelpScreen))


@check("welcome.begin")
async def begins_with_the_built_in_model(eyes: Eyes, key: str) -> None:
    said: list[str | None] = []
    eyes.app.push_screen(WelcomeScreen("605 MB", eyes.query.type_on), said.append)
    await eyes.until(lambda: isinstance(eyes.app.screen, WelcomeScreen))
    await eyes.pilot.press("r", "e", "backspace", key)
    await eyes.until(lambda: eyes.app.screen is eyes.main)
    assert said == ["built-in"]
    assert eyes.query.value == "r"


@check("help.turn")
async def turns_the_page(eyes: Eyes, key: str) -> None:
    await in_pictures(eyes)
    await eyes.pilot.press("question_mark")
    await eyes.until(lambda: isinstance(eyes.app.screen, HelpScreen))
    pages = {page: eyes.app.screen.query_one(f"#{page}") for page in ("keys", "syntax")}
    assert pages["keys"].display
    await eyes.pilot.press(key)
    await eyes.until(lambda: pages["syntax"].display and not pages["keys"].display)


@check("help.close")
async def closes_help(eyes: Eyes, key: str) -> None:
    await eyes.pilot.press("f1")
    await eyes.until(lambda: isinstance(eyes.app.screen, HelpScreen))
    await eyes.pilot.press(key)
    await eyes.until(lambda: eyes.app.screen is eyes.main)


@check("anywhere.next")
async def next_pane(eyes: Eyes, key: str) -> None:
    for pane in (eyes.results, eyes.tree, eyes.query):
        await eyes.pilot.press(key)
        await focused(eyes, pane)


@check("anywhere.previous")
async def previous_pane(eyes: Eyes, key: str) -> None:
    for pane in (eyes.tree, eyes.results, eyes.query):
        await eyes.pilot.press(key)
        await focused(eyes, pane)


@check("search.pictures", "search.later")
async def to_the_pictures(eyes: Eyes, key: str) -> None:
    await eyes.pilot.press("r", key)
    await eyes.until(lambda: eyes.results.has_focus)
    assert eyes.query.value == "r"


@check("search.earlier")
async def an_earlier_query(eyes: Eyes, key: str) -> None:
    await eyes.type("blue")
    await eyes.pilot.press("enter", "slash", "escape", key)
    await eyes.until(lambda: eyes.query.value == "blue")


@check("search.complete", "search.complete_back")
async def completes_the_query(eyes: Eyes, key: str) -> None:
    await eyes.type("-s")
    await eyes.pilot.press("tab", key)
    chosen = 1 if key == "tab" else -1
    await eyes.pilot.press("enter")
    offers = ("sort:", "square")
    await eyes.until(lambda: eyes.query.value == f"-{offers[chosen]}")


@check("panes.save", "name.close")
async def saves_a_query(eyes: Eyes, key: str) -> None:
    await eyes.type("red")
    await in_pictures(eyes)
    await eyes.pilot.press("f2" if key == "escape" else key)
    await eyes.until(lambda: isinstance(eyes.app.screen, QueryNameScreen))
    await eyes.pilot.press(*"warm", key if key == "escape" else "enter")
    await eyes.until(lambda: eyes.app.screen is eyes.main)
    assert eyes.main.keeper.now.saved == ({} if key == "escape" else {"warm": "red"})
    if key != "escape":  # another query under that name is asked about
        eyes.query.value = "red sea"
        await in_pictures(eyes)
        await eyes.pilot.press(key)
        await eyes.until(lambda: isinstance(eyes.app.screen, QueryNameScreen))
        await eyes.pilot.press(*"warm", "enter")
        await eyes.until(lambda: isinstance(eyes.app.screen, ConfirmScreen))
        assert eyes.main.keeper.now.saved == {"warm": "red"}
        await eyes.pilot.press("y")
        await eyes.until(lambda: eyes.app.screen is eyes.main)
        assert eyes.main.keeper.now.saved == {"warm": "red sea"}
    eyes.main.keeper.keep(saved={})


@check("panes.saved", "saved.close", "saved.delete")
async def chooses_a_saved_query(eyes: Eyes, key: str) -> None:
    eyes.main.keeper.keep(saved={"cold": "blue", "warm": "red"})
    await in_pictures(eyes)
    opening = key if key in ("b", "f3") else "b"
    await eyes.pilot.press(opening)
    await eyes.until(lambda: isinstance(eyes.app.screen, SavedQueriesScreen))
    if key in ("delete", "d"):
        await eyes.pilot.press("down", key)
        await eyes.until(lambda: isinstance(eyes.app.screen, ConfirmScreen))
        assert "Delete “warm”?\n  red" in str(eyes.app.screen.query_one("#question").render())
        await eyes.pilot.press("enter")  # is no
        await eyes.until(lambda: isinstance(eyes.app.screen, SavedQueriesScreen))
        assert eyes.main.keeper.now.saved == {"cold": "blue", "warm": "red"}
        await eyes.pilot.press(key, "y")
        await eyes.until(lambda: eyes.main.keeper.now.saved == {"cold": "blue"})
        await eyes.pilot.press(key, "y")
        await eyes.until(lambda: eyes.main.keeper.now.saved == {})
        await eyes.pilot.press("escape")
    else:
        await eyes.pilot.press("down", key if key != opening else "enter")
    await eyes.until(lambda: eyes.app.screen is eyes.main)
    assert eyes.query.value == ("red" if key == opening else "")


@check("panes.models", "models.close", "models.pull", "models.stop")
async def models(eyes: Eyes, key: str) -> None:
    await in_pictures(eyes)
    await eyes.pilot.press(key if key in ("M", "f4") else "M")
    await eyes.until(lambda: isinstance(eyes.app.screen, ModelsScreen))
    rows = eyes.app.screen.query_one(OptionList)
    await eyes.until(lambda: rows.option_count > 3)
    if key in ("p", "x"):
        await eyes.pilot.press(key)  # the built-in one is here, and nothing is being fetched
        assert isinstance(eyes.app.screen, ModelsScreen)
    await eyes.pilot.press(key if key in ("escape", "q") else "escape")
    await eyes.until(lambda: eyes.app.screen is eyes.main)


@check("search.clear")
async def clears(eyes: Eyes, key: str) -> None:
    await eyes.type("red")
    await eyes.pilot.press(key)
    await eyes.until(lambda: eyes.query.value == "")


@check("panes.search", "panes.back")
async def back_to_the_search(eyes: Eyes, key: str) -> None:
    for pane in (in_pictures, in_folders):
        await pane(eyes)
        await eyes.pilot.press(key)
        await eyes.until(lambda: eyes.query.has_focus)
    assert eyes.query.value == ""


@check("panes.pictures")
async def pictures_from_folders(eyes: Eyes, key: str) -> None:
    await in_folders(eyes)
    await eyes.pilot.press(key)
    await eyes.until(lambda: eyes.results.has_focus)


@check("panes.folders")
async def folders_from_pictures(eyes: Eyes, key: str) -> None:
    await in_pictures(eyes)
    await eyes.pilot.press(key)
    await eyes.until(lambda: eyes.tree.has_focus)


@check("panes.tree")
async def toggles_the_tree(eyes: Eyes, key: str) -> None:
    await in_folders(eyes)
    await eyes.pilot.press(key)
    await eyes.until(lambda: not eyes.tree.region.area)
    assert eyes.app.focused is eyes.results
    await eyes.pilot.press(key)
    await eyes.until(lambda: eyes.tree.region.area)


@check("panes.index")
async def indexes(eyes: Eyes, key: str) -> None:
    await eyes.until(lambda: eyes.indexing.folder is None)
    await in_folders(eyes)
    await eyes.pilot.press("enter", key)
    await eyes.until(lambda: "Indexing Pictures" in eyes.text("#indexing"))


@check("panes.cancel", "panes.resume")
async def stops_and_goes_on(eyes: Eyes, key: str) -> None:
    await eyes.pilot.pause(0.1)
    await indexes(eyes, "i")
    if key.startswith("ctrl"):
        await eyes.pilot.press("slash")
    await eyes.pilot.press(key if key in ("x", "ctrl+s") else "ctrl+s")
    await eyes.until(lambda: "Stopped indexing Pictures" in eyes.text("#indexing"))
    await eyes.pilot.press(key if key in ("r", "ctrl+r") else "ctrl+r")
    await eyes.until(lambda: "Indexing Pictures" in eyes.text("#indexing"))


@check("panes.everything")
async def searches_everything(eyes: Eyes, key: str) -> None:
    await in_folders(eyes)
    await eyes.pilot.press("enter")
    await eyes.until(lambda: "Pictures" in str(eyes.query.border_title))
    await eyes.pilot.press(key)
    await eyes.until(lambda: "all pictures" in str(eyes.query.border_title))


@check("pictures.folder")
async def searches_beside(eyes: Eyes, key: str) -> None:
    eyes.query.focus()
    await focused(eyes, eyes.query)
    await eyes.type("red")
    await in_pictures(eyes)
    while eyes.here != "red flower.png":
        await eyes.pilot.press("right")
    await eyes.pilot.press(key)
    await eyes.until(lambda: "garden" in str(eyes.query.border_title))
    await eyes.until(lambda: eyes.results.window.total == 6)


async def moves(eyes: Eyes, key: str, start: int, end: int) -> None:
    await in_pictures(eyes)
    eyes.results.go_to(start)
    await eyes.pilot.press(key)
    await eyes.pilot.pause()
    assert eyes.results.window.cursor == end
    assert eyes.results.window.start <= end < eyes.results.window.stop
    await eyes.until(lambda: eyes.here)


@check("pictures.up")
async def up(eyes: Eyes, key: str) -> None:
    columns = eyes.results.window.columns
    await moves(eyes, key, columns, 0)
    await eyes.pilot.press(key)
    await eyes.until(lambda: eyes.query.has_focus)


@check("pictures.down")
async def down(eyes: Eyes, key: str) -> None:
    await moves(eyes, key, 0, eyes.results.window.columns)


@check("pictures.left")
async def left(eyes: Eyes, key: str) -> None:
    await moves(eyes, key, 5, 4)


@check("pictures.right")
async def right(eyes: Eyes, key: str) -> None:
    await moves(eyes, key, 5, 6)


@check("pictures.first")
async def first(eyes: Eyes, key: str) -> None:
    await moves(eyes, key, 20, 0)


@check("pictures.last")
async def last(eyes: Eyes, key: str) -> None:
    await moves(eyes, key, 0, 23)


@check("pictures.page_up")
async def page_up(eyes: Eyes, key: str) -> None:
    await moves(eyes, key, 12, 12 - eyes.results.window.size)


@check("pictures.page_down")
async def page_down(eyes: Eyes, key: str) -> None:
    await moves(eyes, key, 0, eyes.results.window.size)


@check("panes.refresh")
async def reads_folders_again(eyes: Eyes, key: str) -> None:
    if key == "R":
        await in_pictures(eyes)
    new = Path.cwd() / "just made"
    new.mkdir()
    await eyes.pilot.press(key)
    await eyes.until(lambda: eyes.tree.last_line == 4)
    new.rmdir()
    await eyes.pilot.press(key)
    await eyes.until(lambda: eyes.tree.last_line == 3)


@check("panes.failures")
async def lists_failures(eyes: Eyes, key: str) -> None:
    if len(key) == 1 or key == "exclamation_mark":
        await in_pictures(eyes)
    await eyes.pilot.press(key)
    await eyes.until(lambda: isinstance(eyes.app.screen, FailuresScreen))
    await eyes.pilot.press("escape")
    await eyes.until(lambda: eyes.app.screen is eyes.main)


@check("failures.close")
async def leaves_failures(eyes: Eyes, key: str) -> None:
    await eyes.pilot.press("f6")
    await eyes.until(lambda: isinstance(eyes.app.screen, FailuresScreen))
    await eyes.pilot.press(key)
    await eyes.until(lambda: eyes.app.screen is eyes.main)


@check("failures.reveal", "failures.copy")
async def acts_on_a_failure(eyes: Eyes, key: str) -> None:
    eyes.main.action_failures()
    await eyes.until(lambda: isinstance(eyes.app.screen, FailuresScreen))
    screen = eyes.app.screen
    assert isinstance(screen, FailuresScreen)
    screen.post_message(FailuresScreen.Read([Failure(Path("/absent/bad.jpg"), "It is broken.")]))
    await eyes.until(lambda: screen._here is not None)
    eyes.app.clear_notifications()
    await eyes.pilot.press(key)
    await eyes.until(lambda: notices(eyes))
    await eyes.pilot.press("escape")
    await eyes.until(lambda: eyes.app.screen is eyes.main)


@check("picking.choose")
async def chooses_pictures(eyes: Eyes, key: str) -> None:
    await in_pictures(eyes)
    eyes.results.picking = True
    await eyes.pilot.press(key)
    await eyes.until(lambda: eyes.main.picked)


@check("pictures.open")
async def opens(eyes: Eyes, key: str) -> None:
    await in_pictures(eyes)
    await eyes.pilot.press(key)
    await eyes.until(lambda: isinstance(eyes.app.screen, PreviewScreen))
    await eyes.pilot.press("escape")
    await eyes.until(lambda: eyes.app.screen is eyes.main)
    assert eyes.app.focused is eyes.results


async def in_preview(eyes: Eyes, place: int = 7) -> PreviewScreen:
    """Show one picture large; a preview that is open stays."""
    screen = eyes.app.screen
    if isinstance(screen, PreviewScreen):
        screen._go(place)
    else:
        await in_pictures(eyes)
        eyes.results.go_to(place)
        await eyes.pilot.press("enter")
        await eyes.until(lambda: isinstance(eyes.app.screen, PreviewScreen))
        screen = eyes.app.screen
    assert isinstance(screen, PreviewScreen)
    await eyes.until(lambda: f"{place + 1}/24" in heading(screen))
    return screen


def heading(screen: PreviewScreen) -> str:
    return str(screen.query_one("#preview-name", Static).render())


async def in_duplicates(eyes: Eyes) -> DuplicateList:
    """Show the duplicates, the first of them current; a screen of them that is open stays."""
    if not isinstance(eyes.app.screen, DuplicatesScreen):
        await in_pictures(eyes)
        await eyes.pilot.press("D")
        await eyes.until(lambda: isinstance(eyes.app.screen, DuplicatesScreen))
    groups = eyes.app.screen.query_one(DuplicateList)
    await eyes.until(lambda: groups.groups, "groups")
    groups.move("first")
    return groups


async def leave(eyes: Eyes) -> None:
    """Leave what lies over the main screen."""
    while eyes.app.screen is not eyes.main:
        eyes.app.pop_screen()
        await eyes.pilot.pause()


@check("preview.next", "preview.previous", "preview.right", "preview.left")
@check("preview.down", "preview.up")
async def steps(eyes: Eyes, key: str) -> None:
    forth = {"preview.next", "preview.right", "preview.down"}
    forwards = {key for action in ACTIONS if action.id in forth for key in action.keys}
    screen = await in_preview(eyes)
    await eyes.pilot.press(key)
    wanted = 8 if key in forwards else 6
    await eyes.until(lambda: f"{wanted + 1}/24" in heading(screen))
    assert screen._place == wanted


@check("preview.close")
async def closes_the_preview(eyes: Eyes, key: str) -> None:
    await in_preview(eyes)
    await eyes.pilot.press("n", key)
    await eyes.until(lambda: eyes.app.screen is eyes.main)
    assert eyes.app.focused is eyes.results
    await eyes.until(lambda: eyes.results.window.cursor == 8)


@check("preview.larger", "preview.smaller", "preview.whole")
async def zooms(eyes: Eyes, key: str) -> None:
    screen = await in_preview(eyes)
    await eyes.pilot.press("plus", "plus")
    assert "2x" in heading(screen)
    await eyes.pilot.press(key)
    level = {"minus": "1.5x", "0": ""}.get(key, "3x")
    await eyes.until(lambda: heading(screen).split("24")[1].strip() == level)
    panned = () if key == "0" else ("right", "down", "0")
    await eyes.pilot.press(*panned, "right")
    await eyes.until(lambda: "9/24" in heading(screen))


@check("preview.facts")
async def shows_facts(eyes: Eyes, key: str) -> None:
    screen = await in_preview(eyes)
    facts = screen.query_one("#preview-facts", Static)
    await eyes.pilot.press(key)
    await eyes.until(lambda: "Pixels" in str(facts.render()) and facts.region.area)
    await eyes.pilot.press(key)
    await eyes.until(lambda: not facts.region.area)


@check("preview.mark")
async def marks_in_the_preview(eyes: Eyes, key: str) -> None:
    screen = await in_preview(eyes)
    await eyes.pilot.press(key)
    await eyes.until(lambda: "1 marked   ✓" in heading(screen))
    await eyes.pilot.press(key)
    await eyes.until(lambda: "✓" not in heading(screen))


@check("preview.slides", "preview.faster", "preview.slower")
async def shows_slides(eyes: Eyes, key: str) -> None:
    await leave(eyes)
    screen = await in_preview(eyes, 23)
    await eyes.pilot.press("s")
    assert "▶ 4 s" in heading(screen)
    if key != "s":
        await eyes.pilot.press(key)
        pace = "▶ 3 s" if key == "left_square_bracket" else "▶ 6 s"
        assert pace in heading(screen)
    await eyes.pilot.press(*["left_square_bracket"] * 9)
    await eyes.until(lambda: "1/24" in heading(screen), "the first one again")
    await eyes.pilot.press("s")
    assert "▶" not in heading(screen)


def notices(eyes: Eyes) -> str:
    return " ".join(notice.message for notice in eyes.app._notifications)


async def at_pictures(eyes: Eyes, place: str) -> None:
    eyes.app.clear_notifications()
    if place == "preview":
        await in_preview(eyes)
    elif place == "duplicates":
        await in_duplicates(eyes)
    else:
        await in_pictures(eyes)
        await eyes.until(lambda: eyes.here)


async def file_keys(eyes: Eyes, place: str) -> None:
    """Press all keys that do something with pictures, in one place that shows them."""
    await at_pictures(eyes, place)
    for action in ACTIONS:
        test = ON_PICTURES.get(action.id.partition(".")[2])
        if action.where == place and test is not None:
            for key in action.keys:
                eyes.app.clear_notifications()
                await eyes.pilot.press(key)
                await test(eyes, key)


def check_everywhere(name: str, test: Check) -> None:
    """Check something that can be done wherever there are pictures; all at once is quicker."""
    ON_PICTURES[name] = test
    for place in ("pictures", "preview", "duplicates"):

        async def there(eyes: Eyes, key: str, place: str = place) -> None:
            if eyes not in CHECKED.setdefault(place, []):
                CHECKED[place] = [eyes]
                await file_keys(eyes, place)

        CHECKS[f"{place}.{name}"] = there


ON_PICTURES: dict[str, Check] = {}
CHECKED: dict[str, list[Eyes]] = {}


async def copies_the_path(eyes: Eyes, _: str) -> None:
    await eyes.until(lambda: "1 path sent to the terminal" in notices(eyes))
    assert Path(eyes.app.clipboard).is_file()
    eyes.app.copy_to_clipboard("")


async def opens_it(eyes: Eyes, _: str) -> None:
    await eyes.until(lambda: "Opened " in notices(eyes))


async def reveals_it(eyes: Eyes, _: str) -> None:
    await eyes.until(
        lambda: "file manager shows" in notices(eyes) or "path instead" in notices(eyes)
    )


async def asks_where(eyes: Eyes, _: str) -> None:
    await eyes.until(lambda: isinstance(eyes.app.screen, AskPathScreen))
    await eyes.pilot.press("escape")
    await eyes.until(lambda: not isinstance(eyes.app.screen, AskPathScreen))


async def asks_first(eyes: Eyes, _: str) -> None:
    await eyes.until(lambda: isinstance(eyes.app.screen, ConfirmScreen))
    assert "1 picture to the trash?" in str(eyes.app.screen.query_one("#question").render())
    await eyes.pilot.press("escape")
    await eyes.until(lambda: not isinstance(eyes.app.screen, ConfirmScreen))


async def has_nothing_to_undo(eyes: Eyes, _: str) -> None:
    await eyes.until(lambda: "Nothing was moved" in notices(eyes))


check_everywhere("copy_paths", copies_the_path)
check_everywhere("launch", opens_it)
check_everywhere("reveal", reveals_it)
for asking in ("copy_into", "hard_link", "symlink", "write_list"):
    check_everywhere(asking, asks_where)
check_everywhere("trash", asks_first)
check_everywhere("undo", has_nothing_to_undo)


@check("question.yes", "question.no")
async def answers(eyes: Eyes, key: str) -> None:
    said: list[bool | None] = []
    eyes.app.push_screen(ConfirmScreen("Sure?", "Do it"), said.append)
    await eyes.until(lambda: isinstance(eyes.app.screen, ConfirmScreen))
    await eyes.pilot.press(key)
    await eyes.until(lambda: said == [key == "y"])


@check("ask.complete", "ask.cancel")
async def completes(eyes: Eyes, key: str) -> None:
    said: list[str | None] = []
    screen = AskPathScreen("Where?", "~/Pict")
    eyes.app.push_screen(screen, said.append)
    await eyes.until(lambda: "Pictures" in str(screen.query_one("#folders-below").render()))
    await eyes.pilot.press(key)
    if key == "tab":
        await eyes.until(lambda: screen.query_one("#path", Input).value == "~/Pictures/")
        await eyes.until(lambda: "garden" in str(screen.query_one("#folders-below").render()))
        await eyes.pilot.press("tab", "enter")
    await eyes.until(lambda: said == (["~/Pictures/garden/"] if key == "tab" else [None]))


@check("pictures.view")
async def changes_the_view(eyes: Eyes, key: str) -> None:
    await in_pictures(eyes)
    for view in ("list", "grid"):
        await eyes.pilot.press(key)
        await eyes.until(lambda view=view: eyes.results.view == view)  # type: ignore[misc]
        assert eyes.main.keeper.now.view == view


@check("pictures.mark", "pictures.mark_all", "pictures.invert", "pictures.range")
@check("pictures.unmark")
async def marks(eyes: Eyes, key: str) -> None:
    await in_pictures(eyes)
    eyes.results.go_to(3)
    await eyes.pilot.press("U", "space", "right", "right")
    await eyes.until(lambda: len(eyes.main.marks) == 1)
    assert eyes.results.window.cursor == 6
    await eyes.pilot.press(key)
    number = {"space": 2, "asterisk": 24, "I": 23, "V": 4, "U": 0}[key]
    await eyes.until(lambda: len(eyes.main.marks) == number)
    said = f" {number} marked   Pictures" if number else "Pictures"
    await eyes.until(lambda: _plain(eyes.main._pictures.border_title) == said)
    await eyes.pilot.press("U")


def _plain(markup: str | None) -> str:
    return Content.from_markup(markup or "").plain


@check("pictures.similar", "pictures.day")
async def searches_from_a_picture(eyes: Eyes, key: str) -> None:
    await in_pictures(eyes)
    await eyes.until(lambda: eyes.here)
    await eyes.pilot.press(key)
    begin = {"m": "like:", "T": "on:20"}[key]
    await eyes.until(lambda: eyes.query.value.startswith(begin))


@check("panes.duplicates")
async def shows_duplicates(eyes: Eyes, key: str) -> None:
    await in_pictures(eyes)
    await eyes.pilot.press(key)
    await eyes.until(lambda: isinstance(eyes.app.screen, DuplicatesScreen))


@check("duplicates.close")
async def closes_duplicates(eyes: Eyes, key: str) -> None:
    await in_duplicates(eyes)
    await eyes.pilot.press(key)
    await eyes.until(lambda: eyes.app.screen is eyes.main)


@check("duplicates.up", "duplicates.down", "duplicates.first", "duplicates.last")
@check("duplicates.page_up", "duplicates.page_down")
async def moves_among_duplicates(eyes: Eyes, key: str) -> None:
    groups = await in_duplicates(eyes)
    files = [file for group in groups.groups for file in group.files]

    def place() -> int:
        assert groups.current is not None
        return files.index(groups.current[1])

    downwards = key in ("down", "j", "pagedown", "ctrl+f", "end", "G")
    if not downwards:
        await eyes.pilot.press("down")
    before = place()
    await eyes.pilot.press(key)
    await eyes.until(lambda: place() > before if downwards else place() < before)


@check("duplicates.mark", "duplicates.rest", "duplicates.unmark")
async def marks_duplicates(eyes: Eyes, key: str) -> None:
    groups = await in_duplicates(eyes)
    screen = eyes.app.screen
    assert isinstance(screen, DuplicatesScreen)
    if key == "U":
        await eyes.pilot.press("space")
    rest = sum(len(group.other_copies) for group in groups.groups)
    await eyes.pilot.press(key)
    await eyes.until(lambda: len(screen.marks) == {"space": 1, "U": 0}.get(key, rest))
    screen.action_mark("clear")


@check("duplicates.looser", "duplicates.stricter")
async def changes_the_threshold(eyes: Eyes, key: str) -> None:
    await leave(eyes)
    await in_duplicates(eyes)
    status = eyes.app.screen.query_one("#duplicates-status", Static)
    await eyes.pilot.press(key)
    wanted = "alike from 0.94" if key == "minus" else "alike from 0.96"
    await eyes.until(lambda: wanted in str(status.render()))


@check("folders.up", "folders.down", "folders.first", "folders.last")
@check("folders.page_up", "folders.page_down")
async def along_the_folders(eyes: Eyes, key: str) -> None:
    await in_folders(eyes)
    ends = {"up": (2, 1), "k": (2, 1), "down": (0, 1), "j": (0, 1)}
    whole = {"home": (2, 0), "g": (2, 0), "pageup": (2, 0), "ctrl+b": (2, 0)}
    whole |= {"end": (0, 3), "G": (0, 3), "pagedown": (0, 3), "ctrl+f": (0, 3)}
    start, end = (ends | whole)[key]
    eyes.tree.cursor_line = start
    await eyes.pilot.press(key)
    await eyes.pilot.pause()
    assert eyes.tree.cursor_line == end


@check("folders.open", "folders.close")
async def opens_a_folder(eyes: Eyes, key: str) -> None:
    opening = key in next(action for action in ACTIONS if action.id == "folders.open").keys
    await in_folders(eyes)
    await eyes.until(lambda: eyes.tree.last_line == 3)
    await eyes.pilot.press("down")
    assert line(eyes) == "garden"
    await eyes.pilot.press(key if opening else "right")
    await eyes.until(lambda: eyes.tree.last_line == 4)
    await eyes.pilot.press(key if opening else "down")
    assert line(eyes) == "shed"
    if not opening:
        await eyes.pilot.press(key)
        assert line(eyes) == "garden"
        await eyes.pilot.press(key)
        await eyes.until(lambda: eyes.tree.last_line == 3)


@check("folders.choose")
async def chooses(eyes: Eyes, key: str) -> None:
    await in_folders(eyes)
    await eyes.until(lambda: eyes.tree.last_line == 3)
    await eyes.pilot.press("down", key)
    await eyes.until(lambda: "garden" in str(eyes.query.border_title))
    await eyes.until(lambda: eyes.results.window.total == 6)
    await eyes.pilot.press("home", key)
    await eyes.until(lambda: eyes.results.window.total == 24)


@check("folders.parent")
async def one_level_up(eyes: Eyes, key: str) -> None:
    await in_folders(eyes)
    base = eyes.tree.base
    await eyes.pilot.press(key)
    await eyes.until(lambda: line(eyes).startswith("~"))
    assert eyes.tree.base == base.parent


STAYING = {"preview": PreviewScreen, "duplicates": DuplicatesScreen}
"""Screens that stay between their keys: opening one takes longer than most keys."""


async def start_anew(eyes: Eyes, where: str) -> None:
    """Nothing typed, the whole library, the tree as at the start; what stays is left as it is."""
    if isinstance(eyes.app.screen, STAYING.get(where, ())):
        return
    await leave(eyes)
    eyes.main.action_cancel_indexing()
    if not eyes.tree.region.area:
        eyes.main.action_toggle_folders()
    eyes.query.value = ""
    if eyes.main.search.session.scope is not None:
        eyes.main.action_search_everything()
    if where not in ("pictures", "folders"):
        eyes.query.focus()
    if eyes.tree.base != Path.cwd() or eyes.tree.last_line != 3:
        eyes.tree.rebase(Path.cwd())
        await eyes.until(lambda: eyes.tree.last_line == 3)
    eyes.tree.cursor_line = 2
    await eyes.settled()


QUITTING = [action for action in ACTIONS if action.action == "app.leave"]
GROUPS = {action.id: [action] for action in QUITTING} | {
    where: [action for action in ACTIONS if action.where == where and action not in QUITTING]
    for where in TITLES
}


@pytest.mark.parametrize("group", GROUPS)
async def test_every_key(full_house: House, group: str) -> None:
    full_house.child = "endless"
    app = full_house.app()
    async with app.run_test(size=(80, 24)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        for action in GROUPS[group]:
            for key in action.keys:
                await start_anew(eyes, group)
                try:
                    await CHECKS[action.id](eyes, key)
                except Exception as error:
                    error.add_note(f"the key was {key} of {action.id}")
                    raise
        app.main.leave()


async def test_keys_sent_in_one_go_reach_the_pane_that_the_first_one_goes_to(
    full_house: House,
) -> None:
    full_house.child = "endless"
    async with full_house.app(full_house.pictures).run_test(size=(100, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        for key in ("down", "x"):
            eyes.app.post_message(Key(key, key if len(key) == 1 else None))
        await eyes.until(lambda: "Stopped indexing" in eyes.text("#indexing"))
        for key in ("slash", "r", "e", "d"):
            eyes.app.post_message(Key(key, key if len(key) == 1 else "/"))
        await eyes.until(lambda: eyes.query.value == "red")


async def test_the_palette_has_every_action_of_the_screen_with_its_keys(full_house: House) -> None:
    async with full_house.app().run_test(size=(80, 24)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        offered = {command.title: command for command in eyes.app.get_system_commands(eyes.main)}
        on_screen = {"anywhere", "panes", "search", "pictures", "folders"}
        unneeded = {"anywhere.palette", "anywhere.next", "anywhere.previous"}
        wanted = [a for a in ACTIONS if a.where in on_screen and a.id not in unneeded]
        assert {action.description for action in wanted} <= set(offered)
        assert "o" in offered["Search in the picture's folder"].help.split(" · ")
        await pilot.press("ctrl+p", *"choose a saved", "enter")
        await eyes.until(lambda: isinstance(eyes.app.screen, SavedQueriesScreen))


def test_no_action_is_without_a_test() -> None:
    assert set(CHECKS) == {action.id for action in ACTIONS}


def test_ids_are_unique_and_say_where() -> None:
    assert len({action.id for action in ACTIONS}) == len(ACTIONS)
    assert all(action.id.split(".")[0] == action.where for action in ACTIONS)
    assert {action.where for action in ACTIONS} == set(TITLES)


@pytest.mark.parametrize("where", TITLES)
def test_one_key_does_one_thing_in_one_place(where: str) -> None:
    keys = [key for action in ACTIONS if action.where == where for key in action.keys]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("key", "shown"),
    [("ctrl+q", "Ctrl+Q"), ("G", "G"), ("slash", "/"), ("shift+tab", "Shift+Tab"), ("f1", "F1")],
)
def test_keys_are_shown_as_people_write_them(key: str, shown: str) -> None:
    assert shown_key(key) == shown
