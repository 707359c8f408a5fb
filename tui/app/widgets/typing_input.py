"""A text input that obeys its keys in the order in which they come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Input

if TYPE_CHECKING:
    from textual.events import Key


class TypingInput(Input):
    """Does what a key is bound to before it takes the next one.

    Textual looks bindings up when a key has come back to the app, and by then the letters behind
    it are in the text: over a slow line, where keys come in bunches, a backspace would take away
    the wrong one.
    """

    async def on_key(self, event: Key) -> None:
        """Obey the bindings of the input itself; letters are left to `Input`."""
        bound = () if event.is_printable else self._bindings.key_to_bindings.get(event.key, ())
        for binding in bound:
            event.stop()
            event.prevent_default()
            await self.run_action(binding.action)
