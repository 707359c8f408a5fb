"""Actions on selected pictures everywhere, the confirmation for the trash, and undo."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
from textual.content import Content
from textual.widgets import Static

from tests.support.app_harness import AppHarness, AppView
from tests.support.embedders import save_picture
from tests.support.libraries.indexed_library import IndexedLibrary
from tui.app.model.marks import MARKS_RULE
from tui.app.screens.dialogs import ConfirmScreen
from tui.app.screens.duplicates.screen import DuplicatesScreen
from tui.app.screens.files.trash_question import trash_question
from tui.app.screens.folders.path_dialog import PathDialog
from tui.app.screens.preview.screen import PreviewScreen
from tui.core.domain import FileDetails
from tui.core.errors import CatalogError
from tui.storage.trash import TrashedFile, put_into_trash

pytestmark = pytest.mark.skipif(
    sys.platform in ("win32", "darwin"), reason="freedesktop.org's trash"
)


@pytest.fixture(autouse=True)
def _own_trash(harness: AppHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(harness.home / "share"))


def notices(view: AppView) -> str:
    return " ".join(note.message for note in view.app._notifications)


def heading(view: AppView) -> str:
    return str(view.app.screen.query_one("#preview-name", Static).content)


def title(view: AppView) -> str:
    return Content.from_markup(view.main.results_pane._frame.border_title or "").plain


async def open_preview(view: AppView) -> None:
    await view.pilot.press("enter")
    await view.until(lambda: isinstance(view.app.screen, PreviewScreen))


async def trash(view: AppView) -> None:
    """Press the key that moves pictures to the trash, and confirm."""
    await view.pilot.press("d")
    await question(view)
    await view.pilot.press("y")


async def question(view: AppView) -> str:
    await view.until(lambda: isinstance(view.app.screen, ConfirmScreen), "a question")
    return str(view.app.screen.query_one("#question").render())


def names(harness: AppHarness) -> list[str]:
    return sorted(path.name for path in harness.pictures.rglob("*.png"))


# --- the question ---------------------------------------------------------------------------------


def details(number: int, name: str, size: int = 1_000) -> FileDetails:
    return FileDetails(number, Path("/p") / name, size, 0, None)


def test_the_question_names_unlisted_pictures_first() -> None:
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


def test_the_question_names_links_and_best_copies(tmp_path: Path) -> None:
    (tmp_path / "link.jpg").symlink_to("a.jpg")
    text = trash_question([FileDetails(1, tmp_path / "link.jpg", 9, 0, None)], best={1})
    assert "1 link: the linked file stays." in text
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
async def test_the_question_says_that_a_file_has_two_paths(
    harness: AppHarness, trashed: str
) -> None:
    harness.save("red a.png")
    alias = harness.home / "alias"
    alias.symlink_to(harness.pictures)
    harness.index()
    folder = alias if trashed == "alias" else harness.pictures
    fact = "1 picture with two paths in the library: both are removed."
    files = [FileDetails(1, folder / "red a.png", 9, 0, None)]
    roots = [harness.pictures, alias, harness.home / "absent", harness.home]
    assert fact in trash_question(files, roots=roots)
    assert "two paths" not in trash_question(files, roots=[folder, harness.home])
    library = IndexedLibrary(harness.settings.data_dir, harness.embedder)
    library.index(alias)
    library.catalog.close()
    async with harness.running() as view:
        await view.pilot.press("down", "d")
        assert fact in await question(view)


async def test_marks_of_an_earlier_search_are_counted_and_named(harness: AppHarness) -> None:
    harness.add_pictures("red cat.png", "red dog.png", "blue dog.png", "blue sea.png")
    async with harness.running() as view:
        await view.type("ext:png cat")
        await view.pilot.press("down")
        await view.until(lambda: view.current_name == "red cat.png")
        await view.pilot.press("space")
        await view.until(lambda: title(view) == " 1 marked   Pictures")
        view.query.value = "ext:png in:nowhere"
        await view.settled()
        marked = " 1 marked, 1 not in these results   Pictures"
        await view.until(lambda: title(view) == marked)
        view.results.focus()
        await view.pilot.press("d")
        text = await question(view)
        assert "Move 1 picture to the trash?\n  red cat.png (not in these results)" in text
        await view.pilot.press("escape", "U")
        await view.until(lambda: title(view) == "Pictures")


@pytest.mark.parametrize("size", [(120, 40), (40, 12), (30, 8), (20, 6)])
async def test_the_number_of_marks_is_visible_in_any_terminal(
    harness: AppHarness, size: tuple[int, int]
) -> None:
    harness.add_pictures("red a.png", "red b.png")
    async with harness.app().run_test(size=size) as pilot:
        view = AppView(pilot)
        await view.until(lambda: view.names)

        def seen() -> str:
            return "".join(strip.text for strip in view.app.screen._compositor.render_strips())

        await pilot.press("down", "space")
        await view.until(lambda: " 1 marked " in seen())
        await pilot.press("U")
        await view.until(lambda: "marked" not in seen())


async def test_only_the_confirmed_pictures_are_trashed(harness: AppHarness) -> None:
    harness.add_pictures("red a.png", "red b.png", "red c.png")
    async with harness.running() as view:
        await view.pilot.press("down")
        await view.until(lambda: view.current_name)
        name = view.current_name
        await view.pilot.press("d")
        assert name in await question(view)
        hits = [view.results.hit_at(index) for index in range(3)]
        # The marks change while the question is open.
        view.main.results_pane.marks.add(hit.file.file_id for hit in hits if hit)
        await view.pilot.press("y")
        await view.until(lambda: "moved to the trash" in notices(view))
        assert len(names(harness)) == 2
        assert name not in names(harness)


# --- the preview ----------------------------------------------------------------------------------


async def test_the_preview_acts_on_marked_pictures_and_shows_their_number(
    harness: AppHarness,
) -> None:
    harness.add_pictures("red a.png", "red b.png", "red c.png")
    async with harness.running() as view:
        await view.pilot.press("down")
        await view.until(lambda: view.current_name)
        first = view.current_name
        await view.pilot.press("space")
        await view.until(lambda: view.current_name != first)
        second = view.current_name
        await open_preview(view)
        await view.until(lambda: heading(view) == f" 1 marked   {second}  2/3")
        await view.pilot.press("d")
        assert f"Move 1 picture to the trash?\n  {first}\n" in await question(view)
        await view.pilot.press("escape", "space", "d")
        assert f"Move 2 pictures to the trash?\n  {first}\n  {second}\n" in await question(view)


async def test_the_cursor_moves_to_the_next_picture_after_a_removal(harness: AppHarness) -> None:
    harness.add_pictures(*(f"red {number}.png" for number in range(6)))
    async with harness.running() as view:
        await view.type("sort:name")
        await view.pilot.press("down")
        await open_preview(view)
        await view.until(lambda: heading(view) == "red 0.png  1/6")
        for remaining in (5, 4):
            await trash(view)
            await view.until(lambda: heading(view) == f"red {6 - remaining}.png  1/{remaining}")  # noqa: B023
        await view.pilot.press("n")
        await view.until(lambda: heading(view) == "red 3.png  2/4")
        await view.pilot.press("n", "n")
        await view.until(lambda: heading(view) == "red 5.png  4/4")
        await trash(view)
        await view.until(lambda: heading(view) == "red 4.png  3/3")
        harness.add_pictures("red 00.png")
        view.library.search_again()  # as an indexing run has it
        await view.until(lambda: heading(view) == "red 4.png  4/4")
        await view.pilot.press("u")
        await view.until(lambda: heading(view) == "red 4.png  4/5")
        await view.pilot.press("escape")
        await view.until(lambda: view.current_name == "red 4.png")


async def test_the_preview_closes_with_the_last_picture(harness: AppHarness) -> None:
    harness.add_pictures("red a.png", "red b.png")
    async with harness.running() as view:
        await view.pilot.press("down", "asterisk")
        await open_preview(view)
        await trash(view)
        await view.until(lambda: view.app.screen is view.main)
        assert names(harness) == []


# --- duplicates -----------------------------------------------------------------------------------


async def find_duplicates(view: AppView) -> DuplicatesScreen:
    await view.pilot.press("down", "D")
    await view.until(lambda: isinstance(view.app.screen, DuplicatesScreen))
    screen = view.app.screen
    assert isinstance(screen, DuplicatesScreen)
    await view.until(lambda: not screen._searching, "the end of the search")
    return screen


def copies(harness: AppHarness) -> None:
    save_picture(harness.pictures / "a.png", "red")
    for name in ("b.png", "c.png"):
        shutil.copy2(harness.pictures / "a.png", harness.pictures / name)
    harness.index()


def status(screen: DuplicatesScreen) -> str:
    return str(screen.query_one("#duplicates-status", Static).content)


async def test_an_undo_restores_duplicates(harness: AppHarness) -> None:
    copies(harness)
    async with harness.running() as view:
        screen = await find_duplicates(view)
        assert "2 duplicates, " in status(screen)
        await view.pilot.press("asterisk")
        assert status(screen).startswith(" 2 marked ")
        await view.pilot.press("d")
        assert "Move 2 pictures to the trash?\n  b.png\n  c.png\n" in await question(view)
        await view.pilot.press("y")
        await view.until(lambda: "no duplicates" in status(screen))
        assert names(harness) == ["a.png"]
        await view.pilot.press("u")
        await view.until(lambda: "2 duplicates, " in status(screen))
        assert names(harness) == ["a.png", "b.png", "c.png"]


@pytest.mark.parametrize("moment", ["before the question", "before the answer"])
async def test_the_last_copy_is_never_moved(harness: AppHarness, moment: str) -> None:
    copies(harness)
    best = harness.pictures / "a.png"
    async with harness.running() as view:
        screen = await find_duplicates(view)
        await view.pilot.press("asterisk")
        if moment == "before the question":
            best.unlink()
            await view.pilot.press("d")
        else:
            await view.pilot.press("d")
            await question(view)
            best.unlink()
            await view.pilot.press("y")
        await view.until(lambda: "The copy to keep, a.png, is missing" in notices(view))
        assert names(harness) == ["b.png", "c.png"]
        await view.until(lambda: "1 duplicate, " in status(screen))  # checked again


async def test_a_copy_is_restored_if_the_best_one_vanishes_with_it(
    harness: AppHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies(harness)

    def put(path: Path) -> TrashedFile | None:  # as if one file is mounted under two names
        trashed = put_into_trash(path)
        (harness.pictures / "a.png").unlink(missing_ok=True)
        return trashed

    monkeypatch.setattr("tui.storage.trash.put_into_trash", put)
    async with harness.running() as view:
        await find_duplicates(view)
        await view.pilot.press("asterisk")
        await trash(view)
        await view.until(lambda: "Not done: b.png: the copy to keep, a.png, is" in notices(view))
        assert names(harness) == ["b.png", "c.png"]


async def test_marking_all_copies_is_rejected(harness: AppHarness) -> None:
    copies(harness)
    async with harness.running() as view:
        await find_duplicates(view)
        await view.pilot.press("space", "space", "space", "d")
        await view.until(lambda: "unmark the one to keep" in notices(view))
        assert len(names(harness)) == 3


async def test_hard_links_are_not_marked_with_the_copies(harness: AppHarness) -> None:
    save_picture(harness.pictures / "a.png", "red")
    os.link(harness.pictures / "a.png", harness.pictures / "b.png")
    harness.index()
    async with harness.running() as view:
        screen = await find_duplicates(view)
        assert "0 duplicates, 0 B to free" in status(screen)
        await view.pilot.press("asterisk")
        assert len(screen.marks) == 0


# --- what is reported -----------------------------------------------------------------------------


async def test_trashed_files_can_be_restored_while_the_library_is_unavailable(
    harness: AppHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness.add_pictures("red a.png", "red b.png")

    def full(*_: object) -> bool:
        raise CatalogError("The disk is full.")

    monkeypatch.setattr("tui.library.quick_updates.remove_files", full)
    monkeypatch.setattr("tui.library.quick_updates.restore_files", full)
    async with harness.running() as view:
        await view.pilot.press("down", "asterisk")
        await trash(view)
        await view.until(lambda: "2 pictures moved to the trash. Press u to undo." in notices(view))
        assert names(harness) == []
        await view.pilot.press("u")
        await view.until(lambda: "2 pictures restored." in notices(view))
        assert names(harness) == ["red a.png", "red b.png"]


async def test_a_failed_undo_can_be_repeated(harness: AppHarness) -> None:
    harness.add_pictures("red a.png", "red b.png")
    async with harness.running() as view:
        await view.pilot.press("down", "asterisk")
        await trash(view)
        await view.until(lambda: "moved to the trash" in notices(view))
        new = harness.pictures / "red a.png"
        new.write_text("new")
        await view.pilot.press("u")
        await view.until(lambda: "1 picture restored. Not done: red a.png" in notices(view))
        assert new.read_text() == "new"
        new.unlink()
        await view.pilot.press("u")
        await view.until(lambda: len(names(harness)) == 2)


ODD = "red \x1b[31m\nred a.png"


async def test_odd_names_are_neither_pasted_nor_split(harness: AppHarness) -> None:
    harness.add_pictures("red a.png", ODD)
    async with harness.running() as view:
        await view.pilot.press("down", "asterisk", "y")
        await view.until(lambda: "not safe to paste" in notices(view))
        assert not view.app.clipboard
        await view.pilot.press("w")
        await view.until(lambda: isinstance(view.app.screen, PathDialog))
        await view.pilot.press("enter")
        await view.until(lambda: "each ended by a zero byte" in notices(view))
        listed = (harness.home / "photoseek.txt").read_bytes().split(b"\0")
        assert sorted(map(os.fsdecode, listed)) == sorted(
            ["", str(harness.pictures / "red a.png"), str(harness.pictures / ODD)]
        )


async def test_the_rule_is_in_the_help_and_the_manual(harness: AppHarness) -> None:
    page = Path(__file__).parents[3] / "tui" / "help" / "keys.md"
    assert MARKS_RULE in page.read_text(encoding="utf-8")
    async with harness.app().run_test(size=(120, 40)) as pilot:
        await pilot.press("f1", "tab")
        await pilot.pause()
        texts = [str(static.content) for static in pilot.app.screen.query(Static)]
        assert MARKS_RULE in " ".join(" ".join(texts).split())
