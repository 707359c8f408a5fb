"""The preview pane beside the results."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Any

import pytest
from textual.css.stylesheet import Stylesheet
from textual.events import Click, MouseScrollDown, MouseScrollUp
from textual.screen import Screen

from tui.app.graphics.renderer import ThumbnailRenderer
from tui.app.model.app_state import AppState, load
from tui.app.screens.dialogs import ConfirmScreen
from tui.app.screens.preview.pane import PreviewPane
from tui.app.screens.preview.screen import PreviewScreen
from tui.app.terminal.images import ImageSupport, Protocol
from tui.app.widgets.cell_grid import CellGrid

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import RenderableType

    from tests.support.app_harness import AppHarness, AppView
    from tui.app.graphics.requests import Thumbnail, ThumbnailRequest

WIDE, MEDIUM, NARROW = (170, 45), (120, 40), (60, 20)
LIST = AppState(first_run=False, view="list")


def pane(view: AppView) -> PreviewPane:
    return view.main.query_one(PreviewPane)


def is_shown(view: AppView) -> bool:
    return bool(view.main.query_one("#preview-pane").region.area)


def title(view: AppView) -> str:
    return str(view.main.query_one("#preview-pane").border_title).strip()


def lines(view: AppView) -> list[str]:
    """Return the lines on screen."""
    return [strip.text for strip in view.app.screen._compositor.render_strips()]


def rows(view: AppView) -> list[str]:
    """Return the lines of the list."""
    grid = view.results.query_one(CellGrid)
    return [grid.render_line(y).text.rstrip() for y in range(view.results.window.total)]


async def drawn(view: AppView) -> None:
    await view.until(lambda: is_shown(view) and pane(view).picture.state == "shown", "a preview")


async def follows(view: AppView) -> None:
    await view.until(lambda: title(view) == view.current_name, "the name of the picture")
    await view.until(lambda: f"Name    {view.current_name}" in pane(view).details.text)


# --- shown and hidden -------------------------------------------------------------------------


async def test_a_wide_window_shows_the_pane_and_a_narrower_one_does_not(
    indexed_harness: AppHarness,
) -> None:
    async with indexed_harness.running(size=(160, 45)) as view:
        await drawn(view)
        await follows(view)
        assert view.app.resources.state.now.preview is None
        await view.pilot.resize_terminal(159, 45)
        await view.until(lambda: not is_shown(view))
        await view.pilot.resize_terminal(160, 45)
        await drawn(view)


@pytest.mark.parametrize("key", ["P", "f7"])
async def test_a_key_hides_the_pane_and_the_choice_is_stored(
    indexed_harness: AppHarness, tmp_path: Path, key: str
) -> None:
    async with indexed_harness.running(size=WIDE) as view:
        await view.pilot.press("enter", key)
        await view.until(lambda: not is_shown(view))
        assert view.results.has_focus
    stored = load(indexed_harness.settings.data_dir)
    assert stored.preview is False
    async with indexed_harness.running(size=WIDE, memory=stored) as view:
        assert not is_shown(view)
        await view.pilot.press("enter", key)
        await drawn(view)
    assert load(indexed_harness.settings.data_dir).preview is None


async def test_the_function_key_works_while_typing_and_the_letter_is_text(
    indexed_harness: AppHarness,
) -> None:
    async with indexed_harness.running(size=MEDIUM) as view:
        await view.pilot.press("f7")
        await drawn(view)
        assert view.query.has_focus
        await view.pilot.press("P")
        assert view.query.value == "P"
        assert is_shown(view)


async def test_without_room_the_key_shows_a_notice_and_stores_nothing(
    indexed_harness: AppHarness,
) -> None:
    async with indexed_harness.running(size=(40, 20), notifications=True) as view:
        await view.pilot.press("enter", "P")
        await view.until(lambda: any("columns" in n.message for n in view.app._notifications))
        assert not is_shown(view)
        assert view.app.resources.state.now.preview is None


async def test_a_stored_choice_waits_for_room(indexed_harness: AppHarness) -> None:
    memory = AppState(first_run=False, preview=True)
    async with indexed_harness.running(size=(40, 20), memory=memory) as view:
        assert not is_shown(view)
        await view.pilot.resize_terminal(*MEDIUM)
        await drawn(view)
        await view.pilot.resize_terminal(120, 9)
        await view.until(lambda: not is_shown(view))


async def test_a_hidden_pane_makes_no_picture(indexed_harness: AppHarness) -> None:
    async with indexed_harness.running(size=MEDIUM) as view:
        await view.pilot.press("enter", "P")
        await drawn(view)
        await view.pilot.press("P", "down")
        await view.until(lambda: not is_shown(view))
        assert pane(view).picture.state == "empty"


# --- following the cursor ---------------------------------------------------------------------


async def test_name_and_attributes_change_together_with_the_cursor(
    indexed_harness: AppHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with indexed_harness.running(size=WIDE, memory=LIST) as view:
        await view.pilot.press("enter")
        await follows(view)
        painted: list[tuple[str, ...]] = []
        display = view.app._display

        def record(screen: Screen[Any], renderable: RenderableType | None) -> None:
            text = "\n".join(lines(view))
            names = (r"▸ (\w+ \w+ ?\d?\.png)", r"╮╭─ (\w.*?\.png) ─", r"Name    (.*?\.png)")
            painted.append(tuple("".join(re.findall(name, text)[:1]) for name in names))
            display(screen, renderable)

        monkeypatch.setattr(view.app, "_display", record)
        for key in ("down", "down", "end", "home", "pagedown"):
            await view.pilot.press(key)
            await follows(view)
        assert len({names[0] for names in painted}) >= 4
        assert all(len(set(names)) == 1 for names in painted), painted


async def test_a_moved_cursor_needs_no_layout_and_no_style(
    indexed_harness: AppHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with indexed_harness.running(size=WIDE) as view:
        await view.pilot.press("enter")
        await drawn(view)
        efforts: list[str] = []
        layout, apply = Screen._refresh_layout, Stylesheet.apply
        monkeypatch.setattr(
            Screen,
            "_refresh_layout",
            lambda *args, **options: efforts.append("layout") or layout(*args, **options),  # type: ignore[func-returns-value]
        )
        monkeypatch.setattr(
            Stylesheet,
            "apply",
            lambda *args, **options: efforts.append("style") or apply(*args, **options),  # type: ignore[func-returns-value]
        )
        for key in ("right", "down", "end"):
            await view.pilot.press(key)
            await follows(view)
            await drawn(view)
        assert efforts == []


async def test_a_held_key_queues_no_pictures(
    indexed_harness: AppHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, painted = threading.Event(), list[str]()
    paint = ThumbnailRenderer.paint

    def slow(renderer: ThumbnailRenderer, request: ThumbnailRequest) -> Thumbnail:
        painted.append(request.path.name)
        gate.wait(10)
        return paint(renderer, request)

    monkeypatch.setattr(ThumbnailRenderer, "paint", slow)
    async with indexed_harness.running(size=WIDE, memory=LIST) as view:
        await view.pilot.press("enter")
        passed = []
        for _ in range(12):
            await view.pilot.press("down")
            await follows(view)
            await view.pilot.pause(0.03)
            passed.append(view.current_name)
        assert len(view.app.resources.thumbnails._waiting) <= 1
        gate.set()
        await drawn(view)
        started = len(painted)
        assert view.current_name in painted
        assert not set(passed[2:-3]) & set(painted[:started]), painted


async def test_the_neighbours_are_prefetched(indexed_harness: AppHarness) -> None:
    async with indexed_harness.running(size=WIDE, memory=LIST) as view:
        await view.pilot.press("enter", "down", "down")
        await follows(view)
        await drawn(view)
        picture, loader = pane(view).picture, view.app.resources.thumbnails
        files = [hit.file for n in (1, 3) if (hit := view.results.hit_at(n)) is not None]
        requests = [picture._request_of(file) for file in files]
        assert len(requests) == 2
        await view.until(lambda: all(loader.find(request) for request in requests))


async def test_the_title_shows_marks_and_trashed_files(indexed_harness: AppHarness) -> None:
    async with indexed_harness.running(size=WIDE) as view:
        await view.pilot.press("enter", "space", "left")
        await view.until(lambda: title(view) == f"✓ {view.current_name}")
        await view.pilot.press("space", "left")
        await follows(view)
        current = view.results.current
        assert current is not None
        view.results.drop([current.file.file_id])
        await view.until(lambda: title(view) == f"{view.current_name} (in the trash)")
        await view.until(lambda: pane(view).picture.state == "empty")
        view.results.restore([current.file.file_id])
        await drawn(view)


async def test_another_answer_shows_its_first_picture_and_its_match(
    indexed_harness: AppHarness,
) -> None:
    async with indexed_harness.running(size=WIDE) as view:
        await view.type("green")
        await view.until(lambda: "green" in title(view))
        await view.until(lambda: "Terms" in pane(view).details.text)
        await view.pilot.press("escape")
        await view.type("zz name:nothing")
        await view.until(lambda: title(view) == "Preview")
        assert pane(view).picture.state == "empty"
        assert pane(view).details.text == ""


async def test_copies_are_folded_and_unfolded_beside_the_preview(
    indexed_harness: AppHarness,
) -> None:
    indexed_harness.folds = True
    async with indexed_harness.running(size=WIDE, memory=LIST) as view:
        await view.type("red")
        await view.pilot.press("enter")
        await view.until(lambda: re.match(r"▸ red \w+.*\.png 4x  ", rows(view)[0]))
        await follows(view)
        await view.until(lambda: "Copies" in pane(view).details.text)
        folded = len(view.names)
        await view.pilot.press("n")
        await view.until(lambda: len(view.names) == folded + 3)
        await follows(view)
        await view.until(lambda: "Copies" not in pane(view).details.text)


async def test_a_sorted_walk_is_followed_to_its_end(indexed_harness: AppHarness) -> None:
    async with indexed_harness.running(size=WIDE, memory=LIST) as view:
        await view.type("sort:name")
        await view.pilot.press("enter", "end")
        await view.until(lambda: view.current_name.startswith("yellow flower"), "the last picture")
        await follows(view)
        await drawn(view)


# --- the list ---------------------------------------------------------------------------------


async def test_the_list_has_one_line_per_picture_only_beside_the_pane(
    indexed_harness: AppHarness,
) -> None:
    async with indexed_harness.running(size=WIDE, memory=LIST) as view:
        await view.pilot.press("enter")
        await view.until(lambda: len(view.names) == 24)
        shown = rows(view)
        assert len({row.index("~/Pictures") for row in shown if "~/Pictures" in row}) == 1
        assert [row[2:].split("  ")[0] for row in shown] == view.names
        await view.pilot.press("P")
        await view.until(lambda: view.results.window.rows < 12)
        assert view.results.window.columns == 1
        await view.pilot.press("P", "v")
        await view.until(lambda: view.results.window.columns > 1)
        await drawn(view)
        await view.pilot.press("v")
        await view.until(lambda: view.results.window.rows > 24)


async def test_the_cursor_stays_on_its_picture_when_the_pane_is_toggled(
    indexed_harness: AppHarness,
) -> None:
    async with indexed_harness.running(size=WIDE) as view:
        await view.pilot.press("enter", "down", "down", "right")
        name = view.current_name
        for _ in range(2):
            await view.pilot.press("P")
            await view.pilot.pause()
            assert view.current_name == name
        await follows(view)


# --- other modes ------------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", ["halfcell", "unicode", "kitty", "sixel"])
async def test_every_kind_of_picture_is_drawn(
    indexed_harness: AppHarness, protocol: Protocol
) -> None:
    async with indexed_harness.running(size=WIDE, images=ImageSupport(protocol)) as view:
        await drawn(view)
        await view.pilot.press("enter", "right")
        await follows(view)
        await drawn(view)
        size = pane(view).picture.size
        assert size.width > 40
        assert size.height > 15


async def test_without_pictures_the_attributes_fill_the_pane(indexed_harness: AppHarness) -> None:
    async with indexed_harness.running(size=WIDE, images=ImageSupport("off")) as view:
        await view.pilot.press("enter", "down")
        await follows(view)
        assert not pane(view).picture.region.area
        assert pane(view).details.region.height == pane(view).region.height
        assert [row[2:].split("  ")[0] for row in rows(view)] == view.names


async def test_the_pane_works_in_pick_mode_and_a_click_opens_the_preview(
    indexed_harness: AppHarness,
) -> None:
    async with indexed_harness.running(size=WIDE, why_not_pick=lambda _: "") as view:
        await view.pilot.press("enter")
        await drawn(view)
        await view.pilot.press("down")
        await follows(view)
        name = view.current_name
        await view.pilot._post_mouse_events([Click], pane(view).picture, button=1)
        await view.until(lambda: isinstance(view.app.screen, PreviewScreen))
        await view.pilot.press("right", "escape")
        await view.until(lambda: view.app.screen is view.main)
        await follows(view)
        assert view.current_name != name


async def test_clicks_and_the_wheel_move_the_cursor(indexed_harness: AppHarness) -> None:
    async with indexed_harness.running(size=WIDE, memory=LIST) as view:
        await view.pilot.press("enter")
        await drawn(view)
        grid = view.results.query_one(CellGrid)
        await view.pilot.click(grid, offset=(5, 4))
        await view.until(lambda: view.results.window.cursor == 4)
        await follows(view)
        await view.pilot._post_mouse_events([MouseScrollDown], pane(view).picture)
        await view.until(lambda: view.results.window.cursor == 5)
        await view.pilot._post_mouse_events([MouseScrollUp], pane(view).picture)
        await view.pilot._post_mouse_events([MouseScrollUp], pane(view).picture)
        await view.until(lambda: view.results.window.cursor == 3)
        await follows(view)
        await view.pilot._post_mouse_events([MouseScrollDown], pane(view).details)
        await view.pilot.pause()
        assert view.results.window.cursor == 3


async def test_a_dialog_leaves_the_pane_as_it_is(indexed_harness: AppHarness) -> None:
    async with indexed_harness.running(size=WIDE) as view:
        await view.pilot.press("enter")
        await drawn(view)
        before = lines(view)
        await view.pilot.press("d")
        await view.until(lambda: isinstance(view.app.screen, ConfirmScreen))
        await view.pilot.press("escape")
        await view.until(lambda: view.app.screen is view.main)
        await view.until(lambda: lines(view) == before)


async def test_attributes_fit_at_every_size(indexed_harness: AppHarness) -> None:
    memory = AppState(first_run=False, preview=True)
    async with indexed_harness.running(size=WIDE, memory=memory) as view:
        await view.pilot.press("enter")
        for size in ((200, 50), (90, 18), (80, 24), (300, 60)):
            await view.pilot.resize_terminal(*size)
            await drawn(view)
            await follows(view)
            parts = pane(view).picture.region, pane(view).details.region
            assert sum(part.height for part in parts) == pane(view).region.height
            assert parts[0].height >= pane(view).region.height // 2


async def test_the_picture_is_sent_when_a_busy_connection_is_free(
    indexed_harness: AppHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = [False]
    monkeypatch.setattr(ImageSupport, "is_busy", property(lambda _: busy[0]))
    async with indexed_harness.running(size=WIDE, memory=LIST) as view:
        await view.pilot.press("enter")
        await drawn(view)
        busy[0] = True
        await view.pilot.press("down")
        await follows(view)
        await view.pilot.pause(0.2)
        assert "▀" not in "".join(lines(view)), "the picture that the cursor left is removed"
        busy[0] = False
        await drawn(view)
        await view.until(lambda: "▀" in "".join(lines(view)))
