"""Typing, and what is shown."""

from __future__ import annotations

import pytest

from tests.support.app_harness import MODEL_LINE, BrokenEmbedder, Eyes, Gate, House
from tui.app.workers.tasks import WorkerFailed


async def test_the_focus_is_in_the_search_at_start(full_house: House) -> None:
    async with full_house.app().run_test(size=(100, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        assert eyes.app.focused is eyes.query
        assert len(eyes.names) > 1


async def test_every_letter_ranks_anew(full_house: House) -> None:
    async with full_house.app().run_test(size=(100, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        tops = []
        for letter in "red":
            await eyes.type(letter)
            tops.append(eyes.top)
        assert tops[-1].startswith("red")
        assert not tops[0].startswith("red")
        await pilot.press(*["backspace"] * 3)
        await eyes.type("blue")
        assert eyes.top.startswith("blue")
        assert eyes.main.query_one("#pictures").border_subtitle == "by meaning  ·  1/24"


async def test_escape_clears_the_search(full_house: House) -> None:
    async with full_house.app().run_test(size=(100, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        before = eyes.names
        await eyes.type("red")
        assert eyes.names != before
        await pilot.press("escape")
        await eyes.settled()
        assert (eyes.query.value, eyes.names) == ("", before)


async def test_a_late_answer_to_an_old_question_is_dropped(full_house: House) -> None:
    full_house.slow["red"] = Gate(open=False)
    async with full_house.app().run_test(size=(100, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        await pilot.press(*"red")
        await pilot.pause(0.15)  # the engine is at it by now
        await pilot.press(*["backspace"] * 3, *"blue")
        await pilot.pause(0.15)
        full_house.slow["red"].open()
        await eyes.settled()
        assert eyes.top.startswith("blue")
        await pilot.pause(0.1)
        assert eyes.top.startswith("blue")


async def test_names_answer_until_the_model_is_there(full_house: House) -> None:
    full_house.model = Gate(open=False)
    async with full_house.app().run_test(size=(100, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.until(lambda: eyes.names)
        assert "model is loading" in eyes.text("#status")
        await eyes.type("flower")
        assert len(eyes.names) == 6
        assert all("flower" in name for name in eyes.names)
        await eyes.type(" red")
        assert eyes.names == ["red flower.png"]
        full_house.model.open()
        await eyes.ready()
        assert eyes.top.startswith("red")
        assert len(eyes.names) > 1


async def test_no_name_matches_while_the_model_is_loading(full_house: House) -> None:
    full_house.model = Gate(open=False)
    async with full_house.app().run_test(size=(100, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.until(lambda: eyes.names)
        await eyes.type("zebra")
        assert eyes.names == []
        assert "No file name holds “zebra”." in eyes.text("#empty")
        assert "on its way" in eyes.text("#empty")


async def test_a_model_that_does_not_load_leaves_the_names(full_house: House) -> None:
    full_house.failing["model"] = RuntimeError("no tower\nat all")
    async with full_house.app().run_test(size=(100, 30), notifications=True) as pilot:
        eyes = Eyes(pilot)
        await eyes.until(lambda: "no tower" in eyes.text("#status"))
        assert eyes.text("#status").count("\n") == 0
        await eyes.type("flower")
        assert len(eyes.names) == 6
        assert "no tower" in eyes.text("#status")
        assert eyes.main.query_one("#status").has_class("-problem")
        assert not eyes.app._notifications


async def test_a_failing_search_is_one_sentence_and_no_crash(full_house: House) -> None:
    full_house.embedder = BrokenEmbedder()
    async with full_house.app().run_test(size=(180, 30), notifications=True) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        await pilot.press(*"red")
        await eyes.until(lambda: "the tower has fallen" in eyes.text("#status"))
        assert "second line" not in eyes.text("#status")
        await pilot.press(*["backspace"] * 3)
        await eyes.settled()
        assert eyes.names
        assert not eyes.app._notifications
        assert eyes.text("#status") == MODEL_LINE
        assert not eyes.main.query_one("#status").has_class("-problem")


async def test_a_library_that_does_not_open_is_one_sentence(house: House) -> None:
    house.settings.data_dir.mkdir(parents=True)
    (house.settings.data_dir / "catalog.sqlite").write_bytes(b"not a database" * 1000)
    async with house.app().run_test(size=(100, 30), notifications=True) as pilot:
        eyes = Eyes(pilot)
        await eyes.until(lambda: eyes.main.query_one("#status").has_class("-problem"))
        assert "catalog" in eyes.text("#status")
        assert "tried again by itself" in eyes.text("#empty")
        await pilot.press(*"red")
        assert eyes.query.value == "red"


async def test_odd_queries_are_queries(full_house: House) -> None:
    async with full_house.app().run_test(size=(100, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        for text in ("   ", "🐸" * 40, "red " * 2_500, "[bold]red[/]", "\t\x1b[31m"):
            eyes.query.value = text
            await eyes.settled()
            assert eyes.names


async def test_the_highlight_starts_at_the_top_of_another_search(full_house: House) -> None:
    async with full_house.app().run_test(size=(100, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        await pilot.press("down", "end")
        assert eyes.results.window.cursor == 23
        await pilot.press("slash")
        await eyes.type("green")
        assert eyes.here.startswith("green") or eyes.here in eyes.names


async def test_details_of_the_highlighted_picture(full_house: House) -> None:
    async with full_house.app().run_test(size=(120, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        await eyes.type("red")
        line = eyes.text("#detail")
        for part in ("~/Pictures/", "red", "64 × 48", "PNG", "20"):  # noqa: RUF001
            assert part in line
        await pilot.press("down", "right")
        await pilot.pause()
        assert eyes.text("#detail") != line


async def test_a_failure_that_passes_is_a_notice_and_leaves_the_status_line_alone(
    full_house: House,
) -> None:
    async with full_house.app().run_test(size=(120, 30), notifications=True) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        eyes.main.post_message(WorkerFailed("files", "No file manager could be opened."))
        await eyes.until(lambda: eyes.app._notifications)
        assert eyes.text("#status") == MODEL_LINE
        assert not eyes.main.query_one("#status").has_class("-problem")
        eyes.main.leave()


@pytest.mark.parametrize("size", [(120, 30), (30, 8)])
async def test_a_failure_that_holds_is_said_once_where_it_can_be_seen(
    full_house: House, size: tuple[int, int]
) -> None:
    sentence = "The search could not be done; try another one."
    async with full_house.app().run_test(size=size, notifications=True) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        for _ in range(2):
            eyes.main.post_message(WorkerFailed("search", sentence))
        await eyes.until(lambda: eyes.text("#status") == sentence)
        await pilot.pause()
        assert len(eyes.app._notifications) == (0 if size[0] == 120 else 1)
        await eyes.type("red")
        assert eyes.text("#status") == MODEL_LINE
        eyes.main.leave()
