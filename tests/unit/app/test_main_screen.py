"""The composition of the main screen."""

from __future__ import annotations

import inspect

from tui.app.screens.main.folder_pane import FolderPane
from tui.app.screens.main.results_pane import ResultsPane
from tui.app.screens.main.screen import MainScreen
from tui.app.screens.main.search_pane import SearchPane
from tui.app.screens.main.status_bar import StatusBar

MOST_LINES = 200


def test_the_screen_only_routes_between_its_panes() -> None:
    assert len(inspect.getsource(MainScreen).splitlines()) <= MOST_LINES
    bases = [cls.__name__ for cls in MainScreen.__mro__ if cls.__module__.startswith("tui.")]
    assert bases == ["MainScreen", "Guarded"]


def test_every_key_of_a_pane_has_its_action_there() -> None:
    panes = (FolderPane, SearchPane, ResultsPane, StatusBar, MainScreen)
    for pane in panes:
        for binding in pane.__dict__.get("BINDINGS", ()):
            name = binding.action.partition("(")[0]
            if not name.startswith("app."):
                assert callable(getattr(pane, f"action_{name}")), (pane, binding.action)
