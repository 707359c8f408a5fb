"""Runs the action of a pressed key, with the count that was typed before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual import actions
from textual._keyboard_protocol import MODIFIER_FUNCTIONAL_KEYS
from textual.widgets import Input

from tui.app.keys.actions import ACTIONS
from tui.app.keys.bindings import shown_key
from tui.app.keys.footer import KeyFooter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.app import App
    from textual.binding import Binding
    from textual.dom import DOMNode
    from textual.timer import Timer
    from textual.widget import Widget

MOST = 999_999
"""The highest count; a digit that would exceed it is ignored."""

UNKNOWN_AFTER = 0.05
"""Seconds without another key until a hint about an unknown key is shown.

A reply of the terminal that Textual does not recognize arrives as many keys at once.
"""

_COUNTED = frozenset(action.id for action in ACTIONS if action.takes_count)
_FIRST = frozenset(action.id for action in ACTIONS if action.id.endswith(".first"))


class KeyRouter:
    """Runs the actions of the keys that no widget has used.

    Digits before a key are its count, as in ``5j``; the footer shows them. A key without an action
    gets a hint there.

    Args:
        app: the app.
    """

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._digits = ""
        self._focused: Widget | None = None
        self._second_key = ""
        self._unknown_timer: Timer | None = None

    @property
    def digits(self) -> str:
        """The count that has been typed; empty if there is none."""
        return self._digits

    async def run(self, key: str, *, priority: bool) -> bool:
        """Run the action of a key; return False if it has none.

        Textual calls this twice for each key: at first for the bindings with priority, then,
        unless a widget has used the key, for the others.
        """
        if priority:
            self._forget_unknown()
            if self._digits and (key == "escape" or self._app.focused is not self._focused):
                self._take()
                if key == "escape":
                    return True
        elif self._swallow_second(key) or self._add_digit(key):
            return True
        count = None if priority else self._take()
        for namespace, binding in self._bindings(key, priority=priority):
            is_counted = count is not None and binding.id in _COUNTED
            if await self._app.run_action(
                _with_count(binding, count) if is_counted else binding.action, namespace
            ):
                self._take()
                self._second_key = key if is_counted and binding.id in _FIRST else ""
                return True
        if not priority:
            self._note_unknown(key)
        return False

    def _bindings(self, key: str, *, priority: bool) -> Iterator[tuple[DOMNode, Binding]]:
        screen = self._app.screen
        chain = reversed(screen._binding_chain) if priority else screen._modal_binding_chain
        for namespace, bindings in chain:
            for binding in bindings.key_to_bindings.get(key, ()):
                if binding.priority == priority:
                    yield namespace, binding

    # --- counts -------------------------------------------------------------------------------

    def _add_digit(self, key: str) -> bool:
        """Add a digit to the count, if the key is one and has no action of its own."""
        if not (len(key) == 1 and key in "0123456789") or (key == "0" and not self._digits):
            return False
        if not self._digits and any(True for _ in self._bindings(key, priority=False)):
            return False
        ids = {
            binding.id
            for _, bindings in self._app.screen._modal_binding_chain
            for _, binding in bindings
        }
        if not ids & _COUNTED:
            return False
        if int(self._digits + key) <= MOST:
            self._digits += key
        self._focused = self._app.focused
        self._show(self._digits)
        return True

    def _take(self) -> int | None:
        """Return the count, and clear it."""
        if not self._digits:
            return None
        count, self._digits = int(self._digits), ""
        self._show("")
        return count

    def _swallow_second(self, key: str) -> bool:
        """Return whether a key is the second one of ``5gg``, whose first one has run the action."""
        is_second = bool(key) and key == self._second_key
        self._second_key = ""
        return is_second

    # --- unknown keys -------------------------------------------------------------------------

    def _note_unknown(self, key: str) -> None:
        if key.rpartition("+")[2] in MODIFIER_FUNCTIONAL_KEYS or key == "ignore":
            return
        is_text = isinstance(self._app.focused, Input) and len(key) == 1
        if not is_text:
            self._unknown_timer = self._app.set_timer(UNKNOWN_AFTER, lambda: self._hint(key))

    def _forget_unknown(self) -> None:
        if self._unknown_timer is not None:
            self._unknown_timer.stop()
            self._unknown_timer = None

    def _hint(self, key: str) -> None:
        self._unknown_timer = None
        help_keys = [
            binding.key
            for _, bindings in self._app.screen._modal_binding_chain
            for _, binding in bindings
            if binding.action == "app.help"
        ]
        if isinstance(self._app.focused, Input):
            help_keys = [key for key in help_keys if len(key) > 1 and key != "question_mark"]
        for_keys = f" Press {shown_key(help_keys[0])} for keys." if help_keys else ""
        self._show(f"No action on “{shown_key(key)}”.{for_keys}")

    def _show(self, text: str) -> None:
        for footer in self._app.screen.query(KeyFooter):
            footer.show_hint(text, lasts=text.isdigit())


def _with_count(binding: Binding, count: int | None) -> tuple[str, str, tuple[Any, ...]]:
    """Return the action of a binding with the count as its last parameter."""
    namespace, name, parameters = actions.parse(binding.action)
    return namespace, name, (*parameters, count)
