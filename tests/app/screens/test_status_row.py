"""The status row: messages that expire, problems, and the highlighted picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.app.workers.tasks import WorkerFailed

if TYPE_CHECKING:
    from tests.support.app_harness import AppHarness


async def test_after_a_message_expires_the_highlighted_picture_is_shown_again(
    indexed_harness: AppHarness,
) -> None:
    async with indexed_harness.running(size=(80, 24)) as view:
        await view.pilot.press("enter")
        before = view.row
        view.main.status_bar.say("Downloading clip. You can already search.", seconds=0.2)
        assert view.row.startswith(" Downloading clip. You can already search. ")
        assert len(view.row) == 80
        await view.until(lambda: view.row == before)


async def test_a_later_message_has_its_own_duration(indexed_harness: AppHarness) -> None:
    async with indexed_harness.running(size=(80, 24)) as view:
        view.main.status_bar.say("The first.", seconds=0.1)
        view.main.status_bar.say("The second.", seconds=60)
        await view.pilot.pause(0.2)
        assert view.row.startswith(" The second. ")


async def test_a_problem_replaces_everything_but_the_keys_that_fit(
    indexed_harness: AppHarness,
) -> None:
    sentence = "The server photos.example does not answer; check that it runs."
    async with indexed_harness.running(size=(80, 24), notifications=True) as view:
        view.main.status_bar.say("Something else.", seconds=60)
        view.main.post_message(WorkerFailed("library", sentence, away=True))
        await view.until(lambda: view.row.startswith(f" {sentence} "))
        assert "Something else" not in view.row
        assert not view.app._notifications
        await view.pilot.resize_terminal(40, 24)
        await view.until(lambda: len(view.row) == 40)
        assert view.row.startswith(" The server photos.example")
        view.main.leave()


async def test_without_results_nothing_is_highlighted(harness: AppHarness) -> None:
    async with harness.running(size=(80, 24)) as view:
        assert view.row.strip().startswith("starter")


async def test_saving_needs_a_search(indexed_harness: AppHarness) -> None:
    async with indexed_harness.running(size=(80, 24), notifications=True) as view:
        await view.pilot.press("f2")
        await view.until(lambda: view.app._notifications)
        assert [notice.message for notice in view.app._notifications] == ["Type a search first."]
