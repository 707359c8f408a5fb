"""The app does nothing while nothing happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.app_harness import AppHarness
from tui.app.widgets import ordered_input

if TYPE_CHECKING:
    import pytest
    from textual.app import App
    from textual.timer import Timer


def running_timers(app: App[None]) -> list[Timer]:
    """Return the timers of the app, its screens and all widgets that will still fire."""
    screens = [node for screen in app.screen_stack for node in screen.walk_children(with_self=True)]
    timers = [timer for node in (app, *screens) for timer in node._timers]
    return [
        timer
        for timer in timers
        if timer._task is not None and not timer._task.done() and timer._active.is_set()
    ]


async def test_no_timer_runs_once_the_cursor_has_stopped_blinking(
    indexed_harness: AppHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ordered_input, "BLINK_SECONDS", 0.2)
    async with indexed_harness.running(size=(100, 30)) as view:
        await view.type("red")
        assert any(timer._callback == view.query._toggle_cursor for timer in view.query._timers)
        await view.until(lambda: not running_timers(view.app))
        assert view.app.focused is view.query
        assert view.query._cursor_visible
        assert not view.query.cursor_blink


async def test_a_key_lets_the_cursor_blink_again(
    indexed_harness: AppHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ordered_input, "BLINK_SECONDS", 0.2)
    async with indexed_harness.running(size=(100, 30)) as view:
        await view.until(lambda: not view.query.cursor_blink)
        monkeypatch.setattr(ordered_input, "BLINK_SECONDS", 600.0)
        await view.pilot.press("r")
        assert view.query.cursor_blink
        blinking = [timer for timer in running_timers(view.app) if timer._interval == 0.5]
        assert [timer._callback for timer in blinking] == [view.query._toggle_cursor]
        first = view.query._blink_end
        await view.pilot.press("e")
        assert view.query._blink_end is first


async def test_a_cursor_that_never_blinks_does_not_start_blinking(
    indexed_harness: AppHarness,
) -> None:
    async with indexed_harness.running(size=(100, 30)) as view:
        view.query.cursor_blink = False
        view.query._stop_blinking()
        await view.pilot.press("r")
        assert not view.query.cursor_blink
