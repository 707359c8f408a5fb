"""The folder tree."""

from __future__ import annotations

import os
import shutil

import pytest

from tests.support.app_harness import AppHarness, AppView
from tui.app.model.app_state import load
from tui.core.settings import MEMORY


def lines(view: AppView) -> list[str]:
    return [view.tree.render_line(y).text.rstrip() for y in range(view.tree.last_line + 1)]


async def test_the_tree_shows_only_folders_with_their_picture_counts(
    indexed_harness: AppHarness,
) -> None:
    app = indexed_harness.app(indexed_harness.pictures)
    indexed_harness.indexer_mode = "noise"
    async with app.run_test(size=(120, 30)) as pilot:
        view = AppView(pilot)
        await view.ready()
        await view.until(lambda: lines(view)[-1].endswith("garden  6"))
        assert lines(view)[0].endswith("All pictures  24")
        assert lines(view)[1].endswith("..")
        assert lines(view)[2].endswith("~/Pictures  24")
        assert not any("png" in line for line in lines(view))


async def test_hidden_folders_are_skipped_and_names_are_in_natural_order(
    harness: AppHarness,
) -> None:
    for name in ("10", "2", ".hidden", "Zoo", "apples"):
        (harness.pictures / name).mkdir()
    async with harness.app(harness.pictures).run_test(size=(120, 30)) as pilot:
        view = AppView(pilot)
        await view.until(lambda: view.tree.last_line == 6)
        assert [line.split()[-1] for line in lines(view)[3:]] == ["2", "10", "apples", "Zoo"]


async def test_an_unreadable_folder_is_marked_and_the_others_stay(
    harness: AppHarness,
) -> None:
    for name in ("gone", "here"):
        (harness.pictures / name).mkdir()
    async with harness.app(harness.pictures).run_test(size=(120, 30)) as pilot:
        view = AppView(pilot)
        await view.until(lambda: view.tree.last_line == 4)
        shutil.rmtree(harness.pictures / "gone")
        await pilot.press("shift+tab", "down", "right")
        # A check of the library may come first, which removes the folder.
        await view.until(lambda: "not found" in lines(view)[3] or view.tree.last_line == 3)
        assert lines(view)[-1].endswith("here")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
async def test_a_forbidden_folder_is_marked(harness: AppHarness) -> None:
    (harness.pictures / "secret").mkdir(mode=0)
    async with harness.app(harness.pictures).run_test(size=(120, 30)) as pilot:
        view = AppView(pilot)
        await view.until(lambda: view.tree.last_line == 3)
        await pilot.press("shift+tab", "down", "right")
        await view.until(lambda: "no access" in lines(view)[3])


async def test_the_roots_of_the_library_are_listed(indexed_harness: AppHarness) -> None:
    elsewhere = indexed_harness.home / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    indexed_harness.indexer_mode = "noise"
    async with indexed_harness.app(elsewhere).run_test(size=(120, 30)) as pilot:
        view = AppView(pilot)
        await view.until(lambda: any("~/Pictures  24" in line for line in lines(view)))
        await pilot.press("shift+tab", "end", "enter")
        await view.until(lambda: view.results.window.total == 24)
        await view.until(lambda: lines(view)[-1].endswith("garden  6"))


async def test_hostile_names_are_shown_as_text(harness: AppHarness) -> None:
    os.mkdir(os.fsencode(harness.pictures) + b"/bad\xff\n[bold]")  # noqa: PTH102 - bytes
    async with harness.app(harness.pictures).run_test(size=(120, 30)) as pilot:
        view = AppView(pilot)
        await view.until(lambda: view.tree.last_line == 3)
        assert lines(view)[3].endswith(r"bad\xff\n[bold]")


async def test_the_tree_lists_all_of_many_folders(harness: AppHarness) -> None:
    for number in range(1_500):
        (harness.pictures / f"{number}").mkdir()
    async with harness.app(harness.pictures).run_test(size=(120, 30)) as pilot:
        view = AppView(pilot)
        await view.until(lambda: view.tree.last_line == 1_502)
        assert lines(view)[-1].endswith("1499")


async def test_a_click_selects_a_folder(indexed_harness: AppHarness) -> None:
    async with indexed_harness.running(indexed_harness.pictures, size=(120, 30)) as view:
        await view.until(lambda: view.tree.last_line == 3)
        await view.pilot.click(view.tree, offset=(8, 3))
        await view.until(lambda: view.results.window.total == 6)


async def test_new_and_removed_folders_are_updated_and_the_others_stay(harness: AppHarness) -> None:
    for name in ("apples/red", "apples/green", "melons", "pears"):
        (harness.pictures / name).mkdir(parents=True)
    async with harness.running(harness.pictures) as view:
        await view.until(lambda: view.tree.last_line == 5)
        await view.pilot.press("shift+tab", "down", "right")
        await view.until(lambda: view.tree.last_line == 7)
        await view.pilot.press("down", "down", "down", "down")
        assert str(view.tree.cursor_node and view.tree.cursor_node.label) == "pears"
        (harness.pictures / "bananas").mkdir()
        (harness.pictures / "apples" / "yellow").mkdir()
        (harness.pictures / "melons").rmdir()
        await view.pilot.press("ctrl+l")
        names = ["apples", "green", "red", "yellow", "bananas", "pears"]
        await view.until(lambda: [line.split()[-1] for line in lines(view)[3:]] == names)
        assert str(view.tree.cursor_node and view.tree.cursor_node.label) == "pears"
        (harness.pictures / "pears").rmdir()
        await view.pilot.press("ctrl+l")
        await view.until(lambda: view.tree.last_line == 7)
        assert view.tree.cursor_node is not None
        assert str(view.tree.cursor_node.label) == "~/Pictures"
        view.main.leave()


async def test_folders_that_the_watcher_reports_appear_automatically(harness: AppHarness) -> None:
    harness.indexer_mode = "watch"
    harness.save("red.png")
    async with harness.app(harness.pictures).run_test(size=(120, 30)) as pilot:
        view = AppView(pilot)
        await view.until(lambda: "watching" in view.indexing_text)
        await view.until(lambda: view.tree.last_line == 2)
        harness.save("holidays/blue.png")
        await view.until(lambda: "holidays  1" in lines(view)[-1])
        shutil.rmtree(harness.pictures / "holidays")
        await view.until(lambda: view.tree.last_line == 2)
        view.main.leave()


async def test_a_closed_folder_is_read_again_when_it_is_opened(harness: AppHarness) -> None:
    (harness.pictures / "apples" / "red").mkdir(parents=True)
    async with harness.app(harness.pictures).run_test(size=(120, 30)) as pilot:
        view = AppView(pilot)
        await view.until(lambda: view.tree.last_line == 3)
        await pilot.press("shift+tab", "down", "right")
        await view.until(lambda: view.tree.last_line == 4)
        await pilot.press("left")
        await view.until(lambda: view.tree.last_line == 3)
        (harness.pictures / "apples" / "green").mkdir()
        await pilot.press("right")
        await view.until(lambda: view.tree.last_line == 5)
        view.main.leave()


async def test_a_root_is_marked_while_it_is_missing(harness: AppHarness) -> None:
    (harness.pictures / "apples").mkdir()
    async with harness.app(harness.pictures).run_test(size=(120, 30)) as pilot:
        view = AppView(pilot)
        await view.until(lambda: view.tree.last_line == 3)
        harness.pictures.rename(harness.home / "moved")
        await pilot.press("ctrl+l")
        await view.until(lambda: "~/Pictures  not found" in lines(view)[-1])
        (harness.home / "moved").rename(harness.pictures)
        await pilot.press("ctrl+l")
        await view.until(lambda: lines(view)[-1].endswith("apples"))
        assert "not found" not in lines(view)[2]
        view.main.leave()


def pane_width(view: AppView) -> int:
    return view.main.folder_pane.outer_size.width


async def test_the_pane_is_as_wide_as_its_folders_and_at_most_a_quarter(
    harness: AppHarness,
) -> None:
    harness.add_pictures("a folder with a long name/red.png")
    async with harness.running(harness.pictures, size=(160, 30)) as view:
        await view.until(lambda: "a folder with a long name  1" in "\n".join(lines(view)))
        await view.until(lambda: pane_width(view) == view.tree.virtual_size.width + 5)
        assert 26 < pane_width(view) <= 40
        for width, expected in ((120, 30), (80, 20), (160, pane_width(view))):
            await view.pilot.resize_terminal(width, 30)
            await view.until(lambda expected=expected: pane_width(view) == expected)  # type: ignore[misc]


async def test_expanding_a_folder_moves_nothing(harness: AppHarness) -> None:
    harness.add_pictures("a/another folder with a very long name/red.png")
    async with harness.running(harness.pictures, size=(160, 30)) as view:
        await view.until(lambda: "a  1" in "\n".join(lines(view)))
        before = pane_width(view)
        await view.pilot.press("shift+tab", "down", "right")
        await view.until(lambda: "another folder" in "\n".join(lines(view)))
        await view.pilot.pause(0.1)
        assert pane_width(view) == before


async def test_width_and_visibility_are_stored(indexed_harness: AppHarness) -> None:
    async with indexed_harness.running(size=(140, 30)) as view:
        await view.pilot.press("enter", "greater_than_sign", "greater_than_sign")
        await view.until(lambda: pane_width(view) == 34)
        await view.pilot.press("t")
        await view.until(lambda: not view.tree.region.area)
        view.main.leave()
    stored = load(indexed_harness.settings.data_dir)
    assert (stored.folders_width, stored.folders_resized, stored.folders_hidden) == (34, True, True)
    async with indexed_harness.running(size=(140, 30), memory=stored) as view:
        assert not view.tree.region.area
        await view.pilot.press("enter", "t")
        await view.until(lambda: view.tree.region.area)
        assert pane_width(view) == 34
        assert view.results.has_focus
        view.main.leave()
    (indexed_harness.settings.data_dir / MEMORY).unlink()


async def test_the_folders_hide_the_pictures_of_a_narrow_window(
    indexed_harness: AppHarness,
) -> None:
    async with indexed_harness.running(size=(50, 30)) as view:
        await view.pilot.press("enter", "t")
        await view.until(lambda: view.tree.region.area)
        assert view.tree.has_focus
        assert pane_width(view) == 50
        await view.pilot.press("t")
        await view.until(lambda: not view.tree.region.area)
        await view.until(lambda: view.results.has_focus)
        assert not view.app.resources.state.now.folders_hidden
