"""Every text is a query, and the normal form of a query parses to the same query."""

from __future__ import annotations

import unicodedata
from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tui.search.query.dates import DateRange
from tui.search.query.lexer import MAX_CHARACTERS
from tui.search.query.parse import MAX_TERMS, MAX_WORDS, parse
from tui.search.query.syntax import SYNTAX
from tui.search.query.terms import Filter, GeoCircle, Query, Sort, Term

TODAY = date(2024, 11, 24)
PIECES = (
    *("boats", "tall", "wide", "-", "+", '"', '""', " ", " ", " ", "in:", "2:", "0.5:", "nan:"),
    *("1e9:", "name:", "after:", "last", "2023", "-01-31", "..", "near:", "12,", "ext:", "jpg"),
    *("like:", "sort:", "date", "is:new", "foo:", "a\u0301", "\x00", "\t", '5"', "min:", "9", "px"),
    *("https://", "C:\\", "summer", "\u017f", "\u037e", "İ", "\ud800", "שלום", "\u2028"),
)
TYPED = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)
ANYTHING = st.one_of(TYPED, st.text(alphabet=st.characters(), max_size=60))
IDEAS = st.text(alphabet='ab é-+:"5', min_size=1, max_size=12).map(str.strip).filter(bool)
WEIGHTS = st.integers(1, 10_000).map(lambda number: number / 1000)


def read(text: str) -> Query:
    return parse(text, today=TODAY)


def terms(text: str) -> list[tuple[str, float]]:
    return [(term.text, term.weight) for term in read(text).terms]


def filters(text: str) -> tuple[Filter, ...]:
    return read(text).filters


def hints(text: str) -> list[str]:
    return [hint.message for hint in read(text).hints]


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


# --- any text -------------------------------------------------------------------------------------


@given(ANYTHING)
def test_any_text_parses_to_clean_text(text: str) -> None:
    query = read(text)
    assert not any(unicodedata.category(character) in {"Cc", "Cs"} for character in query.text)
    for term in query.terms:
        assert term.text == " ".join(term.text.split())
    query.text.encode()
    for hint in query.hints:
        assert 0 <= hint.start <= hint.end <= len(text)
        assert hint.message.endswith((".", "?"))


@given(ANYTHING)
@example("on:2023-01-31")
def test_parsing_the_text_of_a_query_changes_nothing(text: str) -> None:
    once = read(text)
    again = parse(once.text, today=date(1999, 1, 1))  # no date in it is still relative
    assert again == once
    assert again.text == once.text


@settings(max_examples=25)
@given(st.lists(IDEAS.map(quoted), min_size=1, max_size=4), st.sampled_from([" + ", " - "]))
def test_a_long_query_is_truncated_once(ideas: list[str], sign: str) -> None:
    query = read(sign.join(ideas * 300))
    assert query.shortened
    assert len(query.terms) <= MAX_TERMS
    assert parse(query.text) == query


@given(ANYTHING, ANYTHING)
def test_white_space_does_not_change_a_query(left: str, right: str) -> None:
    spread = read(f"  {quoted(left)}\n\t{quoted(right)} ")
    assert spread == read(f"{quoted(left)} {quoted(right)}")


@pytest.mark.parametrize("text", ["", " ", "\t \n", "\x00\x1b", "\ud800", '""', '"'])
def test_a_blank_query_is_the_empty_query(text: str) -> None:
    assert parse(text, Path("/pictures")) == Query(scope=Path("/pictures"))
    assert parse(text).is_empty


def test_a_long_text_is_shortened_with_a_hint() -> None:
    query = read("sea " * 2_500)
    assert len(query.text) <= MAX_CHARACTERS
    assert query.shortened
    assert query.words == ("sea",)
    assert len(read(" ".join(f"x{number}" for number in range(500))).words) == MAX_WORDS
    assert not read("sea").shortened
    assert hints("x" * 10_000) == ["The query is too long; its end is ignored."]
    assert read(f"{'in:folder' * 90} sea").terms == (Term("sea"),)
    assert len(hints("foo:bar " * 100)) == 8


def test_emoji_and_other_scripts_are_kept() -> None:
    family = "👨\u200d👩\u200d👧 קיץ 夏"
    assert parse(family).text == family


def test_control_characters_are_removed_and_hints_keep_their_positions() -> None:
    assert parse("red\x1b[31m\x00 car\x7f").text == "red[31m car"
    (hint,) = read("\x00sea \x1bfoo:\x00bar").hints
    assert (hint.start, hint.end) == (6, 14)


# --- terms ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("boats on a lake at dusk", [("boats on a lake at dusk", 1)]),
        ("boats + sunset", [("boats", 1), ("sunset", 1)]),
        ("beach - people", [("beach", 1), ("people", -1)]),
        ("2:red car + 0.5:snow", [("red car", 2), ("snow", 0.5)]),
        ("beach -people sunset", [("beach", 1), ("people", -1), ("sunset", 1)]),
        ("t-shirt well-lit -5 16:9", [("t-shirt well-lit -5 16:9", 1)]),
        ("a + - b - - c", [("a", 1), ("b", -1), ("c", 1)]),
        ('"salt + pepper - in:x"', [("salt + pepper - in:x", 1)]),
        ('big "red car" wheel', [("big", 1), ("red car", 1), ("wheel", 1)]),
        ('-2:"a ""b"""', [('a "b"', -2)]),
        ("-2:red car", [("red car", -2)]),
        ("red in:x car", [("red car", 1)]),
        ("train 12:30 4:00pm", [("train 12:30 4:00pm", 1)]),
        ('tv 5" wall', [('tv 5" wall', 1)]),
        ("tall building", [("tall building", 1)]),
        ("C++ --help", [("C++ --help", 1)]),
    ],
)
def test_a_query_is_split_into_terms(text: str, expected: list[tuple[str, float]]) -> None:
    assert terms(text) == expected


def test_words_are_those_of_positive_terms() -> None:
    assert read('Red CAR + "Car park" - people in:x').words == ("red", "car", "park")


def test_example_pictures_are_terms() -> None:
    query = read('like:"my trip/a.jpg" - 2:like:b.jpg + like:/c/ü.jpg dunes')
    assert [(term.like, term.weight) for term in query.terms] == [
        ("my trip/a.jpg", 1),
        ("b.jpg", -2),
        ("/c/ü.jpg", 1),
        (None, 1),
    ]
    assert read('like:"two  spaces.jpg"').terms[0].like == "two  spaces.jpg"


@given(st.lists(IDEAS, min_size=1, max_size=5), st.lists(st.booleans(), min_size=5, max_size=5))
def test_a_minus_before_each_sign_negates_every_term(ideas: list[str], minus: list[bool]) -> None:
    signed = [
        f"{'-' if less else '+'} {quoted(idea)}" for idea, less in zip(ideas, minus, strict=False)
    ]
    once, turned = terms(" ".join(signed)), terms(" ".join(f"- {idea}" for idea in signed))
    assert turned == [(text, -weight) for text, weight in once]
    assert terms(" ".join(f"- - {idea}" for idea in signed)) == once


@given(IDEAS, WEIGHTS)
def test_a_weight_scales_a_term(idea: str, weight: float) -> None:
    ((text, one),) = terms(quoted(idea))
    assert terms(f"{weight}:{quoted(idea)}") == [(text, one * weight)]
    assert terms(f"-{weight}:{quoted(idea)}") == [(text, -one * weight)]


@pytest.mark.parametrize(
    ("text", "weight", "says"),
    [
        ("nan:snow", 1, "not a number"),
        ("inf:snow", 10, "largest weight is 10"),
        ("1e9:snow", 10, "largest weight is 10"),
        ("0:snow", None, "weight 0 is ignored"),
        ("0.0001:snow", None, "weight 0 is ignored"),
    ],
)
def test_odd_weights_are_parsed(text: str, weight: float | None, says: str) -> None:
    assert terms(f"sea + {text}")[1:] == ([] if weight is None else [("snow", weight)])
    assert says in hints(f"sea + {text}")[0]


# --- filters --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('name:"IMG 42"', Filter("name", "IMG 42")),
        ("in:2023/paris", Filter("in", "2023/paris")),
        (r"in:C:\Pictures", Filter("in", r"C:\Pictures")),
        ("ext:JPG,.png", Filter("ext", ("jpg", "png"))),
        ("after:2023", Filter("date", DateRange(date(2023, 1, 1), None))),
        ("before:2023-05", Filter("date", DateRange(None, date(2023, 5, 1)))),
        ("on:yesterday", Filter("date", DateRange(date(2024, 11, 23), date(2024, 11, 24)))),
        ('on:"last summer"', Filter("date", DateRange(date(2024, 6, 1), date(2024, 9, 1)))),
        ("on:last summer", Filter("date", DateRange(date(2024, 6, 1), date(2024, 9, 1)))),
        ("CAMERA:canon", Filter("camera", "canon")),
        ("wide", Filter("shape", "wide")),
        ("min:2000px", Filter("min", 2000)),
        ("min:2000", Filter("min", 2000)),
        ("near:48.86,2.35,10", Filter("near", GeoCircle(48.86, 2.35, 10))),
        ('near:"-48.86, 2.35"', Filter("near", GeoCircle(-48.86, 2.35, 10))),
        ("is:new", Filter("new", None)),
    ],
)
def test_filters_and_their_negation(text: str, expected: Filter) -> None:
    negated = Filter(expected.kind, expected.value, negated=True)
    assert filters(text) == filters(f"- -{text}") == (expected,)
    assert filters(f"-{text}") == filters(f"- {text}") == (negated,)
    assert read(f"boats {text}").terms == (Term("boats"),)
    assert read(f"boats -{text}") == read(f"boats - {text}")
    assert not hints(f"boats {text}")


@given(TYPED)
def test_filters_are_negated_by_a_minus_before_their_text(text: str) -> None:
    parsed = filters(text)
    turned = filters(" ".join(f"- {item}" for item in parsed))
    assert [(item.kind, item.value) for item in turned] == [
        (item.kind, item.value) for item in dict.fromkeys(parsed)
    ]
    assert [item.negated for item in turned] == [not item.negated for item in parsed]


def test_shapes_are_filters_at_the_end_of_a_term() -> None:
    assert terms("boats wide + town square") == [("boats", 1), ("town", 1)]
    assert [item.value for item in filters("boats wide + town square")] == ["wide", "square"]
    assert terms('"town square"') == [("town square", 1)]
    assert hints("wide mountains") == ["Put wide last to filter by shape."]


def test_sort_orders_are_parsed() -> None:
    assert read("sort:size").sort == Sort("size")
    assert read("-sort:date sort:date -sort:name").sort == Sort("name", reverse=True)
    assert hints("sort:score") == ["sort:score needs a search term."]


def test_a_query_with_only_filters_browses() -> None:
    query = read("in:x -wide")
    assert query.only_browses
    assert not query.is_empty


@pytest.mark.parametrize(
    "text",
    [
        *(
            "https://a.b/c?d=e:f",
            "12:30",
            "1:1",
            r"C:\pictures\a.jpg",
            "c:/a",
            "a::b",
            "note:",
            ":",
        ),
        *(":x", "x:", "-", "a:b", "10:4", "🙂:x"),
    ],
)
def test_words_with_colons_stay_words_without_a_hint(text: str) -> None:
    assert terms(f"at {text} now")[0][0].startswith("at")
    assert filters(f"at {text} now") == ()
    assert hints(f"at {text} now") == []


# --- half-typed, wrong and odd --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "says", "span"),
    [
        ("sea after:", "after: needs a date, such as", (4, 10)),
        ("sea near:12,", "near: needs a place", (4, 12)),
        ("sea near:91,0,1", "latitude from -90 to 90", (4, 15)),
        ("sea near:1,2,-3", "kilometres", (4, 15)),
        ('sea "open', "closing quote", (4, 9)),
        ('sea in:"open x', "closing quote", (4, 14)),
        ("sea foo:bar", "Unknown filter foo:", (4, 11)),
        ("sea camra:canon", "Did you mean camera:?", (4, 15)),
        ("sea since:2023", "Did you mean after:?", (4, 14)),
        ("sea on:2023-02-30", "No such date: 2023-02-30", (4, 17)),
        ("sea on:lats week", "lats is not a date", (4, 11)),
        ("sea ext:jp", ".jp is not a supported format", (4, 10)),
        ("sea ext:", "ext: needs", (4, 8)),
        ("sea is:old", "is: needs new", (4, 10)),
        ("sea min:big", "min: needs", (4, 11)),
        ("sea min:0", "min: needs", (4, 9)),
        ("sea sort:da", "sort: needs one of date", (4, 11)),
        ("sea like:", "like: needs a picture", (4, 9)),
        ("sea +", "after this operator", (4, 5)),
        ("sea -", "after this operator", (4, 5)),
        ("sea + 2:", "after this weight", (6, 8)),
        ("after:2024 before:2020 sea", "after:2024-01-01 and before:2020-01-01", (0, 26)),
        ("on:2023 -after:2020 sea", "on:2023 and -after:2020-01-01", (0, 23)),
        ("wide -wide sea", "wide and -wide exclude", (0, 14)),
    ],
)
def test_a_missing_term_is_reported_at_its_position(
    text: str, says: str, span: tuple[int, int]
) -> None:
    query = read(text)
    (hint,) = [hint for hint in query.hints if says in hint.message]
    assert (hint.start, hint.end) == span
    assert query.terms[0].text.startswith("sea")


def test_a_negative_query_is_searched_with_a_hint() -> None:
    assert terms("- people") == [("people", -1)]
    assert hints("-people") == ["This query only excludes; add what you want to see."]


def test_every_prefix_of_every_example_is_a_query() -> None:
    for form, _ in SYNTAX:
        for end in range(len(form) + 1):
            query = read(form[:end])
            assert parse(query.text) == query
        assert not [hint for hint in read(f"sea {form}").hints if "both" not in hint.message]
        assert not read(form).is_empty
