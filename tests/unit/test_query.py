"""Every text is a query."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.search.query import MAX_CHARACTERS, MAX_WORDS, Query, parse

ANYTHING = st.text(alphabet=st.characters(), max_size=60)


@given(ANYTHING)
def test_any_text_parses_to_clean_text(text: str) -> None:
    query = parse(text)
    assert not any(unicodedata.category(character) in {"Cc", "Cs"} for character in query.text)
    assert query.text == " ".join(query.text.split())
    query.text.encode()


@given(ANYTHING)
def test_parsing_the_text_of_a_query_changes_nothing(text: str) -> None:
    once = parse(text)
    assert parse(once.text) == once


@given(ANYTHING, ANYTHING)
def test_white_space_and_case_do_not_change_the_words(left: str, right: str) -> None:
    assert parse(f"  {left}\n\t{right} ").words == parse(f"{left} {right}").words


@pytest.mark.parametrize("text", ["", " ", "\t \n", "\x00\x1b", "\ud800"])
def test_nothing_to_see_is_the_empty_query(text: str) -> None:
    assert parse(text, Path("/pictures")) == Query(scope=Path("/pictures"))
    assert parse(text).is_empty


def test_a_long_text_is_shortened_and_says_so() -> None:
    query = parse("sea " * 2_500)
    assert len(query.text) <= MAX_CHARACTERS
    assert query.shortened
    assert query.words == ("sea",)
    assert len(parse(" ".join(map(str, range(500)))).words) == MAX_WORDS
    assert not parse("sea").shortened


def test_emoji_and_other_scripts_stay() -> None:
    family = "👨\u200d👩\u200d👧 קיץ 夏"
    assert parse(family).text == family


def test_control_characters_go_and_the_rest_stays() -> None:
    assert parse("red\x1b[31m\x00 car\x7f").text == "red[31m car"
