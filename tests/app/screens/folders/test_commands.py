"""Adding, updating and removing folders in the app, with a real indexing process."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from tests.support.app_harness import AppHarness, AppView
from tui.app.screens.dialogs import ConfirmScreen
from tui.app.screens.folders.path_dialog import PathDialog

if TYPE_CHECKING:
    from pathlib import Path


def lines(view: AppView) -> list[str]:
    return [view.tree.render_line(y).text.strip() for y in range(view.tree.last_line + 1)]


def notices(view: AppView) -> str:
    return " ".join(note.message for note in view.app._notifications)


async def type_folder(view: AppView, text: str) -> None:
    await view.pilot.press("f8")
    await view.until(lambda: isinstance(view.app.screen, PathDialog))
    dialog: Any = view.app.screen
    dialog._input.replace_text(text)
    await view.pilot.press("enter")


async def question(view: AppView) -> str:
    await view.until(lambda: isinstance(view.app.screen, ConfirmScreen))
    return str(view.app.screen.query_one("#question").render())


async def ask_to_remove(view: AppView, path: Path) -> None:
    view.tree.focus()
    nodes = view.tree._folders.nodes_of(path)
    view.tree.move_cursor(nodes[0])
    await view.pilot.press("d")


def add_music(harness: AppHarness) -> Path:
    from tests.support.embedders import save_picture

    music = harness.home / "Music"
    save_picture(music / "green.png", "green", note=99)
    return music


async def test_a_folder_is_added_in_an_empty_library(harness: AppHarness) -> None:
    harness.save("red.png", "blue.png")
    async with harness.running(size=(110, 30)) as view:
        assert "Press F8 to add a folder." in view.text("#empty")
        assert lines(view) == ["All pictures"]
        await type_folder(view, "~/Pictures")
        await view.until(lambda: view.results.window.total == 2)
        assert view.main.search.session.scope == harness.pictures
        await view.until(lambda: any("~/Pictures  2" in line for line in lines(view)))


async def test_a_folder_that_is_missing_keeps_the_dialog_open(harness: AppHarness) -> None:
    async with harness.running(size=(110, 30)) as view:
        await type_folder(view, "~/Picturse")
        dialog: Any = view.app.screen
        await view.until(lambda: dialog._problem.display)
        assert "was not found" in str(dialog._problem.render())
        assert view.app.screen is dialog


async def test_the_home_folder_is_added_only_after_a_confirmation(harness: AppHarness) -> None:
    harness.save("red.png")
    async with harness.running(size=(110, 30)) as view:
        await type_folder(view, "~")
        assert "is your whole home folder." in await question(view)
        await view.pilot.press("escape")
        await view.until(lambda: view.app.screen is view.main)
        assert view.indexing.run is None
        view.main._search_in(harness.home)
        view.results.focus()
        await view.pilot.press("i")
        assert "is your whole home folder." in await question(view)
        await view.pilot.press("y")
        await view.until(lambda: view.results.window.total == 1)


async def test_a_second_name_of_a_folder_needs_a_confirmation(indexed_harness: AppHarness) -> None:
    link = indexed_harness.home / "link"
    if not link.exists():
        link.symlink_to(indexed_harness.pictures)
    async with indexed_harness.running(size=(110, 30)) as view:
        await type_folder(view, "~/link/garden")
        assert "~/link/garden is ~/Pictures/garden, which is in the library." in (
            await question(view)
        )
        await view.pilot.press("escape")
    link.unlink()


async def test_i_updates_all_folders_and_names_unavailable_ones(harness: AppHarness) -> None:
    harness.indexer_mode = "watch"
    harness.save("red.png")
    music = add_music(harness)
    async with harness.running(size=(110, 30), notifications=True) as view:
        for folder in ("~/Pictures", "~/Music"):
            await type_folder(view, folder)
            await view.until(lambda: view.indexing.run and view.indexing.run.watching)
        view.main._search_in(None)
        await view.until(lambda: view.results.window.total == 2)
        await view.pilot.press("ctrl+s")
        view.indexing.cancel()
        await view.until(lambda: view.indexing.run is None)
        harness.save("blue.png")
        music.rename(harness.home / "away")
        view.results.focus()
        await view.pilot.press("i")
        await view.until(lambda: "Skipped ~/Music: not available." in notices(view))
        await view.until(lambda: sorted(view.names) == ["blue.png", "red.png"])
        (harness.home / "away").rename(music)
        await view.until(lambda: view.results.window.total == 3)
        view.main.leave()


async def test_a_folder_is_removed_and_its_files_stay(harness: AppHarness) -> None:
    harness.indexer_mode = "watch"
    harness.save("red.png", "blue.png")
    music = add_music(harness)
    async with harness.running(size=(110, 30), notifications=True) as view:
        for folder in ("~/Music", "~/Pictures"):
            await type_folder(view, folder)
            await view.until(lambda: view.indexing.run and view.indexing.run.watching)
        await view.until(lambda: any("~/Pictures  2" in line for line in lines(view)))
        await ask_to_remove(view, harness.pictures)
        assert "2 pictures (2 embeddings) are removed; the files are not touched." in (
            await question(view)
        )
        await view.pilot.press("y")
        await view.until(lambda: view.results.window.total == 1)
        assert view.main.search.session.scope is None
        assert not any("Pictures" in line for line in lines(view)[1:])
        assert len(list(harness.pictures.iterdir())) == 2
        await view.until(lambda: view.indexing.run and view.indexing.run.watching)
        assert view.indexing.run is not None
        assert view.indexing.run.folders == (music,)
        harness.save("white.png")
        await view.pilot.pause(0.5)
        assert view.results.window.total == 1
        view.main.leave()


async def test_a_cancelled_removal_changes_nothing(harness: AppHarness) -> None:
    harness.save("red.png")
    harness.index()
    async with harness.running(size=(110, 30)) as view:
        await view.until(lambda: any("~/Pictures  1" in line for line in lines(view)))
        await ask_to_remove(view, harness.pictures)
        await question(view)
        await view.pilot.press("escape")
        await view.until(lambda: view.app.screen is view.main)
        assert view.results.window.total == 1


async def test_a_subfolder_comes_back_with_the_next_update(harness: AppHarness) -> None:
    harness.save("red.png", "garden/blue.png")
    harness.index()
    async with harness.running(size=(110, 30)) as view:
        await view.until(lambda: any("garden  1" in line for line in lines(view)))
        await ask_to_remove(view, harness.pictures / "garden")
        assert "The next update of ~/Pictures adds it again." in await question(view)
        await view.pilot.press("y")
        await view.until(lambda: view.results.window.total == 1)


async def test_a_folder_that_cannot_be_removed_is_explained(harness: AppHarness) -> None:
    harness.save("red.png")
    (harness.pictures / "plain").mkdir()
    harness.index()
    async with harness.running(size=(110, 30), notifications=True) as view:
        await view.until(lambda: any("plain" in line for line in lines(view)))
        await ask_to_remove(view, harness.pictures / "plain")
        await view.until(lambda: "plain is not in the library." in notices(view))
        harness.indexer_mode = "endless"
        view.results.focus()
        await view.pilot.press("i")
        await view.until(lambda: view.indexing.is_busy)
        await ask_to_remove(view, harness.pictures)
        await view.until(lambda: "Still indexing." in notices(view))
        view.main.leave()


async def test_a_folder_removed_by_another_program_leaves_the_tree(harness: AppHarness) -> None:
    harness.save("red.png")
    harness.index()
    async with harness.running(size=(110, 30), notifications=True) as view:
        await view.until(lambda: any("~/Pictures  1" in line for line in lines(view)))
        await ask_to_remove(view, harness.pictures)
        await question(view)
        from tui.library.folder_removal import open_removal
        from tui.library.open import open_library

        with open_removal(open_library(harness.settings), harness.pictures) as removal:
            removal.remove()
        await view.pilot.press("y")
        await view.until(lambda: "is not in the library." in notices(view))
        await view.until(lambda: lines(view) == ["All pictures"])
        shutil.rmtree(harness.pictures)
