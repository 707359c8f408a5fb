"""Ids are looked up in ascending arrays."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tui.search.local.sorted_ids import locate

IDS = st.lists(st.integers(0, 20), max_size=8)


@given(IDS, st.sets(st.integers(0, 20), max_size=8))
def test_every_id_is_located_or_reported_missing(ids: list[int], present: set[int]) -> None:
    ascending = np.array(sorted(present), dtype=np.int64)
    positions, is_present = locate(np.array(ids, dtype=np.int64), ascending)
    assert is_present.tolist() == [number in present for number in ids]
    located = ascending[positions[is_present]].tolist()
    assert located == [number for number in ids if number in present]


def test_the_results_have_the_shape_of_the_ids() -> None:
    pairs = np.array([[1, 2], [3, 4]], dtype=np.int64)
    for ascending in (np.array([2, 3], dtype=np.int64), np.empty(0, dtype=np.int64)):
        positions, is_present = locate(pairs, ascending)
        assert positions.shape == is_present.shape == (2, 2)
