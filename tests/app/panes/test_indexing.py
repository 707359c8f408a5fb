"""Indexing from the app: a real child process, with a model that knows colours."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.support.app_harness import AppHarness, AppView
from tests.support.embedders import ColourEmbedder
from tui.app.model.indexing_status import watching_status
from tui.app.workers.index_process import IndexEnded, IndexProcess, IndexReported
from tui.app.workers.tasks import BackgroundTasks

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_new_folder_is_indexed_at_once_and_its_pictures_appear(harness: AppHarness) -> None:
    harness.save(*(f"{colour} {n}.png" for n in range(4) for colour in ("red", "blue")))
    async with harness.app(harness.pictures).run_test(size=(110, 30)) as pilot:
        view = AppView(pilot)
        await view.until(lambda: "ing Pictures" in view.indexing_text)
        await view.ready()
        await view.type("blue")
        await view.until(lambda: "8 pictures indexed" in view.indexing_text)
        await view.until(lambda: view.results.window.total == 8)
        assert view.top_name.startswith("blue")
        await view.until(lambda: "8" in str(view.tree.render_line(0).text))


async def test_an_indexed_folder_is_updated(indexed_harness: AppHarness) -> None:
    async with indexed_harness.running(indexed_harness.pictures, size=(110, 30)) as view:
        await view.until(lambda: "up to date, 24 pictures" in view.indexing_text)


async def test_broken_files_are_counted(harness: AppHarness) -> None:
    harness.save("red.png")
    (harness.pictures / "broken.jpg").write_text("no picture")
    async with harness.app(harness.pictures).run_test(size=(110, 30)) as pilot:
        view = AppView(pilot)
        await view.until(lambda: "1 picture indexed, 1 unreadable" in view.indexing_text)


async def test_visible_results_stay_in_position_while_pictures_arrive(harness: AppHarness) -> None:
    harness.save(*(f"grey {n}.png" for n in range(30)))
    harness.index()
    harness.save(*(f"red {n}.png" for n in range(6)))
    async with harness.app(harness.pictures).run_test(size=(110, 30)) as pilot:
        view = AppView(pilot)
        await view.until(lambda: view.names)
        await pilot.press("down", "down", "down", "down")
        name, window = view.current_name, view.results.window
        line = window.cursor // window.columns - window.top
        await view.until(lambda: view.results.window.total == 36)
        await view.until(lambda: view.current_name)
        window = view.results.window
        assert view.current_name == name
        assert window.cursor // window.columns - window.top == line


async def test_searching_works_and_quitting_is_immediate_while_indexing(
    indexed_harness: AppHarness,
) -> None:
    indexed_harness.indexer_mode = "endless"
    (indexed_harness.home / "ended").unlink(missing_ok=True)
    app = indexed_harness.app(indexed_harness.pictures)
    async with app.run_test(size=(110, 30)) as pilot:
        view = AppView(pilot)
        await view.ready()
        await view.until(lambda: "/1,000" in view.indexing_text)
        await view.type("red")
        assert view.top_name.startswith("red")
        started = time.monotonic()
        await pilot.press("ctrl+q")
    assert time.monotonic() - started < 5
    deadline = time.monotonic() + 10
    while not indexed_harness.indexer_outcome and time.monotonic() < deadline:
        time.sleep(0.02)
    assert indexed_harness.indexer_outcome == "left alone"


async def test_cancel_and_resume(indexed_harness: AppHarness) -> None:
    indexed_harness.indexer_mode = "endless"
    async with indexed_harness.app(indexed_harness.pictures).run_test(size=(110, 30)) as pilot:
        view = AppView(pilot)
        await view.until(lambda: "/1,000" in view.indexing_text)
        await pilot.press("x", "ctrl+s")  # in the search box
        await pilot.pause(0.1)
        assert "/1,000" in view.indexing_text
        await pilot.press("enter", "x")
        await view.until(lambda: "Stopped indexing Pictures" in view.indexing_text)
        assert view.query.value == "x"
        assert indexed_harness.indexer_outcome == "cancelled"
        indexed_harness.indexer_mode = "index"
        await pilot.press("r")
        await view.until(lambda: "24 pictures" in view.indexing_text)
        await pilot.press("r")
        await pilot.pause(0.1)
        assert "24 pictures" in view.indexing_text


async def test_the_reason_of_a_child_that_fails_is_shown(indexed_harness: AppHarness) -> None:
    indexed_harness.indexer_mode = "busy"
    async with indexed_harness.app(indexed_harness.pictures).run_test(size=(110, 30)) as pilot:
        view = AppView(pilot)
        await view.until(lambda: "Another run is indexing; wait for it." in view.indexing_text)
        await view.ready()
        assert view.names


async def test_a_child_that_crashes_can_be_restarted(indexed_harness: AppHarness) -> None:
    indexed_harness.indexer_mode = "crash"
    async with indexed_harness.app(indexed_harness.pictures).run_test(size=(110, 30)) as pilot:
        view = AppView(pilot)
        await view.until(lambda: "unexpectedly (exit status 3)" in view.indexing_text)


async def test_noise_from_the_child_is_ignored(indexed_harness: AppHarness) -> None:
    indexed_harness.indexer_mode = "noise"
    async with indexed_harness.app(indexed_harness.pictures).run_test(size=(110, 30)) as pilot:
        view = AppView(pilot)
        await view.until(lambda: "2 pictures indexed" in view.indexing_text)


async def test_a_key_indexes_the_searched_folder(harness: AppHarness) -> None:
    harness.save("red.png", "garden/blue.png", "garden/green.png")
    async with harness.running(size=(110, 30)) as view:
        assert "No pictures yet." in view.text("#empty")
        view.tree.rebase(harness.pictures)
        await view.until(lambda: view.tree.last_line == 3)
        await view.pilot.press("shift+tab")
        await view.until(lambda: view.tree.has_focus)
        await view.pilot.press("down", "enter")
        await view.until(lambda: "garden isn't indexed yet." in view.text("#empty"))
        assert "Press i" in view.text("#empty")
        await view.pilot.press("i")
        await view.until(lambda: "2 pictures indexed" in view.indexing_text)
        await view.until(lambda: sorted(view.names) == ["blue.png", "green.png"])


async def test_a_folder_without_pictures_is_reported(harness: AppHarness) -> None:
    async with harness.app(harness.pictures).run_test(size=(110, 30)) as pilot:
        view = AppView(pilot)
        await view.until(lambda: "up to date, 0 pictures" in view.indexing_text)
        await view.until(lambda: view.text("#empty") == "No pictures found in ~/Pictures.")
        view.main._search_in(harness.home)
        await view.until(lambda: "home isn't indexed yet." in view.text("#empty"))
        harness.save("red.png")
        await pilot.press("down")
        view.main._search_in(harness.pictures)
        await pilot.press("i")
        await view.until(lambda: view.names == ["red.png"])


async def test_changes_appear_automatically_until_x(harness: AppHarness) -> None:
    harness.indexer_mode = "watch"
    harness.save("blue.png", "red.png")
    harness.index()
    async with harness.app(harness.pictures).run_test(size=(110, 30)) as pilot:
        view = AppView(pilot)
        await view.until(lambda: "up to date, 2 pictures" in view.indexing_text)
        assert "watching" in view.indexing_text
        await view.ready()
        assert not view.indexing.is_busy
        await view.type("red")
        harness.save("red brand new.png")
        await view.until(lambda: "1 picture indexed" in view.indexing_text)
        await view.until(lambda: view.results.window.total == 3)
        (harness.pictures / "red brand new.png").unlink()
        await view.until(lambda: view.results.window.total == 2)
        await pilot.press("enter", "x")
        await view.until(lambda: "no longer watching for changes" in view.indexing_text)
        assert harness.indexer_outcome == "cancelled"
        harness.save("red unseen.png")
        await pilot.pause(0.3)
        assert view.results.window.total == 2
        await pilot.press("r")
        await view.until(lambda: view.results.window.total == 3)


async def test_one_child_watches_all_folders(harness: AppHarness) -> None:
    harness.indexer_mode = "watch"
    harness.save("red.png", "garden/blue.png")
    async with harness.app(harness.pictures / "garden").run_test(size=(110, 30)) as pilot:
        view = AppView(pilot)
        await view.until(lambda: "watching" in view.indexing_text)
        first = view.indexing.run
        view.main._search_in(harness.pictures)
        await pilot.press("down", "i")
        await view.until(lambda: "Indexed Pictures" in view.indexing_text)
        await view.until(lambda: "watching" in view.indexing_text)
        run = view.indexing.run
        assert run is not None
        assert run is not first
        assert run.folders == (harness.pictures, harness.pictures / "garden")
        harness.save("garden/green.png")
        await view.until(lambda: view.results.window.total == 3)


async def test_a_notice_of_the_child_is_shown(indexed_harness: AppHarness) -> None:
    indexed_harness.indexer_mode = "limited"
    async with indexed_harness.app(indexed_harness.pictures).run_test(
        size=(110, 30), notifications=True
    ) as pilot:
        view = AppView(pilot)
        await view.until(lambda: view.app._notifications)
        assert any("Too many folders." in notice.message for notice in view.app._notifications)


async def test_a_library_of_another_user_is_shown_and_not_indexed(harness: AppHarness) -> None:
    sentence = "You can search this library but not change it: ask its owner."
    harness.save("red.png", "blue.png")
    harness.index()
    services = replace(harness.services(), why_not_index=lambda _: sentence)
    app = harness.app(harness.pictures, services=services)
    async with app.run_test(size=(110, 30), notifications=True) as pilot:
        view = AppView(pilot)
        await view.until(lambda: view.indexing_text == "read-only")
        assert [notice.message for notice in view.app._notifications] == [sentence]
        assert not view.indexing.can_resume
        assert not harness.indexer_outcome
        await view.ready()
        await view.type("blue")
        assert view.top_name.startswith("blue")


async def test_a_read_only_user_keeps_the_model_of_the_library(
    indexed_harness: AppHarness,
) -> None:
    services = replace(indexed_harness.services(), why_not_index=lambda _: "It is not yours.")
    async with indexed_harness.running(services=services, size=(110, 30)) as view:
        indexed_harness.embedder = ColourEmbedder("colours-2")
        view.library.models.choose("colours-2")
        await view.until(lambda: view.indexing_text == "read-only")
        await view.until(lambda: view.library.models.next_model is None)
        assert "indexing with" not in view.model
        assert view.main.search.model_id == "colours-1"


async def test_a_narrow_row_names_the_model_and_not_what_is_watched(
    indexed_harness: AppHarness,
) -> None:
    async with indexed_harness.running(size=(160, 24)) as view:
        view.main.status_bar.show_indexing(watching_status(indexed_harness.pictures))
        assert "Watching Pictures · starter" in view.row
        await view.pilot.resize_terminal(70, 24)
        await view.until(lambda: len(view.row) == 70)
        assert "Watching" not in view.row
        assert "starter" in view.row


async def test_the_row_follows_every_resize(indexed_harness: AppHarness) -> None:
    indexed_harness.indexer_mode = "endless"
    async with indexed_harness.app(indexed_harness.pictures).run_test(size=(60, 30)) as pilot:
        view = AppView(pilot)
        await view.until(lambda: "/1,000" in view.indexing_text)
        await view.ready()
        await pilot.press("enter")
        for width in (200, 60, 30, 110):
            await pilot.resize_terminal(width, 30)
            await view.until(
                lambda width=width: len(view.row) == width,  # type: ignore[misc]
                f"a row for {width} columns",
            )
            assert "Indexing" in view.row
            assert ("╌" in view.row) == (width >= 200)
            assert ("Stop" in view.row) == (width > 30), view.row


async def test_the_end_of_an_earlier_run_does_not_end_the_next(
    indexed_harness: AppHarness,
) -> None:
    indexed_harness.indexer_mode = "endless"
    async with indexed_harness.app(indexed_harness.pictures).run_test(size=(110, 30)) as pilot:
        view = AppView(pilot)
        await view.until(lambda: "/1,000" in view.indexing_text)
        first = view.indexing.run
        assert first is not None
        view.indexing.begin(indexed_harness.pictures)
        view.main.post_message(IndexReported(first.number, first._exit_report(None)))
        await view.until(lambda: "/1,000" in view.indexing_text)
        second = view.indexing.run
        assert second is not None
        assert second is not first
        assert view.indexing.is_busy
        await pilot.press("enter", "x")
        await view.until(lambda: "Stopped indexing" in view.indexing_text)
        assert not view.indexing.is_busy


@pytest.mark.parametrize("outcome", ["refused", "not started"])
def test_an_abandoned_run_reports_no_failed_start(tmp_path: Path, outcome: str) -> None:
    refused = "It is not yours." if outcome == "refused" else None
    command = [str(tmp_path / "no such program")]
    run = IndexProcess(
        [tmp_path], command, {}, BackgroundTasks(print), why_not=lambda: refused, number=3
    )
    [reported] = run._messages()
    assert isinstance(reported, IndexReported)
    assert isinstance(reported.report, IndexEnded)
    assert reported.run == 3
    abandoned = IndexProcess(
        [tmp_path], command, {}, BackgroundTasks(print), why_not=lambda: refused, number=4
    )
    abandoned.leave()
    assert not [*abandoned._messages()]


async def test_a_second_run_is_rejected_during_indexing(indexed_harness: AppHarness) -> None:
    indexed_harness.indexer_mode = "endless"
    app = indexed_harness.app(indexed_harness.pictures)
    async with app.run_test(size=(110, 30), notifications=True) as pilot:
        view = AppView(pilot)
        await view.until(lambda: "/1,000" in view.indexing_text)
        await pilot.press("down", "i")
        await view.until(lambda: view.app._notifications)
        [notice] = view.app._notifications
        assert notice.message.startswith("Already indexing. Press ")
        view.main.leave()
