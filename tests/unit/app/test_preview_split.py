"""When the preview pane is shown."""

from __future__ import annotations

import pytest

from tui.app.screens.main.preview_split import (
    LEAST_COLUMNS,
    LEAST_ROWS,
    WIDE,
    choice_to_store,
    shows_preview,
)


@pytest.mark.parametrize(
    ("choice", "window", "shown"),
    [
        (None, WIDE, True),
        (None, WIDE - 1, False),
        (True, WIDE - 1, True),
        (False, WIDE, False),
    ],
)
def test_a_wide_window_shows_the_pane_unless_the_user_decides(
    choice: bool | None, window: int, shown: bool
) -> None:
    assert shows_preview(choice, window, 100, 40) is shown


def test_the_pane_needs_room() -> None:
    assert shows_preview(True, WIDE, LEAST_COLUMNS, LEAST_ROWS)
    assert not shows_preview(True, WIDE, LEAST_COLUMNS - 1, LEAST_ROWS)
    assert not shows_preview(None, WIDE, LEAST_COLUMNS, LEAST_ROWS - 1)


def test_showing_it_in_a_wide_window_restores_the_default() -> None:
    assert choice_to_store(True, WIDE) is None
    assert choice_to_store(False, WIDE) is False
    assert choice_to_store(True, WIDE - 1) is True
    assert choice_to_store(False, WIDE - 1) is False
