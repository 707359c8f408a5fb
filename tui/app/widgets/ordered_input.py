"""A text input that handles its keys in their order and accepts only safe text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.geometry import Size
from textual.reactive import Reactive
from textual.widgets import Input

from tui.app.workers.guard import Guarded
from tui.core.formatting import one_line

if TYPE_CHECKING:
    from textual.events import Key, Paste
    from textual.timer import Timer

BLINK_SECONDS = 10.0
"""After this time without a key, the cursor stops blinking, since each blink is a repaint."""

MAX_LENGTH = 4_096
"""The most characters of a text; no path is longer (``PATH_MAX`` of Linux)."""

_MAX_PASTE = 1 << 16
"""The most characters of a paste that are read; joining its lines may make it shorter."""


class OrderedInput(Guarded, Input):
    """Runs the action of a key before it handles the next key.

    Textual looks up bindings when a key has bubbled to the app, and by then the input has inserted
    the letters after it. Over a slow connection, where several keys arrive at once, a backspace
    would delete the wrong letter.

    The text is one line without control characters and of bounded length, also if it is pasted or
    set by the program.
    """

    virtual_size = Reactive(Size(0, 0), layout=False)  # the input keeps its size as its text grows

    def __init__(self, *args: Any, max_length: int = MAX_LENGTH, **options: Any) -> None:
        self._max_length = max_length
        self._blink_end: Timer | None = None
        self._has_stopped_blinking = False
        super().__init__(*args, max_length=max_length, **options)

    def on_focus(self) -> None:
        """Let the cursor blink for a while, but not in a dialog."""
        if self.screen.is_modal:
            self.cursor_blink = False
        else:
            self._blink()

    def watch_virtual_size(self) -> None:
        """Scroll back after the text has become shorter."""
        self.scroll_x = self.validate_scroll_x(self.scroll_x)

    async def on_key(self, event: Key) -> None:
        """Run the actions that the input binds; `Input` handles letters.

        An action that does nothing, such as scrolling, leaves its key to the screen.
        """
        if not self.screen.is_modal:
            self._blink()
        bound = () if event.is_printable else self._bindings.key_to_bindings.get(event.key, ())
        for binding in bound:
            if await self.app.run_action(binding.action, self):
                event.stop()
                event.prevent_default()

    def on_paste(self, event: Paste) -> None:
        """Insert all lines of a paste; `Input` would insert only the first."""
        event.stop()
        event.prevent_default()
        self.paste(event.text)

    def action_paste(self) -> None:
        """Insert the text that was cut or copied in the application."""
        self.paste(self.app.clipboard)

    def paste(self, text: str) -> None:
        """Insert as much of a text as fits, its lines joined by blanks."""
        start, end = sorted(self.selection)
        room = self._max_length - len(self.value) + end - start
        line = one_line(text[:_MAX_PASTE])
        if len(line) > room or len(text) > _MAX_PASTE:
            self.notify(f"The text was shortened to {self._max_length:,} characters.", markup=False)
        self.replace(line[:room], start, end)

    def validate_value(self, value: str) -> str:
        """Return the text on one line, truncated to the permitted length."""
        return one_line(value)[: self._max_length]

    def _blink(self) -> None:
        """Let the cursor blink until some time has passed without another call."""
        if self._blink_end is not None:
            self._blink_end.reset()
            return
        self._blink_end = self.set_timer(BLINK_SECONDS, self._stop_blinking)
        if self._has_stopped_blinking:
            self._has_stopped_blinking = False
            self.cursor_blink = True

    def _stop_blinking(self) -> None:
        self._blink_end = None
        if self.cursor_blink:
            self._has_stopped_blinking = True
            self.cursor_blink = False
