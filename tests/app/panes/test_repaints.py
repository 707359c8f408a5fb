"""The cost of a key: most keys need no layout, no style sheet and no new widget."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from textual.css.stylesheet import Stylesheet
from textual.events import MouseScrollDown, MouseScrollUp
from textual.screen import Screen
from textual.widget import Widget

from tui.app.keys.footer import KeyFooter
from tui.app.screens.help import HelpScreen
from tui.app.widgets.query_input import QueryInput

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.dom import DOMNode

    from tests.support.app_harness import AppHarness, AppView


AnyWheel = TypeVar("AnyWheel", MouseScrollDown, MouseScrollUp)


class Effort:
    """Counts the work that is requested from Textual."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.counts: Counter[str] = Counter()
        self.refreshed: Counter[str] = Counter()
        self.styled: Counter[str] = Counter()
        for owner, name in (
            (Screen, "_refresh_layout"),
            (Widget, "mount"),
        ):
            monkeypatch.setattr(owner, name, self._counting(name, getattr(owner, name)))
        refresh, apply = Widget.refresh, Stylesheet.apply

        def counting_apply(sheet: Stylesheet, node: DOMNode, **options: Any) -> None:
            self.styled[type(node).__name__] += 1
            apply(sheet, node, **options)

        def counting_refresh(widget: Widget, *regions: Any, **options: Any) -> Widget:
            if not isinstance(widget, QueryInput):  # whose cursor blinks
                self.refreshed[type(widget).__name__] += 1
            return refresh(widget, *regions, **options)

        monkeypatch.setattr(Widget, "refresh", counting_refresh)
        monkeypatch.setattr(Stylesheet, "apply", counting_apply)

    def _counting(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def count(*arguments: Any, **options: Any) -> Any:
            self.counts[name] += 1
            return method(*arguments, **options)

        return count

    def clear(self) -> None:
        self.counts.clear()
        self.refreshed.clear()
        self.styled.clear()


@pytest.fixture
def effort(monkeypatch: pytest.MonkeyPatch) -> Effort:
    return Effort(monkeypatch)


async def drawn(view: AppView) -> None:
    """Wait until the pictures are drawn."""
    await view.until(lambda: all(cell.state == "shown" for cell in view.results.cells), "pictures")


def wheel(widget: Widget, event: type[AnyWheel]) -> AnyWheel:
    """Return a turn of the mouse wheel over a widget."""
    return event(
        widget,
        x=1,
        y=0,
        delta_x=0,
        delta_y=0,
        button=0,
        shift=False,
        meta=False,
        ctrl=False,
    )


async def test_a_letter_needs_no_layout_and_no_style(
    indexed_harness: AppHarness, effort: Effort
) -> None:
    async with indexed_harness.running() as view:
        await view.type("re")  # the first letter replaces the placeholder
        await drawn(view)
        effort.clear()
        await view.type("d")
        await drawn(view)
        assert effort.counts == effort.styled == {}


async def test_a_moved_cursor_needs_no_layout_and_no_style(
    indexed_harness: AppHarness, effort: Effort
) -> None:
    async with indexed_harness.running() as view:
        await view.pilot.press("enter")
        await drawn(view)
        effort.clear()
        await view.pilot.press("right", "right", "left")
        await view.pilot.pause()
        assert effort.counts == effort.styled == {}
        assert effort.refreshed["CellGrid"] == 3


async def test_an_answer_that_changes_nothing_refreshes_nothing(
    indexed_harness: AppHarness, effort: Effort
) -> None:
    async with indexed_harness.running() as view:
        await view.type("red")
        await drawn(view)
        generation = view.main.search.ranking.generation  # type: ignore[union-attr]
        effort.clear()
        view.main.search.ask(again=True)
        await view.until(
            lambda: view.main.search.ranking.generation > generation  # type: ignore[union-attr]
        )
        await view.pilot.pause()
        assert effort.counts == effort.styled == {}
        assert effort.refreshed == {}


async def test_enter_mounts_nothing(indexed_harness: AppHarness, effort: Effort) -> None:
    async with indexed_harness.running() as view:
        await view.type("red")
        await drawn(view)
        effort.clear()
        await view.pilot.press("enter")
        await view.until(lambda: view.results.has_focus)
        await view.pilot.pause()
        assert effort.counts["mount"] == 0
        assert effort.counts["_refresh_layout"] == 0


async def test_the_focus_styles_only_the_panes_that_lose_and_gain_it(
    indexed_harness: AppHarness, effort: Effort
) -> None:
    async with indexed_harness.running() as view:
        await view.pilot.press("enter", "f")
        await view.until(lambda: view.tree.has_focus)
        effort.clear()
        await view.pilot.press("p")
        await view.until(lambda: view.results.has_focus)
        await view.pilot.pause()
        assert effort.styled.keys() >= {"FolderPane", "TitledFrame"}
        assert not effort.styled.keys() & {"MainScreen", "QueryInput", "StatusBar", "KeyFooter"}


async def test_hiding_the_folders_only_styles_them(
    indexed_harness: AppHarness, effort: Effort
) -> None:
    async with indexed_harness.running() as view:
        await view.pilot.press("enter")
        await view.until(lambda: view.results.has_focus)
        await view.pilot.pause()
        effort.clear()
        await view.pilot.press("t")
        await view.until(lambda: not view.tree.region.area)
        assert effort.styled.keys() >= {"FolderPane"}
        assert not effort.styled.keys() & {"MainScreen", "QueryInput", "Results", "StatusBar"}


async def test_a_long_text_scrolls_and_scrolls_back(indexed_harness: AppHarness) -> None:
    async with indexed_harness.running(size=(60, 24)) as view:
        await view.type("red " * 30)
        cursor = view.query.cursor_screen_offset
        assert view.query.region.contains_point(cursor)
        assert view.query.scroll_offset.x > 0
        view.query.value = "red"
        await view.pilot.pause()
        assert view.query.scroll_offset.x == 0


async def test_a_click_in_the_footer_presses_the_key(indexed_harness: AppHarness) -> None:
    async with indexed_harness.running() as view:
        footer = view.main.query_one(KeyFooter)
        await view.until(lambda: footer.keys)
        names = [key.key for key in footer.keys]
        assert "f1" in names
        await view.pilot.click(footer, offset=(view.row.index("F1"), 0))
        await view.until(lambda: isinstance(view.app.screen, HelpScreen))


async def test_the_mouse_wheel_shows_the_keys_that_do_not_fit(indexed_harness: AppHarness) -> None:
    async with indexed_harness.running(size=(64, 24)) as view:
        await view.pilot.press("enter")
        footer = view.main.query_one(KeyFooter)
        await view.until(lambda: "space" in [key.key for key in footer.keys])
        first_keys = view.row
        assert "Preview" in first_keys
        footer.on_mouse_scroll_down(wheel(footer, MouseScrollDown))
        assert "Preview" not in view.row
        assert "View" in view.row
        for _ in range(20):
            footer.on_mouse_scroll_down(wheel(footer, MouseScrollDown))
        assert footer.keys[-1].description in view.row  # the last one stays
        for _ in range(20):
            footer.on_mouse_scroll_up(wheel(footer, MouseScrollUp))
        assert view.row == first_keys


async def test_the_footer_describes_the_key_under_the_mouse(indexed_harness: AppHarness) -> None:
    async with indexed_harness.running() as view:
        footer = view.main.query_one(KeyFooter)
        await view.until(lambda: footer.keys)
        await view.pilot.hover(footer, offset=(view.row.index(footer.keys[0].shown), 0))
        assert footer.tooltip == footer.keys[0].tooltip
        await view.pilot.hover(view.results, offset=(3, 3))
        await view.until(lambda: footer.tooltip is None)
