"""Long names are shortened in the middle."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.app.model.ellipsis import shorten_name, shorten_path

CHARACTERS = st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from(
    "\u200d\ufe0f\u0301👍🏽日क्षé."
)
NAMES = st.text(CHARACTERS, max_size=60)


@pytest.mark.parametrize(
    ("name", "room", "shown"),
    [
        ("fox.jpg", 7, "fox.jpg"),
        ("n04612504_1234_sailboat.JPEG", 20, "n04612504_…boat.JPEG"),
        ("holiday in Lisbon 2023 (4).jpg", 17, "holiday … (4).jpg"),
        ("日本語の写真アルバム.png", 14, "日本語…ム.png"),
        ("no suffix at all but long", 11, "no su… long"),
        ("photograph.jpg", 6, "p….jpg"),
        ("photograph.jpg", 5, "ph…pg"),
        ("photograph.jpg", 4, "p…pg"),
        ("photograph.jpg", 1, "…"),
        ("photograph.jpg", 0, ""),
    ],
)
def test_the_beginning_the_end_and_the_suffix_stay(name: str, room: int, shown: str) -> None:
    assert shorten_name(name, room) == shown


@given(NAMES, st.integers(0, 40))
def test_a_shortened_name_fits_and_keeps_both_ends(name: str, room: int) -> None:
    shown = shorten_name(name, room)
    assert cell_len(shown) <= room
    if cell_len(name) <= room:
        assert shown == name
        return
    assert ("…" in shown) == (room > 0)
    assert (
        any(
            name.startswith(shown[:cut]) and name.endswith(shown[cut + 1 :])
            for cut, character in enumerate(shown)
            if character == "…"
        )
        or not shown
    )


@given(st.text("abcdé_ 123", min_size=12, max_size=60), st.sampled_from(["jpg", "JPEG", "cr3"]))
def test_a_suffix_stays_with_the_characters_before_it(stem: str, suffix: str) -> None:
    name = f"{stem}.{suffix}"
    shown = shorten_name(name, 16)
    assert shown == name or shown.endswith(name[-len(suffix) - 4 :])


def test_a_long_path_is_shortened_at_its_beginning() -> None:
    assert shorten_path("~/Pictures/2023 Lisbon", 22) == "~/Pictures/2023 Lisbon"
    assert shorten_path("~/Pictures/2023 Lisbon", 20) == "…/2023 Lisbon"
    assert shorten_path("~/Pictures/2023 Lisbon", 13) == "…/2023 Lisbon"
    assert shorten_path("~/Pictures/2023 Lisbon", 12) == "…2023 Lisbon"
    assert shorten_path("~/Pictures/2023 Lisbon", 0) == ""
    assert shorten_path("/写真/猫猫猫", 6) == "…猫猫"


@given(NAMES, st.integers(0, 40))
def test_a_shortened_path_fits_and_keeps_its_end(path: str, room: int) -> None:
    shown = shorten_path(path, room)
    assert cell_len(shown) <= room
    assert path.endswith(shown.lstrip("…"))
