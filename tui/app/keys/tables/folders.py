"""The actions of the folder tree."""

from __future__ import annotations

from tui.app.keys.action import Action
from tui.app.keys.tables.motions import motions

FOLDERS: tuple[Action, ...] = (
    *motions("folders", "folder"),
    Action(
        "folders.open",
        ("right", "l"),
        "open_folder",
        "Expand folder",
        "folders",
        synonyms="open unfold",
    ),
    Action(
        "folders.close",
        ("left", "h"),
        "close_folder",
        "Collapse, or go to parent",
        "folders",
        synonyms="close fold",
    ),
    Action(
        "folders.choose",
        ("enter", "space"),
        "select_cursor",
        "Search only this folder",
        "folders",
        "Search here",
        synonyms="filter scope search in directory",
    ),
    Action(
        "folders.remove",
        ("d", "delete"),
        "remove",
        "Remove folder from the library",
        "folders",
        "Remove",
        synonyms="forget delete drop exclude library",
    ),
    Action(
        "folders.parent",
        ("u", "backspace"),
        "parent",
        "Parent folder",
        "folders",
        "Up",
        synonyms="up level tree root",
    ),
)
