"""The actions of the folder tree."""

from __future__ import annotations

from tui.app.keys.action import Action

FOLDERS: tuple[Action, ...] = (
    Action("folders.up", ("up", "k"), "cursor_up", "Up", "folders", palette="hidden"),
    Action("folders.down", ("down", "j"), "cursor_down", "Down", "folders", palette="hidden"),
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
        "folders.first", ("home", "g"), "scroll_home", "First folder", "folders", palette="hidden"
    ),
    Action("folders.last", ("end", "G"), "scroll_end", "Last folder", "folders", palette="hidden"),
    Action(
        "folders.page_up", ("pageup", "ctrl+b"), "page_up", "Page up", "folders", palette="hidden"
    ),
    Action(
        "folders.page_down",
        ("pagedown", "ctrl+f"),
        "page_down",
        "Page down",
        "folders",
        palette="hidden",
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
        "folders.parent",
        ("u", "backspace"),
        "parent",
        "Parent folder",
        "folders",
        "Up",
        synonyms="up level tree root",
    ),
)
