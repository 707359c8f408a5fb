"""The timer of a slideshow."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.screen import Screen
    from textual.timer import Timer

_SECONDS = (1, 2, 3, 4, 6, 8, 10, 15, 20, 30, 60)


class Slideshow:
    """Calls a function after each slide while it runs.

    Args:
        screen: runs the timer.
        show_next: shows the next slide.
    """

    def __init__(self, screen: Screen[int], show_next: Callable[[], object]) -> None:
        self._screen = screen
        self._show_next = show_next
        self._pace = _SECONDS.index(4)
        self._timer: Timer | None = None

    @property
    def is_running(self) -> bool:
        """Whether the slideshow is running."""
        return self._timer is not None

    @property
    def text(self) -> str:
        """The seconds that a slide stays; empty while the slideshow is stopped."""
        return "" if self._timer is None else f"▶ {_SECONDS[self._pace]} s"

    def toggle(self) -> None:
        """Start or stop."""
        if self._timer is None:
            self._start_timer()
        else:
            self._timer.stop()
            self._timer = None

    def change_pace(self, by: int) -> None:
        """Let slides stay longer or shorter, by a number of levels."""
        self._pace = max(0, min(self._pace + by, len(_SECONDS) - 1))
        if self._timer is not None:
            self._start_timer()

    def _start_timer(self) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._screen.set_timer(_SECONDS[self._pace], self._advance)

    def _advance(self) -> None:
        self._show_next()
        self._start_timer()
