"""The colours with which the app starts."""

from __future__ import annotations

import pytest

from tui.app.theme import DARK, LIGHT, theme_for


@pytest.mark.parametrize(
    ("answer", "name"),
    [("15;0", DARK.name), ("0;15", LIGHT.name), ("0;default;7", LIGHT.name), ("x", DARK.name)],
)
def test_the_theme_suits_the_terminal(answer: str, name: str) -> None:
    assert theme_for({"COLORFGBG": answer}) == name


def test_a_terminal_without_a_known_background_gets_the_dark_theme() -> None:
    assert theme_for({}) == DARK.name
