"""A library that becomes unavailable, or that another process changes, while the app is open."""

from __future__ import annotations

from tests.support.app_harness import MODEL_NAME, AppHarness, AppView

AWAY = "The server is unavailable; start it."


async def test_a_server_that_is_unavailable_at_the_start_is_retried(
    indexed_harness: AppHarness,
) -> None:
    indexed_harness.server.away = True
    async with indexed_harness.app().run_test(size=(100, 30), notifications=True) as pilot:
        view = AppView(pilot)
        await view.until(lambda: view.model == AWAY, "a message")
        assert "Retrying…" in view.text("#empty")
        assert not view.app._notifications
        await pilot.press(*"red")
        assert view.query.value == "red"
        indexed_harness.server.away = False
        await view.ready()
        assert view.top_name.startswith("red")
        assert not view.failure
        assert not view.app._notifications


async def test_results_stay_when_the_server_becomes_unavailable(
    indexed_harness: AppHarness,
) -> None:
    async with indexed_harness.running(size=(100, 30), notifications=True) as view:
        await view.type("blue")
        before = view.names
        indexed_harness.server.away = True
        await view.pilot.press(*["backspace"] * 4, *"red")
        await view.until(lambda: view.model == AWAY, "a message")
        await view.pilot.press("down", "space", "y")
        await view.until(lambda: view.app.clipboard.endswith(before[0]), "a copied path")
        await view.pilot.press("enter")
        await view.until(lambda: view.app.screen is not view.main, "the preview")
        await view.pilot.press("escape")
        await view.until(lambda: view.app.screen is view.main, "the pictures")
        assert (view.names, len(view.main.results_pane.marks)) == (before, 1)
        indexed_harness.server.away = False
        await view.until(lambda: view.model == MODEL_NAME, "the usual line")
        await view.settled()
        assert view.top_name.startswith("red")
        assert len(view.app._notifications) == 1  # copied


async def test_a_rejected_search_is_retried_after_a_pause(
    indexed_harness: AppHarness,
) -> None:
    async with indexed_harness.running(size=(100, 30), notifications=True) as view:
        indexed_harness.server.refuses = True
        await view.pilot.press("r")
        await view.until(lambda: indexed_harness.server.refused == 2, "another try")
        await view.pilot.pause(0.5)
        assert indexed_harness.server.refused == 2
        assert not view.app._notifications
        indexed_harness.server.refuses = False


async def test_pictures_added_by_another_process_are_shown(harness: AppHarness) -> None:
    harness.save("red ball.png")
    harness.index()
    async with harness.running(size=(100, 30)) as view:
        harness.save("red ball.png", "blue ball.png")
        harness.index()
        await view.until(lambda: len(view.names) == 2, "two pictures")
