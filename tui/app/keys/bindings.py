"""The keys of the actions: bindings for Textual, and how people write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding, BindingType
from textual.keys import REPLACED_KEYS, key_to_character

from tui.app.keys.actions import ACTIONS, Action, ActionScope

if TYPE_CHECKING:
    from collections.abc import Mapping

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
        "ask.complete",
    }
)
"""Run before later keys are given out: keys that are sent in one go must not overtake these."""


_chosen: dict[str, tuple[str, ...]] = {}


def use_keymap(keymap: Mapping[str, tuple[str, ...]]) -> None:
    """Take these keys instead of the usual ones, by action id; none at all is possible.

    To be called before the screens are imported: their bindings are made as they are defined.
    Textual's own keymap is put over the bindings after those were left out that the search input
    takes as text, so a letter chosen there would work, or be shown, in the middle of a word.
    """
    _chosen.clear()
    _chosen.update(keymap)


def keys_of(action: Action) -> tuple[str, ...]:
    """Return the keys of an action, as Textual calls them: the user's, else the usual ones."""
    return _chosen.get(action.id, action.keys)


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
    """Return what a key types, None where it types nothing."""
    character = key_to_character(REPLACED_KEYS.get(key, key))
    return character if character and character.isprintable() else None


def shown_key(key: str) -> str:
    """Return a key as people write it: ``Ctrl+Q``, ``Esc``, ``/``, ``G``."""
    *modifiers, last = key.split("+")
    name = _NAMES.get(last) or character_of(last) or last.capitalize()
    if modifiers and len(last) == 1:
        name = name.upper()
    return "+".join([*(modifier.capitalize() for modifier in modifiers), name])


def shown_keys(action: Action) -> str:
    """Return an action's keys, as people write them."""
    return ", ".join(shown_key(key) for key in keys_of(action)) or "no key"


def key_for(action_id: str) -> str:
    """Return the key of an action that works most widely, the last one, as people write it."""
    keys = keys_of(action_of(action_id))
    return shown_key(keys[-1]) if keys else "no key"
