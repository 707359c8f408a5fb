"""A text input that obeys its keys in the order in which they come, and takes safe text alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.widgets import Input

from tui.app.workers.guard import Guarded
from tui.core.formatting import one_line

if TYPE_CHECKING:
    from textual.events import Key, Paste

MAX_LENGTH = 4_096
"""Characters of a text; no path is longer (``PATH_MAX`` of Linux), and no query needs to be."""

_MAX_PASTE = 1 << 16
"""Characters of a paste that are read: lines that are joined may become shorter."""


class OrderedInput(Guarded, Input):
    """Does what a key is bound to before it takes the next one.

    Textual looks bindings up when a key has come back to the app, and by then the letters behind
    it are in the text: over a slow line, where keys come in bunches, a backspace would take away
    the wrong one.

    Whatever sets the text (a paste, a saved query, the name of a folder), it is one line without
    control characters and of bounded length.
    """

    def __init__(self, *args: Any, max_length: int = MAX_LENGTH, **options: Any) -> None:
        self._most = max_length
        super().__init__(*args, max_length=max_length, **options)

    async def on_key(self, event: Key) -> None:
        """Obey the bindings of the input itself; letters are left to `Input`."""
        bound = () if event.is_printable else self._bindings.key_to_bindings.get(event.key, ())
        for binding in bound:
            event.stop()
            event.prevent_default()
            await self.run_action(binding.action)

    def on_paste(self, event: Paste) -> None:
        """Take all lines of a paste; `Input` itself takes the first alone."""
        event.stop()
        event.prevent_default()
        self.take(event.text)

    def action_paste(self) -> None:
        """Take what was cut or copied in the application."""
        self.take(self.app.clipboard)

    def take(self, text: str) -> None:
        """Put a text where the cursor is, its lines joined by blanks, as much of it as fits."""
        start, end = sorted(self.selection)
        room = self._most - len(self.value) + end - start
        line = one_line(text[:_MAX_PASTE])
        if len(line) > room or len(text) > _MAX_PASTE:
            self.notify(f"The text was cut to {self._most:,} characters.", markup=False)
        self.replace(line[:room], start, end)

    def validate_value(self, value: str) -> str:
        """Return the text as it may stand here."""
        return one_line(value)[: self._most]
