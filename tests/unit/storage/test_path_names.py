"""Searching all names at once gives the same results as checking each name."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.name_folding import fold_case, search_key
from tui.search.matching.file_names import FileNames

LETTERS = st.text(alphabet="abAé\n_0漢", max_size=7)
NAMES = st.lists(LETTERS, max_size=40)


def of(names: list[str]) -> FileNames:
    return FileNames().append([[fold_case(name) for name in names]])


@given(NAMES, st.lists(LETTERS, max_size=3), st.randoms(use_true_random=False))
def test_parts_are_found_in_any_order_case_and_accents(
    names: list[str], parts: list[str], random: np.random.Generator
) -> None:
    names = names * 3
    among = np.array([random.random() < 0.5 for _ in names], dtype=np.bool_)
    expected = [
        bool(is_among)
        and all(search_key(part) in search_key(name).replace("\n", " ") for part in parts)
        for name, is_among in zip(names, among, strict=True)
    ]
    assert of(names).filter_rows(parts, among).tolist() == expected


@given(NAMES, NAMES)
def test_names_can_be_appended(some: list[str], more: list[str]) -> None:
    grown = of(some).append([[fold_case(name) for name in more]])
    whole = of([*some, *more])
    assert len(grown) == len(some) + len(more)
    assert [grown[row] for row in range(len(grown))] == [whole[row] for row in range(len(whole))]
    assert grown.starts.tolist() == whole.starts.tolist()
    assert grown.blocks.tolist() == whole.blocks.tolist()


@given(NAMES, st.data())
def test_a_selection_of_names_keeps_their_order(names: list[str], data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.integers(0, len(names) - 1))) if names else []
    whole = of(names)
    some = whole.take(np.array(rows, dtype=np.int64))
    assert [some[index] for index in range(len(some))] == [whole[row] for row in rows]


LONG_NAMES = st.lists(st.text(alphabet="ab\0é\n", max_size=20), max_size=40)


@given(st.one_of(NAMES, LONG_NAMES), st.sampled_from(["", "sevenby", "a prefix of all names "]))
def test_rows_come_in_the_order_of_the_alphabet(names: list[str], prefix: str) -> None:
    whole = of([prefix + name for name in names] * 2)
    in_order = sorted(range(len(whole)), key=lambda row: whole[row].encode())
    assert whole.alphabetical_rows().tolist() == in_order


def test_an_unknown_name_is_empty() -> None:
    names = FileNames().append([["a.jpg", None], (), ["b"]])
    assert [names[row] for row in range(3)] == ["a.jpg", "", "b"]


@pytest.mark.parametrize("part", ["", "\n", "x" * 300])
def test_odd_name_parts_are_matched(part: str) -> None:
    assert of(["a", "b"]).find_bytes(part.encode()).tolist() == []


WORDS = st.text(alphabet="abc", min_size=5, max_size=7)


def words_with_typo(word: str) -> set[str]:
    """Return all words with one typo in a word; ``.`` matches any letter."""
    typos = set()
    for index in range(len(word) + 1):
        head, tail = word[:index], word[index:]
        typos.add(f"{head}.{tail}")
        if tail:
            typos |= {head + tail[1:], f"{head}.{tail[1:]}"}
        if len(tail) > 1:
            typos.add(head + tail[1] + tail[0] + tail[2:])
    return typos


@given(WORDS, st.lists(st.text(alphabet="abcx\n", max_size=9), max_size=12))
def test_a_word_that_no_name_contains_may_have_one_typo(word: str, names: list[str]) -> None:
    names = [name.replace("\n", "") for name in names]
    everywhere = np.ones(len(names), dtype=np.bool_)
    exact = [word in name for name in names]
    nearly = [any(re.search(slip, name) for slip in words_with_typo(word)) for name in names]
    expected = exact if any(exact) else nearly
    assert of(names).filter_rows([word], everywhere).tolist() == expected


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("sunste", ["sunset.jpg"]),
        ("sunst", ["sunset.jpg"]),
        ("sunnset", ["sunset.jpg"]),
        ("sunret", ["sunset.jpg"]),
        ("usnset", ["sunset.jpg"]),
        ("unsett", ["sunset.jpg"]),
        ("set sunet", ["sunset.jpg"]),
        ("snst", []),
        ("12346", []),
        ("sunxxt", []),
    ],
)
def test_names_match_despite_typos(part: str, expected: list[str]) -> None:
    names = ["sunset.jpg", "12345.jpg", "sun", "set"]
    among = np.ones(4, dtype=np.bool_)
    rows = np.flatnonzero(of(names).filter_rows(part.split(), among))
    assert [names[row] for row in rows] == expected
