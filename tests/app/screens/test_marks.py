"""One rule for marks everywhere; the question names what goes; what is lost is not lost twice."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
from textual.content import Content
from textual.widgets import Static

from tests.support.app_harness import Eyes, House
from tests.support.embedders import save_picture
from tests.support.libraries.indexed_library import Library
from tui.app.model.marks import MARKS_RULE
from tui.app.screens.dialogs import AskPathScreen, ConfirmScreen
from tui.app.screens.duplicates import DuplicatesScreen
from tui.app.screens.preview import PreviewScreen
from tui.app.screens.trash_question import trash_question
from tui.core.domain import FileDetails
from tui.core.errors import CatalogError
from tui.storage.trash import TrashedFile, put_into_trash

pytestmark = pytest.mark.skipif(
    sys.platform in ("win32", "darwin"), reason="freedesktop.org's trash"
)


@pytest.fixture(autouse=True)
def _own_trash(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(house.home / "share"))


def notices(eyes: Eyes) -> str:
    return " ".join(note.message for note in eyes.app._notifications)


def heading(eyes: Eyes) -> str:
    return str(eyes.app.screen.query_one("#preview-name", Static).content)


def title(eyes: Eyes) -> str:
    return Content.from_markup(eyes.main._pictures.border_title or "").plain


async def question(eyes: Eyes) -> str:
    await eyes.until(lambda: isinstance(eyes.app.screen, ConfirmScreen), "a question")
    return str(eyes.app.screen.query_one("#question").render())


def names(house: House) -> list[str]:
    return sorted(path.name for path in house.pictures.rglob("*.png"))


# --- the question ---------------------------------------------------------------------------------


def details(number: int, name: str, size: int = 1_000) -> FileDetails:
    return FileDetails(number, Path("/p") / name, size, 0, None)


def test_the_question_names_those_out_of_sight_first() -> None:
    files = [details(number, f"{number}.jpg", 1_500_000) for number in range(9)]
    assert trash_question(files, {7, 8}).splitlines() == [
        "Move 9 pictures to the trash?",
        "  7.jpg (not in these results)",
        "  8.jpg (not in these results)",
        "  0.jpg",
        "  1.jpg",
        "  2.jpg",
        "  and 4 more",
        "13.5 MB in all.",
    ]
    assert "7 of them are not in these results." in trash_question(files, set(range(7)))


def test_the_question_tells_links_and_best_copies(tmp_path: Path) -> None:
    (tmp_path / "link.jpg").symlink_to("a.jpg")
    text = trash_question([FileDetails(1, tmp_path / "link.jpg", 9, 0, None)], best={1})
    assert "1 link: what a link leads to stays." in text
    assert "This includes 1 picture listed as “keep”." in text
    odd = trash_question([details(1, "n" * 200 + "\n\x1b[31m.jpg")])
    assert "\x1b" not in odd
    assert len(odd.splitlines()) == 3
    assert max(map(len, odd.splitlines())) < 60


def test_the_question_says_which_names_are_hard_links(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"a" * 9)
    (tmp_path / "b.jpg").hardlink_to(tmp_path / "a.jpg")
    files = [
        FileDetails(n, tmp_path / name, 9, 0, None) for n, name in enumerate(["a.jpg", "b.jpg"])
    ]
    fact = "1 hard link: another name may be in the trash already."
    assert fact in trash_question(files[:1])
    assert "hard link" not in trash_question(files)


@pytest.mark.parametrize("trashed", ["real", "alias"])
async def test_the_question_says_that_a_file_has_two_paths(house: House, trashed: str) -> None:
    house.save("red a.png")
    alias = house.home / "alias"
    alias.symlink_to(house.pictures)
    house.index()
    folder = alias if trashed == "alias" else house.pictures
    fact = "1 picture with two paths in the library: the file goes from both."
    files = [FileDetails(1, folder / "red a.png", 9, 0, None)]
    roots = [house.pictures, alias, house.home / "absent", house.home]
    assert fact in trash_question(files, roots=roots)
    assert "two paths" not in trash_question(files, roots=[folder, house.home])
    library = Library(house.settings.data_dir, house.embedder)
    library.index(alias)
    library.catalog.close()
    async with house.app().run_test(size=(120, 40)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        await pilot.press("down", "d")
        assert fact in await question(eyes)


async def test_marks_of_an_earlier_search_are_counted_and_named(house: House) -> None:
    house.save("red cat.png", "red dog.png", "blue dog.png", "blue sea.png")
    house.index()
    async with house.app().run_test(size=(120, 40)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        await eyes.type("ext:png cat")
        await pilot.press("down")
        await eyes.until(lambda: eyes.here == "red cat.png")
        await pilot.press("space")
        await eyes.until(lambda: title(eyes) == " 1 marked   Pictures")
        eyes.query.value = "ext:png in:nowhere"
        await eyes.settled()
        marked = " 1 marked, 1 not in these results   Pictures"
        await eyes.until(lambda: title(eyes) == marked)
        eyes.results.focus()
        await pilot.press("d")
        text = await question(eyes)
        assert "Move 1 picture to the trash?\n  red cat.png (not in these results)" in text
        await pilot.press("escape", "U")
        await eyes.until(lambda: title(eyes) == "Pictures")


@pytest.mark.parametrize("size", [(120, 40), (40, 12), (30, 8), (20, 6)])
async def test_the_number_of_marks_is_seen_in_any_terminal(
    house: House, size: tuple[int, int]
) -> None:
    house.save("red a.png", "red b.png")
    house.index()
    async with house.app().run_test(size=size) as pilot:
        eyes = Eyes(pilot)
        await eyes.until(lambda: eyes.names)

        def seen() -> str:
            return "".join(strip.text for strip in eyes.app.screen._compositor.render_strips())

        await pilot.press("down", "space")
        await eyes.until(lambda: " 1 marked " in seen())
        await pilot.press("U")
        await eyes.until(lambda: "marked" not in seen())


async def test_only_what_was_asked_about_goes(house: House) -> None:
    house.save("red a.png", "red b.png", "red c.png")
    house.index()
    async with house.app().run_test(size=(120, 40)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        await pilot.press("down")
        await eyes.until(lambda: eyes.here)
        here = eyes.here
        await pilot.press("d")
        assert here in await question(eyes)
        hits = [eyes.results.hit_at(place) for place in range(3)]
        eyes.main.marks.add(hit.file.file_id for hit in hits if hit)  # as if marked meanwhile
        await pilot.press("y")
        await eyes.until(lambda: "moved to the trash" in notices(eyes))
        assert len(names(house)) == 2
        assert here not in names(house)


# --- the preview ----------------------------------------------------------------------------------


async def test_the_preview_acts_on_the_marked_and_says_so(house: House) -> None:
    house.save("red a.png", "red b.png", "red c.png")
    house.index()
    async with house.app().run_test(size=(120, 40)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        await pilot.press("down")
        await eyes.until(lambda: eyes.here)
        first = eyes.here
        await pilot.press("space")
        await eyes.until(lambda: eyes.here != first)
        second = eyes.here
        await pilot.press("enter")
        await eyes.until(lambda: isinstance(eyes.app.screen, PreviewScreen))
        await eyes.until(lambda: heading(eyes) == f" 1 marked   {second}  2/3")
        await pilot.press("d")
        assert f"Move 1 picture to the trash?\n  {first}\n" in await question(eyes)
        await pilot.press("escape", "space", "d")
        assert f"Move 2 pictures to the trash?\n  {first}\n  {second}\n" in await question(eyes)


async def test_no_picture_is_passed_over_after_one_went(house: House) -> None:
    house.save(*(f"red {number}.png" for number in range(6)))
    house.index()
    async with house.app().run_test(size=(120, 40)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        await eyes.type("sort:name")
        await pilot.press("down", "enter")
        await eyes.until(lambda: isinstance(eyes.app.screen, PreviewScreen))
        await eyes.until(lambda: heading(eyes) == "red 0.png  1/6")
        for left in (5, 4):
            await pilot.press("d")
            await question(eyes)
            await pilot.press("y")
            await eyes.until(lambda: heading(eyes) == f"red {6 - left}.png  1/{left}")  # noqa: B023
        await pilot.press("n")
        await eyes.until(lambda: heading(eyes) == "red 3.png  2/4")
        await pilot.press("n", "n")
        await eyes.until(lambda: heading(eyes) == "red 5.png  4/4")
        await pilot.press("d")
        await question(eyes)
        await pilot.press("y")
        await eyes.until(lambda: heading(eyes) == "red 4.png  3/3")
        house.save("red 00.png")
        house.index()
        eyes.main._look_again()  # as an indexing run has it
        await eyes.until(lambda: heading(eyes) == "red 4.png  4/4")
        await pilot.press("u")
        await eyes.until(lambda: heading(eyes) == "red 4.png  4/5")
        await pilot.press("escape")
        await eyes.until(lambda: eyes.here == "red 4.png")


async def test_the_preview_closes_with_the_last_picture(house: House) -> None:
    house.save("red a.png", "red b.png")
    house.index()
    async with house.app().run_test(size=(120, 40)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        await pilot.press("down", "asterisk", "enter")
        await eyes.until(lambda: isinstance(eyes.app.screen, PreviewScreen))
        await pilot.press("d")
        await question(eyes)
        await pilot.press("y")
        await eyes.until(lambda: eyes.app.screen is eyes.main)
        assert names(house) == []


# --- duplicates -----------------------------------------------------------------------------------


async def find_duplicates(eyes: Eyes) -> DuplicatesScreen:
    await eyes.pilot.press("down", "D")
    await eyes.until(lambda: isinstance(eyes.app.screen, DuplicatesScreen))
    screen = eyes.app.screen
    assert isinstance(screen, DuplicatesScreen)
    await eyes.until(lambda: not screen._searching, "the end of the search")
    return screen


def copies(house: House) -> None:
    save_picture(house.pictures / "a.png", "red")
    for name in ("b.png", "c.png"):
        shutil.copy2(house.pictures / "a.png", house.pictures / name)
    house.index()


def status(screen: DuplicatesScreen) -> str:
    return str(screen.query_one("#duplicates-status", Static).content)


async def test_duplicates_come_back_with_an_undo(house: House) -> None:
    copies(house)
    async with house.app().run_test(size=(120, 40)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        screen = await find_duplicates(eyes)
        assert "2 files could go" in status(screen)
        await pilot.press("asterisk")
        assert status(screen).startswith(" 2 marked ")
        await pilot.press("d")
        assert "Move 2 pictures to the trash?\n  b.png\n  c.png\n" in await question(eyes)
        await pilot.press("y")
        await eyes.until(lambda: "nothing is there twice" in status(screen))
        assert names(house) == ["a.png"]
        await pilot.press("u")
        await eyes.until(lambda: "2 files could go" in status(screen))
        assert names(house) == ["a.png", "b.png", "c.png"]


@pytest.mark.parametrize("moment", ["before the question", "before the answer"])
async def test_the_last_copy_is_never_moved(house: House, moment: str) -> None:
    copies(house)
    best = house.pictures / "a.png"
    async with house.app().run_test(size=(120, 40)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        screen = await find_duplicates(eyes)
        await pilot.press("asterisk")
        if moment == "before the question":
            best.unlink()
            await pilot.press("d")
        else:
            await pilot.press("d")
            await question(eyes)
            best.unlink()
            await pilot.press("y")
        await eyes.until(lambda: "The copy to keep, a.png, is gone" in notices(eyes))
        assert names(house) == ["b.png", "c.png"]
        await eyes.until(lambda: "1 file could go" in status(screen))  # looked at anew


async def test_a_copy_comes_back_where_the_best_one_goes_with_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies(house)

    def put(path: Path) -> TrashedFile | None:  # as where one file is mounted under two names
        trashed = put_into_trash(path)
        (house.pictures / "a.png").unlink(missing_ok=True)
        return trashed

    monkeypatch.setattr("tui.storage.trash.put_into_trash", put)
    async with house.app().run_test(size=(120, 40)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        await find_duplicates(eyes)
        await pilot.press("asterisk", "d")
        await question(eyes)
        await pilot.press("y")
        await eyes.until(lambda: "Not done: b.png: the copy to keep, a.png, is" in notices(eyes))
        assert names(house) == ["b.png", "c.png"]


async def test_all_copies_marked_by_hand_are_refused(house: House) -> None:
    copies(house)
    async with house.app().run_test(size=(120, 40)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        await find_duplicates(eyes)
        await pilot.press("space", "space", "space", "d")
        await eyes.until(lambda: "unmark the one to keep" in notices(eyes))
        assert len(names(house)) == 3


async def test_hard_links_are_not_marked_with_the_rest(house: House) -> None:
    save_picture(house.pictures / "a.png", "red")
    os.link(house.pictures / "a.png", house.pictures / "b.png")
    house.index()
    async with house.app().run_test(size=(120, 40)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        screen = await find_duplicates(eyes)
        assert "0 files could go, 0 B" in status(screen)
        await pilot.press("asterisk")
        assert len(screen.marks) == 0


# --- what is reported -----------------------------------------------------------------------------


async def test_what_went_can_be_put_back_although_the_library_can_t_be_told(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.save("red a.png", "red b.png")
    house.index()

    def full(*_: object) -> bool:
        raise CatalogError("The disk is full.")

    monkeypatch.setattr("tui.library.quick_updates.remove_files", full)
    monkeypatch.setattr("tui.library.quick_updates.restore_files", full)
    async with house.app().run_test(size=(120, 40)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        await pilot.press("down", "asterisk", "d")
        await question(eyes)
        await pilot.press("y")
        await eyes.until(lambda: "2 pictures moved to the trash. Press u to undo." in notices(eyes))
        assert names(house) == []
        await pilot.press("u")
        await eyes.until(lambda: "2 pictures put back." in notices(eyes))
        assert names(house) == ["red a.png", "red b.png"]


async def test_an_undo_that_failed_can_be_tried_again(house: House) -> None:
    house.save("red a.png", "red b.png")
    house.index()
    async with house.app().run_test(size=(120, 40)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        await pilot.press("down", "asterisk", "d")
        await question(eyes)
        await pilot.press("y")
        await eyes.until(lambda: "moved to the trash" in notices(eyes))
        new = house.pictures / "red a.png"
        new.write_text("new")
        await pilot.press("u")
        await eyes.until(lambda: "1 picture put back. Not done: red a.png" in notices(eyes))
        assert new.read_text() == "new"
        new.unlink()
        await pilot.press("u")
        await eyes.until(lambda: len(names(house)) == 2)


ODD = "red \x1b[31m\nred a.png"


async def test_odd_names_are_neither_pasted_nor_split(house: House) -> None:
    house.save("red a.png", ODD)
    house.index()
    async with house.app().run_test(size=(120, 40)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        await pilot.press("down", "asterisk", "y")
        await eyes.until(lambda: "not safe to paste" in notices(eyes))
        assert not eyes.app.clipboard
        await pilot.press("w")
        await eyes.until(lambda: isinstance(eyes.app.screen, AskPathScreen))
        await pilot.press("enter")
        await eyes.until(lambda: "each ended by a zero byte" in notices(eyes))
        listed = (house.home / "photoseek.txt").read_bytes().split(b"\0")
        assert sorted(map(os.fsdecode, listed)) == sorted(
            ["", str(house.pictures / "red a.png"), str(house.pictures / ODD)]
        )


async def test_the_rule_is_in_the_help_and_the_readme(house: House) -> None:
    readme = Path(__file__).parents[3] / "README.md"
    assert MARKS_RULE in " ".join(readme.read_text(encoding="utf-8").split())
    async with house.app().run_test(size=(120, 40)) as pilot:
        await pilot.press("f1")
        await pilot.pause()
        said = [str(static.content) for static in pilot.app.screen.query(Static)]
        assert MARKS_RULE in said
