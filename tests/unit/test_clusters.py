"""Clusters of characters in terminals that draw each character by itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len, get_character_cell_size

from tui.app.clusters import steady

EMOJI = ["❤️", "☎️", "👩‍💻", "👨‍👩‍👧‍👦", "👍🏽", "1️⃣", "🏳️‍🌈", "👩🏽‍🚀", "✈️"]


def drawn_width(text: str) -> int:
    return sum(map(get_character_cell_size, text))


@pytest.mark.parametrize("cluster", EMOJI)
def test_a_cluster_is_drawn_as_its_first_character(cluster: str) -> None:
    text = steady(f"a{cluster}b")
    assert text.startswith(f"a{cluster[0]}")
    assert text.endswith("b")
    assert drawn_width(text) == cell_len(f"a{cluster}b")
    assert set(text) - {"a", "b", " "} == {cluster[0]}


def test_letters_that_a_joiner_binds_stay() -> None:
    sri_lanka = "\u0dc1\u0dca\u200d\u0dbb\u0dd3"
    assert steady(f"│{sri_lanka}  │") == f"│{sri_lanka.replace(chr(0x200D), '')} │"
    assert drawn_width(steady(f"│{sri_lanka}  │")) == cell_len(f"│{sri_lanka}  │")


@pytest.mark.parametrize("text", ["", "plain", "\x1b[1;2Hété 鳥 ▀▀", "🐱 cat", "\U0010eeee\u0305"])
def test_other_text_is_left_alone(text: str) -> None:
    assert steady(text) is text


def test_escape_sequences_stay_whole() -> None:
    assert steady("\x1b[31m❤️\x1b[0m\x1b[2;3H") == "\x1b[31m❤ \x1b[0m\x1b[2;3H"
    assert steady("\x1b[31m\ufe0f\x1b[0m") == "\x1b[31m\x1b[0m"


@given(st.lists(st.sampled_from([*EMOJI, "a", "鳥", " ", "\ufe0f", "\U0001f3fd"]), max_size=12))
def test_columns_hold_for_any_mixture(parts: list[str]) -> None:
    # A sign that follows nothing is not drawn by anyone.
    text = "x" + "".join(parts)
    assert drawn_width(steady(text)) == cell_len(text)
