"""The commands that the palette finds for a text."""

from __future__ import annotations

import pytest

from tui.app.keys.action import TITLES
from tui.app.keys.actions import ACTIONS
from tui.app.keys.palette import PaletteEntry, matching_entries

MAIN = {"anywhere", "panes", "search", "pictures", "folders"}
ENTRIES = [
    PaletteEntry(
        action.description,
        lambda: None,
        synonyms=action.synonyms,
        place=TITLES[action.where],
        is_common=action.palette == "common",
    )
    for action in ACTIONS
    if action.where in MAIN and action.palette != "hidden"
]


def titles(text: str) -> list[str]:
    return [entry.title for entry in matching_entries(ENTRIES, text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("delete", "Move to trash"),
        ("remove", "Remove folder from the library"),
        ("undo", "Undo trash"),
        ("rename", "Save this search"),
        ("similar", "Find similar pictures"),
        ("more like this", "Find similar pictures"),
        ("settings", "Settings: where they are"),
        ("config", "Settings: where they are"),
        ("exit", "Quit"),
        ("quit", "Quit"),
        ("refresh", "Refresh library, folders and screen"),
        ("reload", "Refresh library, folders and screen"),
        ("reindex", "Update this folder, or all folders"),
        ("add folder", "Add a folder…"),
        ("forget", "Remove folder from the library"),
        ("download", "Models: choose or download"),
        ("history", "Previous search in history"),
        ("select", "Select / deselect"),
        ("fullscreen", "Preview"),
        ("full screen", "Preview"),
        ("open with", "Open in the system viewer"),
        ("theme", "Theme"),
        ("shortcuts", "Keyboard shortcuts"),
        ("hide folders", "Toggle folder pane"),
        ("dplcts", "Find duplicates"),
    ],
)
def test_words_and_synonyms_find_a_command_first(text: str, expected: str) -> None:
    assert titles(text)[0] == expected


def test_an_empty_text_lists_the_common_commands_first_and_each_once() -> None:
    listed = matching_entries(ENTRIES, "  ")
    assert len(listed) == len(ENTRIES)
    common = [entry.is_common for entry in listed]
    assert common == sorted(common, reverse=True)
    assert any(common)
    assert len({entry.title for entry in listed}) == len(listed)


def test_every_word_must_match() -> None:
    assert titles("trash") == ["Move to trash", "Undo trash"]
    assert titles("undo trash") == ["Undo trash"]
    assert titles("undo xylophone") == []


def test_cursor_motions_are_not_listed() -> None:
    motions = ("up", "down", "left", "right", "page_up", "page_down", "first", "last")
    shown = [action for action in ACTIONS if action.palette != "hidden"]
    assert not [action.id for action in shown if action.id.partition(".")[2] in motions]
