"""The actions of the duplicates."""

from __future__ import annotations

from tui.app.keys.action import Action
from tui.app.keys.tables.file_operations import on_pictures
from tui.app.keys.tables.motions import motions

DUPLICATES: tuple[Action, ...] = (
    *motions("duplicates", "file"),
    Action(
        "duplicates.mark",
        ("space",),
        "mark('toggle')",
        "Select / deselect",
        "duplicates",
        "Select",
        synonyms="mark unmark tag pick",
    ),
    Action(
        "duplicates.rest",
        ("asterisk",),
        "mark('rest')",
        "Select all but the best in each group",
        "duplicates",
        "Select duplicates",
        synonyms="mark copies cleanup remove delete keep best",
        palette="common",
    ),
    Action(
        "duplicates.unmark",
        ("U",),
        "mark('clear')",
        "Clear selection",
        "duplicates",
        synonyms="unmark deselect none marks",
    ),
    Action(
        "duplicates.looser",
        ("minus",),
        "threshold(-1)",
        "Looser match",
        "duplicates",
        synonyms="threshold similarity lower fewer",
    ),
    Action(
        "duplicates.stricter",
        ("plus", "equals_sign"),
        "threshold(1)",
        "Stricter match (up to identical files)",
        "duplicates",
        "Threshold",
        synonyms="threshold similarity raise higher same bytes",
    ),
    *on_pictures("duplicates"),
    Action(
        "duplicates.help",
        ("question_mark",),
        "app.help",
        "Keyboard shortcuts",
        "duplicates",
        palette="hidden",
    ),
    Action(
        "duplicates.close",
        ("escape", "q"),
        "close",
        "Back",
        "duplicates",
        "Back",
        synonyms="exit leave",
    ),
)
