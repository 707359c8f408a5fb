"""Clusters of characters in terminals that draw each character separately."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len, get_character_cell_size

from tui.app.terminal.clusters import steady

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


def test_letters_with_a_joiner_are_kept() -> None:
    sri_lanka = "\u0dc1\u0dca\u200d\u0dbb\u0dd3"
    assert steady(f"│{sri_lanka}  │") == f"│{sri_lanka.replace(chr(0x200D), '')} │"
    assert drawn_width(steady(f"│{sri_lanka}  │")) == cell_len(f"│{sri_lanka}  │")


@pytest.mark.parametrize("text", ["", "plain", "\x1b[1;2Hété 鳥 ▀▀", "🐱 cat", "\U0010eeee\u0305"])
def test_text_without_clusters_is_unchanged(text: str) -> None:
    assert steady(text) is text


def test_escape_sequences_are_not_split() -> None:
    assert steady("\x1b[31m❤️\x1b[0m\x1b[2;3H") == "\x1b[31m❤ \x1b[0m\x1b[2;3H"
    assert steady("\x1b[31m\ufe0f\x1b[0m") == "\x1b[31m\x1b[0m"


HINDI = "\u0939\u093f\u0928\u094d\u0926\u0940"  # two of its signs take a column in xterm
NARROW, WIDE = "narrow", "wide"


def shown(text: str, terminal: str) -> list[str]:
    """Return the cells of a line of 20 that showed ``#``; vowel signs take no column, or one."""
    cells, x = ["#"] * 20, 0
    for token in re.finditer(r"\x1b\[1;(\d+)H|\x1b\[[\d;]*m|(.)", text):
        if token[1]:
            x = int(token[1]) - 1
        elif token[2]:
            width = get_character_cell_size(token[2])
            width += terminal == WIDE and unicodedata.category(token[2]) == "Mc"
            if width:
                cells[x] = token[2]
            x += width
    return cells


@pytest.mark.parametrize("terminal", [NARROW, WIDE])
@pytest.mark.parametrize("blanks", range(5))
@pytest.mark.parametrize("style", ["", "\x1b[31m"])
def test_text_after_vowel_signs_stays_in_its_column(terminal: str, blanks: int, style: str) -> None:
    text = f"\x1b[1;1H│{HINDI}{' ' * blanks}{style}│ab\x1b[1;15Hend"
    plain = f"\x1b[1;1H│abc{' ' * blanks}{style}│ab\x1b[1;15Hend"
    cells, expected = shown(steady(text), terminal), shown(plain, terminal)
    assert [*cells[:1], *cells[4 + blanks :]] == [*expected[:1], *expected[4 + blanks :]]
    assert "#" not in cells[1 : 4 + blanks]


@given(st.lists(st.sampled_from([*EMOJI, "a", "鳥", " ", "\ufe0f", "\U0001f3fd"]), max_size=12))
def test_columns_are_correct_for_any_mixture(parts: list[str]) -> None:
    # No terminal draws a sign that follows nothing.
    text = "x" + "".join(parts)
    assert drawn_width(steady(text)) == cell_len(text)
