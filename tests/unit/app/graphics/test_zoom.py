"""Zooming and panning a picture."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.app.graphics.zoom import Projection, Towards, Viewport

SIDES = st.integers(1, 20_000)
SIZES = st.tuples(SIDES, SIDES)
PROJECTIONS = st.builds(Projection, SIZES, st.tuples(st.integers(2, 3000), st.integers(2, 3000)))
STEPS = st.lists(st.sampled_from([*get_args(Towards), 1, -1, "r", "R", "100 %"]), max_size=30)
SHARES = st.floats(-0.5, 0.5)

WIDE = Projection((4000, 3000), (800, 600))


def after(projection: Projection, steps: list[str | int]) -> Viewport:
    viewport = Viewport()
    for step in steps:
        if isinstance(step, int):
            viewport = projection.zoomed(viewport, step)
        elif step == "100 %":
            viewport = projection.actual_size(viewport)
        elif step in ("r", "R"):
            viewport = projection.rotated(viewport, 1 if step == "r" else -1)
        else:
            viewport = projection.moved(viewport, step)  # type: ignore[arg-type]
    return viewport


@given(PROJECTIONS, STEPS)
def test_the_viewport_stays_within_the_picture(
    projection: Projection, steps: list[str | int]
) -> None:
    viewport = projection.within(after(projection, steps))
    visible = projection.visible(viewport)
    for centre, part, side in zip(
        (viewport.x, viewport.y), visible, projection.picture, strict=True
    ):
        assert part <= side
        assert centre * side - part / 2 >= -1e-6 * side
        assert centre * side + part / 2 <= side * (1 + 1e-6)


@given(PROJECTIONS, STEPS, st.sampled_from([1, -1]))
def test_four_quarter_turns_are_none(
    projection: Projection, steps: list[str | int], by: int
) -> None:
    viewport = after(projection, steps)
    turned = viewport
    for _ in range(4):
        turned = projection.rotated(turned, by)
    assert replace(turned, zoom=viewport.zoom) == viewport
    assert math.isclose(turned.zoom, viewport.zoom, rel_tol=1e-8)


@given(PROJECTIONS, STEPS)
def test_a_turn_retains_the_scale_of_a_zoomed_picture(
    projection: Projection, steps: list[str | int]
) -> None:
    viewport = after(projection, steps)
    turned = projection.rotated(viewport, 1)
    if viewport.zoom == 1:
        assert turned.zoom == 1
    else:
        assert math.isclose(projection.scale(turned), projection.scale(viewport), rel_tol=1e-8)


@given(PROJECTIONS, STEPS, st.sampled_from([1, -1]), SHARES, SHARES)
def test_the_point_under_the_pointer_stays_unless_the_picture_ends(
    projection: Projection, steps: list[str | int], by: int, across: float, down: float
) -> None:
    before = after(projection, steps)
    at = (across * projection.box[0], down * projection.box[1])
    changed = projection.zoomed(before, by, at)
    point = projection.image_point(before, at)
    same = projection.image_point(changed, at)
    # Where the picture ends inside the box, its centre or its edge stays instead.
    visible = projection.visible(changed)
    for centre, axis in ((changed.x, 0), (changed.y, 1)):
        side, half = projection.picture[axis], visible[axis] / 2
        is_at_an_end = min(centre * side, (1 - centre) * side) <= half * (1 + 1e-6)
        if not is_at_an_end:
            assert math.isclose(point[axis], same[axis], abs_tol=1e-6 * side)


@given(PROJECTIONS, STEPS, SHARES, SHARES)
def test_a_drag_moves_the_picture_with_the_pointer(
    projection: Projection, steps: list[str | int], across: float, down: float
) -> None:
    before = projection.within(after(projection, steps))
    by = (across * projection.box[0], down * projection.box[1])
    dragged = projection.dragged(before, by)
    grip, end = (0.0, 0.0), by
    point, same = projection.image_point(before, grip), projection.image_point(dragged, end)
    visible = projection.visible(dragged)
    for centre, axis in ((dragged.x, 0), (dragged.y, 1)):
        side, half = projection.picture[axis], visible[axis] / 2
        if min(centre * side, (1 - centre) * side) > half * (1 + 1e-6):
            assert math.isclose(point[axis], same[axis], abs_tol=1e-6 * side)


@given(PROJECTIONS, STEPS)
def test_100_per_cent_is_one_image_pixel_per_screen_pixel(
    projection: Projection, steps: list[str | int]
) -> None:
    assert math.isclose(projection.scale(after(projection, [*steps, "100 %"])), 1)


def test_the_whole_picture_can_not_be_moved_and_a_part_to_its_corner() -> None:
    assert after(WIDE, ["right", "down"]) == Viewport()
    assert WIDE.is_whole(Viewport())
    closer = after(WIDE, [1, 1])
    assert (closer.zoom, closer.x) == (2.0, 0.5)
    assert not WIDE.is_whole(closer)
    corner = WIDE.dragged(closer, (-9999.0, 9999.0))
    assert (corner.x, corner.y) == pytest.approx((0.75, 0.25))
    assert WIDE.zoomed(corner, -2) == Viewport()


def test_rotated_clockwise_the_right_of_the_picture_is_at_the_bottom() -> None:
    turned = WIDE.rotated(after(WIDE, [1, 1]), 1)
    lower = WIDE.moved(turned, "down")
    assert lower.x > 0.5
    assert lower.y == pytest.approx(0.5)
    assert WIDE.image_point(turned, (0.0, 100.0))[0] > 2000


def test_zooming_has_limits() -> None:
    assert WIDE.zoomed(Viewport(), -3) == Viewport()
    assert WIDE.zoomed(Viewport(), 99).zoom == 16
    # In half cells, 100 % of a photograph is far beyond that.
    half_cells = Projection((4000, 3000), (80, 60))
    assert half_cells.zoomed(Viewport(), 99).zoom == 96


def test_a_small_picture_is_reduced_to_100_per_cent_and_enlarged_again() -> None:
    small = Projection((100, 75), (800, 600))
    actual = small.actual_size(Viewport())
    assert actual.zoom == 0.25
    assert small.is_whole(actual)
    assert small.zoomed(actual, -1) == actual
    assert small.zoomed(actual, 1) == Viewport()
