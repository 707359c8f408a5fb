"""The first of many rows, found only by counting."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui.search.milvus.sorted_listing import find_cutoff

SPANS = (10, 10**6, 2**63 - 1)


@given(
    st.sampled_from(SPANS).flatmap(
        lambda span: st.lists(st.integers(-span, span), min_size=20, max_size=200)
    ),
    st.integers(1, 9),
    st.integers(10, 19),
    st.data(),
)
def test_the_cutoff_has_enough_rows_and_not_too_many(
    values: list[int], enough: int, most: int, data: st.DataObject
) -> None:
    some = data.draw(st.lists(st.sampled_from(values), min_size=1, max_size=8))
    values_counted: list[int] = []

    def count(least: int) -> int:
        values_counted.append(least)
        return sum(value >= least for value in values)

    value = find_cutoff(count, some, enough, most)
    rows = count(value)
    assert rows >= enough
    if rows > most:  # so many are equal
        assert count(value + 1) < enough
    assert len(values_counted) < 110


def test_a_good_sample_needs_few_further_counts() -> None:
    values = list(range(100_000))
    values_counted: list[int] = []

    def count(least: int) -> int:
        values_counted.append(least)
        return min(max(0, len(values) - least), len(values))

    find_cutoff(count, values[::400], 500, 4000)
    assert len(values_counted) <= 3
