"""Random texts of the query language: none is rejected, and all are parsed in linear time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from importlib import import_module
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.random_texts import random_text
from tests.support.step_counter import Matcher, lines_of
from tui.search.query import lexer
from tui.search.query.completion import MAX_COMPLETIONS, Vocabulary, complete
from tui.search.query.lexer import MAX_CHARACTERS
from tui.search.query.parse import parse

TODAY = date(2024, 11, 24)
KNOWN = Vocabulary(("2023/été", 'a "b"'), ("Canon EOS",), ("jpg", "png"), ("boats", "on:2024-02"))


def check(text: str, random: Random) -> None:
    """Parse a text and its normal form, and complete it at some cursor."""
    query = parse(text, today=TODAY)
    again = parse(query.text, today=date(1999, 1, 1))
    assert (again, again.text) == (query, query.text)
    assert len(query.text) <= MAX_CHARACTERS
    for hint in query.hints:
        assert 0 <= hint.start <= hint.end <= len(text)
        assert hint.message.endswith((".", "?"))
        assert len(hint.message) < 2 * MAX_CHARACTERS
    offers = complete(text, random.randrange(len(text) + 1), KNOWN)
    assert len(offers) <= MAX_COMPLETIONS
    for offer in offers:
        parse(text[: offer.start] + offer.replacement + text[offer.end :], today=TODAY)


@settings(max_examples=400)
@given(st.randoms(use_true_random=False))
def test_every_text_is_a_query_whose_normal_form_parses_to_itself(random: Random) -> None:
    check(random_text(random), random)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("on:9999-01-01", "on:9999-01-01"),
        ("-on:9999-12-01", "-on:9999-12-01"),
        ("on:9999-01-01..9999-05", "on:9999-01-01..9999-05-31"),
        ("on:9998-01-01..9998-12-31", "on:9998"),
        ("on:9999-11", "on:9999-11"),
        ("before:9999-11", "before:9999-11-01"),
    ],
)
def test_dates_in_the_last_year_of_the_calendar_are_parsed(text: str, written: str) -> None:
    query = parse(text, today=TODAY)
    assert (query.text, query.hints) == (written, ())
    assert parse(written, today=TODAY) == query


# --- steps ----------------------------------------------------------------------------------------

UNITS = [
    *(
        "1",
        "a",
        '"',
        '""',
        '"a"',
        "1.",
        ".1",
        "1e",
        "e",
        ":",
        "-",
        "- ",
        "+",
        "a:",
        "1:",
        "in:",
        "in:a ",
    ),
    *('in:"a"', '+"a"', "on:2023 ", "on:last ", "-wide ", "wide ", "2:a ", "a ", ",", "..", "\x00"),
    *(
        "ext:jpg ",
        "ext:a,",
        "like:a ",
        'like:"',
        "foo:a ",
        "camra:",
        "near:1,2 ",
        "e\u0301",
        "-a",
        "é",
    ),
    *(
        "'s",
        "a'",
        "_",
        "in",
        "name:a name:b ",
        "after:2023 -after:2024 ",
        "1" * 9 + ".",
        "christmas ",
    ),
]
ENDS = ("", ":", '"', "x", " ", "\ud800")
MODULES = (
    "tui.search.query.lexer",
    "tui.search.query.parse",
    "tui.search.query.dates",
    "tui.search.query.filter_values",
    "tui.search.query.query_hints",
    "tui.search.matching.words",
    "tui.models.starter.lexicon",
    "tui.models.starter.limits",
)


def patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    for module in MODULES:
        for name, value in vars(import_module(module)).items():
            if isinstance(value, re.Pattern):
                yield f"{module}.{name}", value


PATTERNS = dict(patterns())
SIZE = 120


def grown(unit: str, end: str, size: int) -> str:
    return unit * (size // len(unit)) + end


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_takes_linear_steps(name: str) -> None:
    pattern = PATTERNS[name]
    for unit in UNITS:
        for end in ENDS:
            counts = []
            for size in (SIZE, 2 * SIZE):
                text = grown(unit, end, size)
                matcher = Matcher(pattern)
                is_whole = pattern.fullmatch(text) is not None
                assert matcher.fullmatch(text) == is_whole
                match = pattern.match(text)
                assert matcher.match(text) == (None if match is None else match.end())
                counts.append(matcher.steps)
            assert counts[1] <= 2.2 * counts[0] + 50, (unit, end, counts)


@pytest.mark.parametrize("unit", UNITS)
def test_parsing_takes_linear_steps(unit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for end in ENDS:
        counts = []
        for size in (SIZE, 2 * SIZE, 4 * SIZE):
            text = grown(unit, end, size)
            counting = [Counting(monkeypatch, name) for name in ("_HEAD", "_NON_SPACE", "_QUOTED")]
            lines = lines_of(lambda text=text: read(text))  # type: ignore[misc]
            counts.append(lines + sum(one.matcher.steps for one in counting))
            monkeypatch.undo()
        first, second = counts[1] - counts[0], counts[2] - counts[1]
        assert second <= 3 * first + 500, (unit, end, counts)  # four times as many if quadratic


def read(text: str) -> None:
    parse(parse(text, today=TODAY).text, today=TODAY)
    complete(text, len(text), KNOWN)


class Counting:
    """Replaces a pattern of the lexer and counts its steps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        self._pattern: re.Pattern[str] = getattr(lexer, name)
        self.matcher = Matcher(self._pattern)
        monkeypatch.setattr(lexer, name, self)

    def match(self, text: str, start: int) -> re.Match[str] | None:
        self.matcher.match(text, start)
        return self._pattern.match(text, start)


def test_a_very_long_text_is_truncated_before_it_is_parsed() -> None:
    def lines(text: str) -> int:
        return lines_of(lambda: parse(text, today=TODAY))

    for unit in UNITS:
        longest = lines(grown(unit, "", MAX_CHARACTERS + len(unit)))
        assert lines(grown(unit, "", 100_000)) <= longest + 200


def test_a_quadratic_pattern_is_detected() -> None:
    counts = []
    for size in (SIZE, 2 * SIZE):
        matcher = Matcher(re.compile(r"(?:[0-9]+\.?[0-9]*:)?a"))
        assert matcher.match("1" * size) is None
        counts.append(matcher.steps)
    assert counts[1] > 3 * counts[0]
