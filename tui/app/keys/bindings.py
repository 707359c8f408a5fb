"""The keys of the actions: as bindings for Textual, and as displayed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding, BindingType
from textual.keys import REPLACED_KEYS, key_to_character

from tui.app.keys.actions import ACTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui.app.keys.action import Action, ActionScope

_NAMES = {
    "space": "Space",
    "escape": "Esc",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
}


_AT_ONCE = frozenset(
    {
        "anywhere.quit",
        "anywhere.interrupt",
        "search.pictures",
        "search.later",
        "panes.search",
        "panes.back",
        "panes.pictures",
        "panes.folders",
    }
)
"""Run with priority: keys that arrive in one burst must not overtake these."""


_user_keys: dict[str, tuple[str, ...]] = {}


def use_keymap(keymap: Mapping[str, tuple[str, ...]]) -> None:
    """Use these keys instead of the default ones, by action id; an action may have none.

    Call it before the screens are imported, since classes define their bindings. Textual's own
    keymap is unsuitable: it applies after the search input has claimed keys that type text, so a
    letter in it would also act in the middle of a word.
    """
    _user_keys.clear()
    _user_keys.update(keymap)


def keys_of(action: Action) -> tuple[str, ...]:
    """Return the keys of an action by Textual's names: the user's, else the default ones."""
    return _user_keys.get(action.id, action.keys)


def bindings(*places: ActionScope) -> list[BindingType]:
    """Return Textual's bindings of the actions that belong to ``places``."""
    return [
        Binding(
            ",".join(keys_of(action)),
            action.action,
            action.footer or action.description,
            show=bool(action.footer),
            tooltip=action.description,
            priority=action.id in _AT_ONCE,
            id=action.id,
        )
        for action in ACTIONS
        if action.where in places and keys_of(action)
    ]


def action_of(action_id: str) -> Action:
    """Return an action by its id."""
    return next(action for action in ACTIONS if action.id == action_id)


def character_of(key: str) -> str | None:
    """Return the character that a key types; None if it types none."""
    character = key_to_character(REPLACED_KEYS.get(key, key))
    return character if character and character.isprintable() else None


def shown_key(key: str) -> str:
    """Return a key as displayed: ``Ctrl+Q``, ``Esc``, ``/``, ``G``."""
    *modifiers, last = key.split("+")
    name = _NAMES.get(last) or character_of(last) or last.capitalize()
    if modifiers and len(last) == 1:
        name = name.upper()
    return "+".join([*(modifier.capitalize() for modifier in modifiers), name])


def shown_keys(action: Action) -> str:
    """Return the keys of an action, as displayed."""
    return ", ".join(shown_key(key) for key in keys_of(action)) or "no key"


def key_for(action_id: str) -> str:
    """Return the last key of an action, which works in most places, as displayed."""
    keys = keys_of(action_of(action_id))
    return shown_key(keys[-1]) if keys else "no key"
