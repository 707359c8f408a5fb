"""Texts that fit a number of columns."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.app.model.fitted_text import shortened, shortened_path, wrapped

TEXTS = st.text(st.sampled_from("ab c/.1é字猫👍\u0301"), max_size=40)


def test_a_long_name_loses_its_middle() -> None:
    assert shortened("IMG_2041.jpg", 12) == "IMG_2041.jpg"
    assert shortened("n04612504_10085_yawl_sailing.jpg", 20) == "n04612504_…iling.jpg"
    assert shortened("IMG_2041.jpg", 1) == "…"
    assert shortened("IMG_2041.jpg", 0) == ""


def test_a_long_path_loses_its_beginning() -> None:
    assert shortened_path("~/Pictures/2023 Lisbon", 22) == "~/Pictures/2023 Lisbon"
    assert shortened_path("~/Pictures/2023 Lisbon", 12) == "…2023 Lisbon"
    assert shortened_path("~/Pictures", 0) == ""


def test_wide_characters_count_two_columns() -> None:
    assert shortened("猫猫猫猫猫.jpg", 10) == "猫猫….jpg"
    assert shortened_path("/写真/猫猫猫", 6) == "…猫猫"


def test_lines_break_at_blanks_and_within_long_words() -> None:
    assert wrapped("Canon EOS 5D Mark II", 9) == ["Canon EOS", "5D Mark", "II"]
    assert wrapped("~/Pictures/2023", 6) == ["~/Pict", "ures/2", "023"]
    assert wrapped("", 6) == [""]


@given(TEXTS, st.integers(0, 30))
def test_a_shortened_text_fits_and_is_as_long_as_possible(text: str, width: int) -> None:
    for short in (shortened(text, width), shortened_path(text, width)):
        if cell_len(text) <= width:
            assert short == text
        else:
            # A wide character may leave a column free at either side of the ellipsis.
            assert max(0, width - 2) <= cell_len(short) <= width


@given(TEXTS, st.integers(2, 30))
def test_wrapped_lines_fit_and_lose_no_character(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
