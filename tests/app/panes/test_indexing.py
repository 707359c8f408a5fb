"""Indexing from the app: a real child process, with a model that knows colours."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.support.app_harness import Eyes, House
from tests.support.embedders import ColourEmbedder
from tui.app.workers.index_process import IndexEnded, IndexProcess
from tui.app.workers.tasks import BackgroundTasks

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_new_folder_is_indexed_at_once_and_its_pictures_appear(house: House) -> None:
    house.save(*(f"{colour} {n}.png" for n in range(4) for colour in ("red", "blue")))
    async with house.app(house.pictures).run_test(size=(110, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.until(lambda: "ing Pictures" in eyes.text("#indexing"))
        await eyes.ready()
        await eyes.type("blue")
        await eyes.until(lambda: "8 pictures indexed" in eyes.text("#indexing"))
        await eyes.until(lambda: eyes.results.window.total == 8)
        assert eyes.top.startswith("blue")
        await eyes.until(lambda: "8" in str(eyes.tree.render_line(0).text))


async def test_a_folder_that_is_known_is_brought_up_to_date(full_house: House) -> None:
    async with full_house.app(full_house.pictures).run_test(size=(110, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        await eyes.until(lambda: "nothing new, 24 unchanged" in eyes.text("#indexing"))


async def test_broken_files_are_counted(house: House) -> None:
    house.save("red.png")
    (house.pictures / "broken.jpg").write_text("no picture")
    async with house.app(house.pictures).run_test(size=(110, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.until(lambda: "1 picture indexed, 1 failed" in eyes.text("#indexing"))


async def test_the_pictures_stay_under_the_eyes_while_others_arrive(house: House) -> None:
    house.save(*(f"grey {n}.png" for n in range(30)))
    house.index()
    house.save(*(f"red {n}.png" for n in range(6)))
    async with house.app(house.pictures).run_test(size=(110, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.until(lambda: eyes.names)
        await pilot.press("down", "down", "down", "down")
        here, window = eyes.here, eyes.results.window
        line = window.cursor // window.columns - window.top
        await eyes.until(lambda: eyes.results.window.total == 36)
        await eyes.until(lambda: eyes.here)
        window = eyes.results.window
        assert eyes.here == here
        assert window.cursor // window.columns - window.top == line


async def test_search_goes_on_and_quitting_is_at_once(full_house: House) -> None:
    full_house.child = "endless"
    (full_house.home / "ended").unlink(missing_ok=True)
    app = full_house.app(full_house.pictures)
    async with app.run_test(size=(110, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        await eyes.until(lambda: "/1,000" in eyes.text("#indexing"))
        await eyes.type("red")
        assert eyes.top.startswith("red")
        started = time.monotonic()
        await pilot.press("ctrl+q")
    assert time.monotonic() - started < 5
    deadline = time.monotonic() + 10
    while not full_house.ended and time.monotonic() < deadline:
        time.sleep(0.02)
    assert full_house.ended == "left alone"


async def test_cancel_and_resume(full_house: House) -> None:
    full_house.child = "endless"
    async with full_house.app(full_house.pictures).run_test(size=(110, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.until(lambda: "/1,000" in eyes.text("#indexing"))
        assert "Ctrl+S stop" in eyes.text("#indexing")
        await pilot.press("x", "ctrl+s")
        await eyes.until(lambda: "Stopped indexing Pictures" in eyes.text("#indexing"))
        assert eyes.query.value == "x"
        assert "Ctrl+R resume" in eyes.text("#indexing")
        assert full_house.ended == "cancelled"
        full_house.child = "index"
        await pilot.press("ctrl+r")
        await eyes.until(lambda: "24 unchanged" in eyes.text("#indexing"))
        await pilot.press("ctrl+r")
        await pilot.pause(0.1)
        assert "24 unchanged" in eyes.text("#indexing")


async def test_a_child_that_refuses_says_why(full_house: House) -> None:
    full_house.child = "busy"
    async with full_house.app(full_house.pictures).run_test(size=(110, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.until(lambda: "Another run is indexing; wait for it." in eyes.text("#indexing"))
        await eyes.ready()
        assert eyes.names


async def test_a_child_that_crashes_can_be_started_again(full_house: House) -> None:
    full_house.child = "crash"
    async with full_house.app(full_house.pictures).run_test(size=(110, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.until(lambda: "unexpectedly (exit status 3)" in eyes.text("#indexing"))
        assert "Ctrl+R resume" in eyes.text("#indexing")


async def test_noise_from_the_child_is_no_harm(full_house: House) -> None:
    full_house.child = "noise"
    async with full_house.app(full_house.pictures).run_test(size=(110, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.until(lambda: "2 pictures indexed" in eyes.text("#indexing"))


async def test_a_chosen_folder_is_offered_and_indexed_by_a_key(house: House) -> None:
    house.save("red.png", "garden/blue.png", "garden/green.png")
    async with house.app().run_test(size=(110, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        assert "The library is empty." in eyes.text("#empty")
        eyes.tree.rebase(house.pictures)
        await eyes.until(lambda: eyes.tree.last_line == 3)
        await pilot.press("shift+tab")
        await eyes.until(lambda: eyes.tree.has_focus)
        await pilot.press("down", "enter")
        await eyes.until(lambda: "No picture of garden is indexed." in eyes.text("#empty"))
        assert "Press i" in eyes.text("#empty")
        await pilot.press("i")
        await eyes.until(lambda: "2 pictures indexed" in eyes.text("#indexing"))
        await eyes.until(lambda: sorted(eyes.names) == ["blue.png", "green.png"])


async def test_nothing_to_index_without_a_folder(full_house: House) -> None:
    async with full_house.app().run_test(size=(110, 30), notifications=True) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        await pilot.press("down", "i")
        await eyes.until(lambda: eyes.app._notifications)
        [notice] = eyes.app._notifications
        assert "Choose a folder first" in notice.message
        assert not eyes.indexing.display


async def test_an_empty_folder_says_so(house: House) -> None:
    async with house.app(house.pictures).run_test(size=(110, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.until(lambda: "nothing new" in eyes.text("#indexing"))
        await eyes.until(lambda: eyes.text("#empty") == "No pictures found in ~/Pictures.")
        eyes.main._search_in(house.home)
        await eyes.until(lambda: "No picture of home is indexed." in eyes.text("#empty"))
        house.save("red.png")
        await pilot.press("down")
        eyes.main._search_in(house.pictures)
        await pilot.press("i")
        await eyes.until(lambda: eyes.names == ["red.png"])


async def test_changes_show_by_themselves_until_x(house: House) -> None:
    house.child = "watch"
    house.save("blue.png", "red.png")
    house.index()
    async with house.app(house.pictures).run_test(size=(110, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.until(lambda: "2 unchanged" in eyes.text("#indexing"))
        assert "watching" in eyes.text("#indexing")
        await eyes.ready()
        assert not eyes.indexing.is_busy
        await eyes.type("red")
        house.save("red brand new.png")
        await eyes.until(lambda: "1 picture indexed" in eyes.text("#indexing"))
        await eyes.until(lambda: eyes.results.window.total == 3)
        (house.pictures / "red brand new.png").unlink()
        await eyes.until(lambda: eyes.results.window.total == 2)
        await pilot.press("ctrl+s")
        await eyes.until(lambda: "Stopped watching Pictures" in eyes.text("#indexing"))
        assert house.ended == "cancelled"
        house.save("red unseen.png")
        await pilot.pause(0.3)
        assert eyes.results.window.total == 2
        await pilot.press("ctrl+r")
        await eyes.until(lambda: eyes.results.window.total == 3)


async def test_one_child_follows_all_folders(house: House) -> None:
    house.child = "watch"
    house.save("red.png", "garden/blue.png")
    async with house.app(house.pictures / "garden").run_test(size=(110, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.until(lambda: "watching" in eyes.text("#indexing"))
        first = eyes.indexing._control.run
        eyes.main._search_in(house.pictures)
        await pilot.press("down", "i")
        await eyes.until(lambda: "Indexed Pictures" in eyes.text("#indexing"))
        await eyes.until(lambda: "watching" in eyes.text("#indexing"))
        run = eyes.indexing._control.run
        assert run is not None
        assert run is not first
        assert run.folders == (house.pictures, house.pictures / "garden")
        house.save("garden/green.png")
        await eyes.until(lambda: eyes.results.window.total == 3)


async def test_a_notice_of_the_child_is_shown(full_house: House) -> None:
    full_house.child = "limited"
    async with full_house.app(full_house.pictures).run_test(
        size=(110, 30), notifications=True
    ) as pilot:
        eyes = Eyes(pilot)
        await eyes.until(lambda: eyes.app._notifications)
        assert any("Too many folders." in notice.message for notice in eyes.app._notifications)


async def test_watching_takes_no_line_of_a_low_terminal(full_house: House) -> None:
    full_house.child = "watch"
    async with full_house.app(full_house.pictures).run_test(size=(60, 12)) as pilot:
        eyes = Eyes(pilot)
        await eyes.until(lambda: eyes.indexing._control.run and eyes.indexing._control.run.watching)
        eyes.indexing._show_watching(full_house.pictures)
        await eyes.until(lambda: not eyes.indexing.display)


async def test_a_library_of_somebody_else_is_shown_and_not_indexed(house: House) -> None:
    sentence = "You can search this library but not change it: ask its owner."
    house.save("red.png", "blue.png")
    house.index()
    services = replace(house.services(), why_not_index=lambda _: sentence)
    app = house.app(house.pictures, services=services)
    async with app.run_test(size=(110, 30), notifications=True) as pilot:
        eyes = Eyes(pilot)
        await eyes.until(lambda: f"Not indexed: Pictures  {sentence}" in eyes.text("#indexing"))
        assert [notice.message for notice in eyes.app._notifications] == [sentence]
        assert not eyes.indexing.can_resume
        assert not house.ended
        await eyes.ready()
        await eyes.type("blue")
        assert eyes.top.startswith("blue")


async def test_who_may_not_index_stays_with_the_model_that_can_answer(full_house: House) -> None:
    services = replace(full_house.services(), why_not_index=lambda _: "It is not yours.")
    async with full_house.app(services=services).run_test(size=(110, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        full_house.embedder = ColourEmbedder("colours-2")
        eyes.main.choose("colours-2")
        await eyes.until(lambda: "It is not yours." in eyes.text("#indexing"))
        await eyes.until(lambda: eyes.main._next is None)
        assert "reading all pictures" not in eyes.text("#status")
        assert eyes.main._present == "colours-1"


async def test_the_line_fits_every_width(full_house: House) -> None:
    full_house.child = "endless"
    async with full_house.app(full_house.pictures).run_test(size=(60, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.until(lambda: "/1,000" in eyes.text("#indexing"))
        for width in (200, 60, 110):
            await pilot.resize_terminal(width, 30)
            await eyes.until(
                lambda width=width: len(eyes.text("#indexing")) == width - 4,  # type: ignore[misc]
                f"a line for {width} columns",
            )
            assert eyes.text("#indexing").endswith("stop")
            assert ("╌" in eyes.text("#indexing")) == (width >= 80)


async def test_the_last_word_of_an_earlier_run_does_not_end_the_next(full_house: House) -> None:
    full_house.child = "endless"
    async with full_house.app(full_house.pictures).run_test(size=(110, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.until(lambda: "/1,000" in eyes.text("#indexing"))
        first = eyes.indexing._control.run
        assert first is not None
        last_word = first._last_word(None)
        eyes.indexing.begin(full_house.pictures)
        eyes.indexing.post_message(last_word)
        await eyes.until(lambda: "/1,000" in eyes.text("#indexing"))
        second = eyes.indexing._control.run
        assert second is not None
        assert second is not first
        assert eyes.indexing.is_busy
        await pilot.press("ctrl+s")
        await eyes.until(lambda: "Stopped indexing" in eyes.text("#indexing"))
        assert not eyes.indexing.is_busy


@pytest.mark.parametrize("outcome", ["refused", "not started"])
def test_a_run_that_was_left_says_nothing_of_a_start_that_failed(
    tmp_path: Path, outcome: str
) -> None:
    refused = "It is not yours." if outcome == "refused" else None
    command = [str(tmp_path / "no such program")]
    run = IndexProcess(
        [tmp_path], command, {}, BackgroundTasks(print), why_not=lambda: refused, number=3
    )
    [said] = run._watch()
    assert isinstance(said, IndexEnded)
    assert said.run == 3
    left = IndexProcess(
        [tmp_path], command, {}, BackgroundTasks(print), why_not=lambda: refused, number=4
    )
    left.leave()
    assert not [*left._watch()]
