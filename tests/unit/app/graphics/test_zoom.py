"""Zooming and moving over a picture."""

from __future__ import annotations

from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from tui.app.graphics.zoom import Towards, Viewport

STEPS = st.lists(st.sampled_from([*get_args(Towards), 1, -1]), max_size=40)


@given(STEPS)
def test_the_viewport_stays_within_the_picture(steps: list[Towards | int]) -> None:
    viewport = Viewport()
    for step in steps:
        viewport = viewport.zoomed(step) if isinstance(step, int) else viewport.moved(step)
        half = 0.5 / viewport.zoom
        assert viewport.x - half >= -1e-9
        assert viewport.x + half <= 1 + 1e-9
        assert viewport.y - half >= -1e-9
        assert viewport.y + half <= 1 + 1e-9


def test_the_whole_picture_can_not_be_moved_and_a_part_to_its_corner() -> None:
    assert Viewport().moved("right").moved("down") == Viewport()
    closer = Viewport().zoomed(2)
    assert (closer.zoom, closer.x) == (2.0, 0.5)
    for _ in range(9):
        closer = closer.moved("right").moved("up")
    assert (closer.x, closer.y) == (0.75, 0.25)
    assert closer.zoomed(-2) == Viewport()


def test_zooming_has_limits() -> None:
    assert Viewport().zoomed(-3) == Viewport()
    assert Viewport().zoomed(99).zoom == 16
