"""Dates as they are typed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.search.query.dates import EXAMPLES, DateRange, read_days

SUNDAY = date(2024, 11, 24)

DAYS = [
    ("2023", "2023-01-01", "2024-01-01"),
    ("2023-", "2023-01-01", "2024-01-01"),
    ("2023-1", "2023-01-01", "2023-02-01"),
    ("2023-12", "2023-12-01", "2024-01-01"),
    ("2023-05-", "2023-05-01", "2023-06-01"),
    ("2024-02-29", "2024-02-29", "2024-03-01"),
    ("2023/5/7", "2023-05-07", "2023-05-08"),
    ("2023.05.17", "2023-05-17", "2023-05-18"),
    ("today", "2024-11-24", "2024-11-25"),
    ("Yesterday", "2024-11-23", "2024-11-24"),
    ("this week", "2024-11-18", "2024-11-25"),
    ("last week", "2024-11-11", "2024-11-18"),
    ("this month", "2024-11-01", "2024-12-01"),
    ("last  month", "2024-10-01", "2024-11-01"),
    ("this year", "2024-01-01", "2025-01-01"),
    ("last year", "2023-01-01", "2024-01-01"),
    ("last summer", "2024-06-01", "2024-09-01"),
    ("last autumn", "2023-09-01", "2023-12-01"),
    ("this autumn", "2024-09-01", "2024-12-01"),
    ("fall", "2024-09-01", "2024-12-01"),
    ("winter", "2023-12-01", "2024-03-01"),
    ("summer 2023", "2023-06-01", "2023-09-01"),
    ("winter 2022", "2022-12-01", "2023-03-01"),
    ("may", "2024-05-01", "2024-06-01"),
    ("Dec", "2023-12-01", "2024-01-01"),
    ("last november", "2023-11-01", "2023-12-01"),
    ("may 2021", "2021-05-01", "2021-06-01"),
    ("2023-05..2023-07", "2023-05-01", "2023-08-01"),
    ("2023..", "2023-01-01", "2024-01-01"),
    ("last year..yesterday", "2023-01-01", "2024-11-24"),
]


@pytest.mark.parametrize(("text", "first", "end"), DAYS, ids=[row[0] for row in DAYS])
def test_a_date_is_its_span_of_days(text: str, first: str, end: str) -> None:
    assert read_days(text, SUNDAY) == (date.fromisoformat(first), date.fromisoformat(end))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2023-02-30", "No such date: 2023-02-30"),
        ("2023-13", "No such date: 2023-13"),
        ("0000", "No such date: 0000"),
        ("9999", "No such date: 9999"),
        ("2024..2020", "ends before it begins"),
        ("", "date is missing"),
        ("..2020", "date is missing"),
        ("20", "20 is not a date"),
        ("last", "last is not a date"),
        ("last boats", "last boats is not a date"),
        ("17.05.2023", "17.05.2023 is not a date; try 2023"),
        ("٢٠٢٣", "is not a date"),
    ],
)
def test_an_invalid_date_is_reported(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_days(text, SUNDAY)


def reading(text: str, today: date) -> DateRange | str:
    try:
        return read_days(text, today)
    except ValueError as error:
        return str(error)


@given(st.text(max_size=20), st.dates())
def test_any_text_on_any_day_is_a_span_or_one_sentence(text: str, today: date) -> None:
    result = reading(text, today)
    if isinstance(result, str):
        assert result.endswith(".")
    else:
        assert result.first is not None
        assert result.end is not None
        assert result.first < result.end


@given(st.dates(max_value=date(9998, 12, 1)), st.integers(1, 4000))
def test_written_days_are_read_again(first: date, length: int) -> None:
    try:
        days = DateRange(first, first + timedelta(length))
    except OverflowError:
        return
    name, _, text = str(days).partition(":")
    assert name == "on"
    if days.end is not None and days.end.year < 9999:
        assert read_days(text, SUNDAY) == days


@given(st.dates(min_value=date(2, 1, 1), max_value=date(9990, 1, 1)))
def test_every_example_is_a_date_on_every_day(today: date) -> None:
    for example in EXAMPLES:
        first, _ = read_days(example, today)
        assert first is not None
        assert first <= today
