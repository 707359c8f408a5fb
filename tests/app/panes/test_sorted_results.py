"""A description with an order shows its first hits before all of them are listed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.widgets import Static

from tests.app.conftest import run_in
from tests.support.app_harness import AppHarness, AppView
from tests.support.embedders import COLOURS
from tui.app.screens.main import search_controller
from tui.app.screens.preview.screen import PreviewScreen
from tui.app.workers import search_worker
from tui.library.local.vectors.searching import IndexLimits
from tui.search.query.parse import parse
from tui.search.ranking import sorted_walk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

QUERY = "- red sort:name"
TOTAL = 90
SIZE = (40, 12)
AT_END = f"{TOTAL} pictures #{TOTAL}"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    harness = AppHarness(tmp_path_factory.mktemp("sorted") / "home")
    colours = list(COLOURS)
    harness.save(*(f"{colours[number % len(colours)]} {number}.png" for number in range(TOTAL)))
    harness.index()
    return harness.home


@pytest.fixture
def harness(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppHarness]:
    """Yield a harness whose pictures are listed four by four, but not counted in the background."""
    harness = AppHarness(home)
    harness.limits = IndexLimits(small=3, depth=3)
    monkeypatch.setattr(sorted_walk, "_FIRST_BLOCK", 4)
    monkeypatch.setattr(sorted_walk, "_LARGEST_BLOCK", 4)
    monkeypatch.setattr(sorted_walk, "_WALKED_SHARE", 1)
    monkeypatch.setattr(search_worker, "_LISTED_AHEAD", 0)
    monkeypatch.setattr(search_controller, "COUNT_AFTER", 3600.0)
    yield from run_in(harness, monkeypatch)


def counted(view: AppView) -> str:
    """Return how many results there are, and which is highlighted."""
    count, _, position = str(view.main.query_one("#pictures").border_subtitle).split("  ·  ")
    return f"{count} {position}"


async def ask(view: AppView) -> list[str]:
    """Type the query, and return the names of all its hits in the order of the catalog."""
    await view.type(QUERY)
    assert view.main.search.engine is not None
    engine = view.main.search.engine
    ranking = view.main.search.ranking
    assert ranking is not None
    assert ranking.walk is not None
    whole = engine.search(ranking.query)
    return [hit.file.path.name for hit in engine.hits(whole, 0, TOTAL)]


async def test_scrolling_lists_more_until_all_are_counted(harness: AppHarness) -> None:
    async with harness.running(size=SIZE) as view:
        names = await ask(view)
        assert names == sorted(names)
        at, least, count, *_ = counted(view).split()
        assert (at, least) == ("at", "least")
        assert int(count) < TOTAL
        await view.pilot.press("enter")
        for position in range(1, TOTAL):
            await view.until(lambda: view.results.current is not None, "a hit")
            assert view.current_name == names[position - 1]
            await view.pilot.press("right")
            assert view.results.window.cursor == position
        await view.until(lambda: counted(view) == AT_END, "the number of hits")
        await view.pilot.press("right")
        assert view.current_name == names[-1]


async def test_end_goes_to_the_last_of_all_hits(harness: AppHarness) -> None:
    async with harness.running(size=SIZE) as view:
        names = await ask(view)
        await view.pilot.press("enter", "end", "space")
        await view.until(lambda: counted(view) == AT_END, "the number of hits")
        await view.until(lambda: view.results.current is not None, "the last hit")
        assert view.current_name == names[-1]
        marks = [hit.file.file_id for hit in (view.results.current,) if hit is not None]
        assert set(view.main.results_pane.marks) <= set(marks)


async def test_a_key_after_end_cancels_the_move_to_the_last_hit(harness: AppHarness) -> None:
    async with harness.running(size=SIZE) as view:
        names = await ask(view)
        listed = view.results.window.total - 1
        await view.pilot.press("enter", "end", "left")
        await view.until(lambda: counted(view).startswith(f"{TOTAL} "), "the number of hits")
        await view.until(lambda: view.results.current is not None, "a hit")
        assert view.current_name in (names[listed - 1], names[-2])


async def test_the_hits_are_counted_after_the_first_are_shown(
    harness: AppHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_controller, "COUNT_AFTER", 0.01)
    async with harness.running(size=SIZE) as view:
        await view.type(QUERY)
        await view.until(lambda: counted(view) == f"{TOTAL} pictures #1", "the number of hits")
        assert view.results.window.total == TOTAL
        await view.pilot.press("enter", "asterisk")
        assert len(view.main.results_pane.marks) == TOTAL


def previewed(view: AppView) -> str:
    return str(view.app.screen.query_one("#preview-name", Static).content)


async def test_the_preview_says_how_many_hits_are_listed_until_all_are_counted(
    harness: AppHarness,
) -> None:
    async with harness.running(size=SIZE) as view:
        names = await ask(view)
        listed = view.results.window.total - 1
        await view.pilot.press("enter", "enter")
        await view.until(lambda: isinstance(view.app.screen, PreviewScreen), "the preview")
        await view.until(lambda: names[0] in previewed(view), "the first hit")
        assert previewed(view).endswith(f"1/at least {listed}")
        assert not view.main.search.rank_all()
        await view.until(lambda: previewed(view).endswith(f"1/{TOTAL}"), "the number of hits")


async def test_the_preview_shows_an_unlisted_hit_as_soon_as_it_is_listed(
    harness: AppHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with harness.running(size=SIZE) as view:
        names = await ask(view)
        listed = view.results.window.total - 1
        with monkeypatch.context() as patch:
            patch.setattr(view.main.search, "look_up", lambda _window: None)
            view.results.go_to(listed)
            await view.pilot.press("enter", "enter")
            await view.until(lambda: isinstance(view.app.screen, PreviewScreen), "the preview")
            assert previewed(view).endswith(f"{listed}/at least {listed}")
        view.main.search.look_up(view.results.window)
        await view.until(lambda: names[listed] in previewed(view), "the hit")
        ranking = view.main.search.ranking
        assert ranking is not None
        assert not ranking.is_complete


async def test_marks_do_not_count_as_hidden_while_hits_are_counted(harness: AppHarness) -> None:
    async with harness.running(size=SIZE) as view:
        await ask(view)
        pane = view.main.results_pane
        engine = view.main.search.engine
        assert engine is not None
        pane.marks.add(engine.search(parse(QUERY)).file_ids.tolist()[-2:])
        pane.marks.add([1_000_000])
        assert "not in these results" not in pane.selection.title(is_picking=False).plain
        assert not view.main.search.rank_all()
        await view.until(lambda: counted(view).startswith(f"{TOTAL} "), "the number of hits")
        title = pane.selection.title(is_picking=False).plain
        assert "3 marked, 1 not in these results" in title


async def test_actions_on_marked_hits_wait_until_all_are_listed(
    harness: AppHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with harness.running(size=SIZE) as view:
        await ask(view)
        pane = view.main.results_pane
        engine = view.main.search.engine
        assert engine is not None
        last = engine.search(parse(QUERY)).file_ids.tolist()[-3:]
        acted: list[list[int]] = []
        monkeypatch.setattr(pane.actions, "run", lambda _, files, **__: acted.append(files))
        pane.marks.add(last)
        pane.action_act("copy_paths")
        assert acted == []
        await view.until(lambda: counted(view).startswith(f"{TOTAL} "), "the number of hits")
        pane.action_act("copy_paths")
        assert acted == [last]


async def test_all_hits_are_listed_before_all_are_marked(harness: AppHarness) -> None:
    async with harness.running(size=SIZE) as view:
        await ask(view)
        await view.pilot.press("enter", "asterisk")
        assert len(view.main.results_pane.marks) == 0
        await view.until(lambda: counted(view).startswith(f"{TOTAL} "), "the number of hits")
        await view.pilot.press("asterisk")
        assert len(view.main.results_pane.marks) == TOTAL


async def test_the_cursor_keeps_its_picture_when_the_library_is_searched_again(
    harness: AppHarness,
) -> None:
    async with harness.running(size=SIZE) as view:
        await ask(view)
        await view.pilot.press("enter", "end")
        await view.until(lambda: counted(view) == AT_END, "the number of hits")
        await view.pilot.press("left")
        await view.until(lambda: view.results.current is not None, "a hit")
        name = view.current_name
        before = view.main.search.ranking
        view.library.search_again()
        await view.until(lambda: view.main.search.ranking not in (before, None), "an answer")
        await view.until(lambda: view.results.current is not None, "a hit")
        assert view.results.current is not None
        assert view.current_name == name
        ranking = view.main.search.ranking
        assert ranking is not None
        assert ranking.position_of(view.results.current.file.file_id) == TOTAL - 2
