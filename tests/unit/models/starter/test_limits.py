"""Queries get a hint about words that the built-in model can't know, and about no others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.models.starter.limits import limit_of


@pytest.mark.parametrize(
    ("text", "kind", "word"),
    [
        ("two people at a table", "people", "people"),
        ("a RED car", "colours", "red"),
        ("dog running", "actions", "running"),
        ("a cosy room", "moods and styles", "cosy"),
        ("beach at sunset", "times of day", "sunset"),
        ("an old car", "ages and sizes", "old"),
        ("a rainy street", "weather", "rainy"),
        ("a birthday", "occasions", "birthday"),
        ("wedding at dusk", "occasions", "wedding"),
        ("children, smiling", "people", "children"),
        ("a red fox in winter", "seasons", "winter"),
    ],
)
def test_a_query_beyond_the_model_is_one_sentence(text: str, kind: str, word: str) -> None:
    sentence = limit_of(text)
    assert sentence == f"The built-in model doesn't understand {kind} (“{word}”); CLIP does."


@pytest.mark.parametrize(
    "text",
    ["", "dog", "beach", "a plate of food", "orange", "redwood", "airplane", "musical instrument",
     "img_2034", "犬", "golden retriever", "Black Bears", "a walking-stick", "a train"],
)  # fmt: skip
def test_a_query_within_the_model_gets_no_hint(text: str) -> None:
    assert limit_of(text) is None


@given(st.text(max_size=60))
def test_any_text_gives_a_sentence_or_none(text: str) -> None:
    sentence = limit_of(text)
    assert sentence is None or (sentence.endswith(".") and "\n" not in sentence)
