"""The actions of the search box."""

from __future__ import annotations

from tui.app.keys.action import Action

SEARCH_BOX: tuple[Action, ...] = (
    Action(
        "search.pictures",
        ("enter",),
        "accept",
        "Focus results",
        "search",
        "Results",
        palette="hidden",
    ),
    Action(
        "search.later",
        ("down",),
        "later",
        "Next search in history, then results",
        "search",
        palette="hidden",
    ),
    Action(
        "search.earlier",
        ("up",),
        "earlier",
        "Previous search in history",
        "search",
        synonyms="history earlier last back",
    ),
    Action(
        "search.next_result",
        ("ctrl+n", "ctrl+j"),
        "highlight('right')",
        "Highlight the next result",
        "search",
        palette="hidden",
    ),
    Action(
        "search.previous_result",
        ("ctrl+k",),
        "highlight('left')",
        "Highlight the previous result",
        "search",
        palette="hidden",
    ),
    Action(
        "search.page_down",
        ("pagedown",),
        "highlight('page_down')",
        "Highlight a result one page down",
        "search",
        palette="hidden",
    ),
    Action(
        "search.page_up",
        ("pageup",),
        "highlight('page_up')",
        "Highlight a result one page up",
        "search",
        palette="hidden",
    ),
    Action(
        "search.complete",
        ("tab",),
        "complete",
        "Autocomplete, or next pane",
        "search",
        "Complete",
        palette="hidden",
    ),
    Action(
        "search.complete_back",
        ("shift+tab",),
        "complete_back",
        "Previous suggestion, or previous pane",
        "search",
        palette="hidden",
    ),
    Action(
        "search.clear",
        ("escape",),
        "empty",
        "Clear the search",
        "search",
        synonyms="empty reset new search",
    ),
)
