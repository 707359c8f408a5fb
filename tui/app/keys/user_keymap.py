"""The user's keys: the table ``[keys]`` of the settings, checked against the registry."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.keys import Keys

from tui.app.keys.actions import ACTIONS
from tui.app.keys.bindings import character_of, shown_key
from tui.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tui.app.keys.action import Action
    from tui.core.settings import Keymap

_OTHER_NAMES = {
    "esc": "escape",
    "pgup": "pageup",
    "pgdn": "pagedown",
    "del": "delete",
    "ins": "insert",
    "return": "enter",
    "spacebar": "space",
}
RENAMED = {"ask.complete": "ask.next"}
"""The current ids of actions that had another id in an earlier version."""

_MODIFIERS = ("ctrl", "alt", "shift", "super")
_MAIN = frozenset({"panes", "anywhere"})
"""Scopes whose keys also work within the others of the main screen."""
_WITHIN = frozenset({"search", "pictures", "picking", "folders"})


def checked_keymap(setting: Keymap, location: Callable[[str], str]) -> dict[str, tuple[str, ...]]:
    """Return the keys by action id, as Textual names them.

    Args:
        setting: action ids with keys, as in the settings.
        location: returns the location of a dotted setting, for the error message.

    Raises:
        ConfigError: an unknown id, an unknown key, or one key for two actions in one scope.
    """
    keymap: dict[str, tuple[str, ...]] = {}
    ids = {action.id for action in ACTIONS}
    for written, keys in setting:
        where = location(f"keys.{written}")
        name = RENAMED.get(written, written)
        if name not in ids:
            raise ConfigError(f"{where}: there is no action {name!r}; {_like(name, ids)}.")
        keymap[name] = tuple(dict.fromkeys(_key(key, where) for key in keys))
    _check_conflicts(keymap, location)
    return keymap


def _like(name: str, ids: set[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, ids, n=3)
    listed = " or ".join(close) if close else ", ".join(sorted(ids))
    return f"it may be {listed}" if close else f"known: {listed}"


def _key(written: str, where: str) -> str:
    """Return Textual's name of a key in the notation of people."""
    *modifiers, last = [written] if written in ("+", "") else written.split("+")
    modifiers = [modifier.strip().lower() for modifier in modifiers]
    name = last.strip() if len(last) > 1 else last
    if len(name) > 1:
        name = _OTHER_NAMES.get(name.lower(), name.lower())
    elif name and not name.isalnum():
        name = _name_of(name)
    key = "+".join([*modifiers, name.lower() if modifiers else name])
    if not name or not set(modifiers) <= set(_MODIFIERS) or not _exists(name):
        raise ConfigError(
            f"{where}: there is no key {written!r}; write it as f5, ctrl+x, space, G or ?."
        )
    return key


def _name_of(character: str) -> str:
    """Return the name that Textual gives a key that is neither letter nor digit."""
    if character == ",":  # it splits keys there
        return "comma"
    return next(iter(Binding.make_bindings([Binding(character, "")]))).key


def _exists(name: str) -> bool:
    return name in {key.value for key in Keys} or character_of(name) is not None


def _check_conflicts(keymap: Mapping[str, tuple[str, ...]], location: Callable[[str], str]) -> None:
    for one, other in combinations(ACTIONS, 2):
        if not _together(one, other) or not {one.id, other.id} & keymap.keys():
            continue
        usual = set(one.keys) & set(other.keys)
        keys = set(keymap.get(one.id, one.keys)) & set(keymap.get(other.id, other.keys)) - usual
        if keys:
            theirs = one.id if one.id in keymap else other.id
            raise ConfigError(
                f"{location(f'keys.{theirs}')}: {shown_key(min(keys))} would be both {one.id} and "
                f"{other.id}; give one of them another key."
            )


def _together(one: Action, other: Action) -> bool:
    """Return whether one key press could mean both actions."""
    places = {one.where, other.where}
    return (
        len(places) == 1
        or (bool(places & _MAIN) and places <= _MAIN | _WITHIN)
        or "anywhere" in places
    )
