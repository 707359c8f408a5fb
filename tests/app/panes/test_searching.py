"""Typing a query, and the answers on screen."""

from __future__ import annotations

import pytest

from tests.support.app_harness import MODEL_NAME, AppHarness, AppView, Blocker, BrokenEmbedder
from tui.app.model.status_text import date_text
from tui.app.workers.tasks import WorkerFailed


async def test_the_search_box_has_the_focus_at_the_start(indexed_harness: AppHarness) -> None:
    async with indexed_harness.running(size=(100, 30)) as view:
        assert view.app.focused is view.query
        await view.until(lambda: len(view.names) > 1, "a grid of pictures")


async def test_every_letter_updates_the_ranking(indexed_harness: AppHarness) -> None:
    async with indexed_harness.running(size=(100, 30)) as view:
        tops = []
        for letter in "red":
            await view.type(letter)
            tops.append(view.top_name)
        assert tops[-1].startswith("red")
        assert not tops[0].startswith("red")
        await view.pilot.press(*["backspace"] * 3)
        await view.type("blue")
        assert view.top_name.startswith("blue")
        assert (
            view.main.query_one("#pictures").border_subtitle
            == "24 pictures  ·  best match first  ·  #1"
        )


async def test_escape_clears_the_search(indexed_harness: AppHarness) -> None:
    async with indexed_harness.running(size=(100, 30)) as view:
        before = view.names
        await view.type("red")
        assert view.names != before
        await view.pilot.press("escape")
        await view.settled()
        assert (view.query.value, view.names) == ("", before)


async def test_a_late_answer_to_an_old_request_is_dropped(indexed_harness: AppHarness) -> None:
    indexed_harness.slow["red"] = Blocker(open=False)
    async with indexed_harness.running(size=(100, 30)) as view:
        await view.pilot.press(*"red")
        await view.pilot.pause(0.15)  # by now, the engine is searching
        await view.pilot.press(*["backspace"] * 3, *"blue")
        await view.pilot.pause(0.15)
        indexed_harness.slow["red"].open()
        await view.settled()
        assert view.top_name.startswith("blue")
        await view.pilot.pause(0.1)
        assert view.top_name.startswith("blue")


async def test_file_names_are_searched_until_the_model_is_loaded(
    indexed_harness: AppHarness,
) -> None:
    indexed_harness.model = Blocker(open=False)
    async with indexed_harness.app().run_test(size=(100, 30)) as pilot:
        view = AppView(pilot)
        await view.until(lambda: view.names)
        assert "loading model…" in view.model
        await view.type("flower")
        assert len(view.names) == 6
        assert all("flower" in name for name in view.names)
        await view.type(" red")
        assert view.names == ["red flower.png"]
        indexed_harness.model.open()
        await view.ready()
        assert view.top_name.startswith("red")
        assert len(view.names) > 1


async def test_no_name_matches_while_the_model_is_loading(indexed_harness: AppHarness) -> None:
    indexed_harness.model = Blocker(open=False)
    async with indexed_harness.app().run_test(size=(100, 30)) as pilot:
        view = AppView(pilot)
        await view.until(lambda: view.names)
        await view.type("zebra")
        assert view.names == []
        assert "No file name contains “zebra”." in view.text("#empty")
        assert "Model loading…" in view.text("#empty")


async def test_file_names_are_searched_if_the_model_fails_to_load(
    indexed_harness: AppHarness,
) -> None:
    indexed_harness.failing["model"] = RuntimeError("no tower\nat all")
    async with indexed_harness.app().run_test(size=(100, 30), notifications=True) as pilot:
        view = AppView(pilot)
        await view.until(lambda: "no tower" in view.model)
        assert view.model.count("\n") == 0
        await view.type("flower")
        assert len(view.names) == 6
        assert "no tower" in view.model
        assert view.failure
        assert not view.app._notifications


async def test_a_failing_search_is_one_sentence_and_does_not_crash(
    indexed_harness: AppHarness,
) -> None:
    indexed_harness.embedder = BrokenEmbedder()
    async with indexed_harness.running(size=(180, 30), notifications=True) as view:
        await view.pilot.press(*"red")
        await view.until(lambda: "the tower has fallen" in view.model)
        assert "second line" not in view.model
        await view.pilot.press(*["backspace"] * 3)
        await view.settled()
        assert view.names
        assert not view.app._notifications
        assert view.model == MODEL_NAME
        assert not view.failure


async def test_a_library_that_does_not_open_is_one_sentence(harness: AppHarness) -> None:
    harness.settings.data_dir.mkdir(parents=True)
    (harness.settings.data_dir / "catalog.sqlite").write_bytes(b"not a database" * 1000)
    async with harness.app().run_test(size=(100, 30), notifications=True) as pilot:
        view = AppView(pilot)
        await view.until(lambda: view.failure)
        assert "catalog" in view.model
        assert "Retrying…" in view.text("#empty")
        await pilot.press(*"red")
        assert view.query.value == "red"


async def test_unusual_queries_are_answered(indexed_harness: AppHarness) -> None:
    async with indexed_harness.running(size=(100, 30)) as view:
        for text in ("   ", "🐸" * 40, "red " * 2_500, "[bold]red[/]", "\t\x1b[31m"):
            view.query.value = text
            await view.settled()
            assert view.names


async def test_the_highlight_starts_at_the_top_of_another_search(
    indexed_harness: AppHarness,
) -> None:
    async with indexed_harness.running(size=(100, 30)) as view:
        await view.pilot.press("down", "end")
        assert view.results.window.cursor == 23
        await view.pilot.press("slash")
        await view.type("green")
        assert view.current_name.startswith("green") or view.current_name in view.names


async def test_details_of_the_highlighted_picture(indexed_harness: AppHarness) -> None:
    async with indexed_harness.running(size=(120, 30)) as view:
        await view.type("red")
        hit = view.results.current
        assert hit is not None
        date = date_text(hit.file)[:10]
        assert view.row.startswith(f" {hit.file.path.name} · {hit.file.size} B · {date} ")
        await view.pilot.press("down", "right")
        await view.until(lambda: view.row.startswith(f" {view.current_name} · "))
        assert view.current_name != hit.file.path.name


async def test_a_temporary_failure_is_a_notice_and_does_not_change_the_status(
    indexed_harness: AppHarness,
) -> None:
    async with indexed_harness.running(size=(120, 30), notifications=True) as view:
        view.main.post_message(WorkerFailed("files", "No file manager could be opened."))
        await view.until(lambda: view.app._notifications)
        assert view.model == MODEL_NAME
        assert not view.failure
        view.main.leave()


@pytest.mark.parametrize("size", [(120, 30), (30, 8)])
async def test_a_lasting_failure_is_reported_once(
    indexed_harness: AppHarness, size: tuple[int, int]
) -> None:
    sentence = "The search could not be done; try another one."
    async with indexed_harness.running(size=size, notifications=True) as view:
        for _ in range(2):
            view.main.post_message(WorkerFailed("search", sentence))
        await view.until(lambda: view.model == sentence)
        await view.pilot.pause()
        assert len(view.app._notifications) == (0 if size[0] == 120 else 1)
        await view.type("red")
        assert view.model == MODEL_NAME
        view.main.leave()
