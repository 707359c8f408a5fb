"""The folder tree."""

from __future__ import annotations

import os
import shutil

import pytest

from tests.support.app_harness import Eyes, House


def lines(eyes: Eyes) -> list[str]:
    return [eyes.tree.render_line(y).text.rstrip() for y in range(eyes.tree.last_line + 1)]


async def test_it_shows_folders_only_with_their_pictures_counted(full_house: House) -> None:
    app = full_house.app(full_house.pictures)
    full_house.child = "noise"
    async with app.run_test(size=(120, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        await eyes.until(lambda: lines(eyes)[-1].endswith("garden  6"))
        assert lines(eyes)[0].endswith("All pictures  24")
        assert lines(eyes)[1].endswith("..")
        assert lines(eyes)[2].endswith("~/Pictures  24")
        assert not any("png" in line for line in lines(eyes))


async def test_hidden_folders_are_out_and_names_are_in_natural_order(house: House) -> None:
    for name in ("10", "2", ".hidden", "Zoo", "apples"):
        (house.pictures / name).mkdir()
    async with house.app(house.pictures).run_test(size=(120, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.until(lambda: eyes.tree.last_line == 6)
        assert [line.split()[-1] for line in lines(eyes)[3:]] == ["2", "10", "apples", "Zoo"]


async def test_a_folder_that_can_not_be_read_is_marked_and_the_others_stay(house: House) -> None:
    for name in ("gone", "here"):
        (house.pictures / name).mkdir()
    async with house.app(house.pictures).run_test(size=(120, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.until(lambda: eyes.tree.last_line == 4)
        shutil.rmtree(house.pictures / "gone")
        await pilot.press("shift+tab", "down", "right")
        # A look at the library may come first, which takes the folder out.
        await eyes.until(lambda: "not found" in lines(eyes)[3] or eyes.tree.last_line == 3)
        assert lines(eyes)[-1].endswith("here")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
async def test_a_forbidden_folder_is_marked(house: House) -> None:
    (house.pictures / "secret").mkdir(mode=0)
    async with house.app(house.pictures).run_test(size=(120, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.until(lambda: eyes.tree.last_line == 3)
        await pilot.press("shift+tab", "down", "right")
        await eyes.until(lambda: "no access" in lines(eyes)[3])


async def test_the_roots_of_the_library_are_listed(full_house: House) -> None:
    elsewhere = full_house.home / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    full_house.child = "noise"
    async with full_house.app(elsewhere).run_test(size=(120, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.until(lambda: any("~/Pictures  24" in line for line in lines(eyes)))
        await pilot.press("shift+tab", "end", "enter")
        await eyes.until(lambda: eyes.results.window.total == 24)
        await eyes.until(lambda: lines(eyes)[-1].endswith("garden  6"))


async def test_names_that_could_do_harm_are_shown_as_text(house: House) -> None:
    os.mkdir(os.fsencode(house.pictures) + b"/bad\xff\n[bold]")  # noqa: PTH102 - bytes
    async with house.app(house.pictures).run_test(size=(120, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.until(lambda: eyes.tree.last_line == 3)
        assert lines(eyes)[3].endswith(r"bad\xff\n[bold]")


async def test_many_folders_all_come(house: House) -> None:
    for number in range(1_500):
        (house.pictures / f"{number}").mkdir()
    async with house.app(house.pictures).run_test(size=(120, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.until(lambda: eyes.tree.last_line == 1_502)
        assert lines(eyes)[-1].endswith("1499")


async def test_a_click_chooses_a_folder(full_house: House) -> None:
    async with full_house.app(full_house.pictures).run_test(size=(120, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        await eyes.until(lambda: eyes.tree.last_line == 3)
        await pilot.click(eyes.tree, offset=(8, 3))
        await eyes.until(lambda: eyes.results.window.total == 6)


async def test_new_and_removed_folders_show_and_the_rest_stays(house: House) -> None:
    for name in ("apples/red", "apples/green", "melons", "pears"):
        (house.pictures / name).mkdir(parents=True)
    async with house.app(house.pictures).run_test(size=(120, 40)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        await eyes.until(lambda: eyes.tree.last_line == 5)
        await pilot.press("shift+tab", "down", "right")
        await eyes.until(lambda: eyes.tree.last_line == 7)
        await pilot.press("down", "down", "down", "down")
        assert str(eyes.tree.cursor_node and eyes.tree.cursor_node.label) == "pears"
        (house.pictures / "bananas").mkdir()
        (house.pictures / "apples" / "yellow").mkdir()
        (house.pictures / "melons").rmdir()
        await pilot.press("ctrl+l")
        names = ["apples", "green", "red", "yellow", "bananas", "pears"]
        await eyes.until(lambda: [line.split()[-1] for line in lines(eyes)[3:]] == names)
        assert str(eyes.tree.cursor_node and eyes.tree.cursor_node.label) == "pears"
        (house.pictures / "pears").rmdir()
        await pilot.press("ctrl+l")
        await eyes.until(lambda: eyes.tree.last_line == 7)
        assert eyes.tree.cursor_node is not None
        assert str(eyes.tree.cursor_node.label) == "~/Pictures"
        eyes.main.leave()


async def test_folders_that_the_watcher_reports_show_by_themselves(house: House) -> None:
    house.child = "watch"
    house.save("red.png")
    async with house.app(house.pictures).run_test(size=(120, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.until(lambda: "watching" in eyes.text("#indexing"))
        await eyes.until(lambda: eyes.tree.last_line == 2)
        house.save("holidays/blue.png")
        await eyes.until(lambda: "holidays  1" in lines(eyes)[-1])
        shutil.rmtree(house.pictures / "holidays")
        await eyes.until(lambda: eyes.tree.last_line == 2)
        eyes.main.leave()


async def test_a_closed_folder_is_read_again_when_it_is_opened(house: House) -> None:
    (house.pictures / "apples" / "red").mkdir(parents=True)
    async with house.app(house.pictures).run_test(size=(120, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.until(lambda: eyes.tree.last_line == 3)
        await pilot.press("shift+tab", "down", "right")
        await eyes.until(lambda: eyes.tree.last_line == 4)
        await pilot.press("left")
        await eyes.until(lambda: eyes.tree.last_line == 3)
        (house.pictures / "apples" / "green").mkdir()
        await pilot.press("right")
        await eyes.until(lambda: eyes.tree.last_line == 5)
        eyes.main.leave()


async def test_a_root_that_went_away_and_came_back_says_so(house: House) -> None:
    (house.pictures / "apples").mkdir()
    async with house.app(house.pictures).run_test(size=(120, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.until(lambda: eyes.tree.last_line == 3)
        house.pictures.rename(house.home / "moved")
        await pilot.press("ctrl+l")
        await eyes.until(lambda: "~/Pictures  not found" in lines(eyes)[-1])
        (house.home / "moved").rename(house.pictures)
        await pilot.press("ctrl+l")
        await eyes.until(lambda: lines(eyes)[-1].endswith("apples"))
        assert "not found" not in lines(eyes)[2]
        eyes.main.leave()
