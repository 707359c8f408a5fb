"""Rankings of contents equal their plain definition."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tui.search.ranking.content_groups import (
    expand_files,
    group_contents,
    rank_contents,
    without_repeats,
)

CONTENTS = st.lists(st.integers(1, 9), max_size=30)
FOUND = st.dictionaries(st.integers(1, 12), st.sampled_from([-0.5, 0.0, 0.25, 1.0]), max_size=12)


def ranked(contents: list[int], content_scores: dict[int, float]) -> list[tuple[int, float]]:
    """Rank as the engine does, best first; file ids count up from 100 in the catalog's order."""
    content_scores = dict(sorted(content_scores.items(), key=lambda item: -item[1]))
    copies = group_contents(
        np.arange(100, 100 + len(contents), dtype=np.int64), np.array(contents, dtype=np.int64)
    )
    keys = np.array(list(content_scores), dtype=np.int64)
    scores = np.array(list(content_scores.values()), dtype=np.float32)
    places = rank_contents(keys, scores, copies)
    file_ids, starts = expand_files(keys[places], copies)
    scores = np.repeat(scores[places], np.diff(starts))
    return list(zip(file_ids.tolist(), scores.tolist(), strict=True))


@given(CONTENTS, FOUND)
def test_a_ranking_of_contents_equals_a_plain_sort(
    contents: list[int], content_scores: dict[int, float]
) -> None:
    def key(row: tuple[int, int]) -> tuple[float, int, int]:
        file_id, content = row
        return -content_scores[content], contents.index(content), file_id

    rows = [
        (100 + number, content)
        for number, content in enumerate(contents)
        if content in content_scores
    ]
    expected = [(file_id, content_scores[content]) for file_id, content in sorted(rows, key=key)]
    assert ranked(contents, content_scores) == expected


@given(CONTENTS, FOUND)
def test_the_order_of_the_candidates_does_not_matter(
    contents: list[int], content_scores: dict[int, float]
) -> None:
    assert ranked(contents, content_scores) == ranked(
        contents, dict(reversed(content_scores.items()))
    )


def test_copies_are_adjacent() -> None:
    assert ranked([7, 8, 7], {7: 0.25, 8: 0.25}) == [(100, 0.25), (102, 0.25), (101, 0.25)]


@given(st.lists(st.integers(-3, 9), max_size=30))
def test_ids_without_repeats_are_a_sorted_set(ids: list[int]) -> None:
    array = np.array(ids, dtype=np.int64)
    assert without_repeats(array).tolist() == sorted(set(ids))
    assert array.tolist() == ids
