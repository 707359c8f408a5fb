"""Folding: which files become one hit, and how it is unfolded and folded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.support.libraries.catalog_builder import CatalogBuilder
from tests.support.libraries.catalog_rows import unit_vectors
from tests.support.libraries.ranked_files import files_at
from tui.search.query.parse import parse
from tui.search.ranking.folding import HitGroups, assign_leaders, default_fold_threshold

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

import pytest

from tests.support.embedders import ColourEmbedder

SIZES = st.lists(st.integers(1, 4), min_size=1, max_size=12)


def groups_of(sizes: list[int]) -> HitGroups:
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    ids = np.arange(100, 100 + int(starts[-1]), dtype=np.int64)
    values = np.linspace(1, 0, len(ids), dtype=np.float32)
    return HitGroups(ids, values, values, starts)


@given(st.integers(0, 40), st.integers(0, 5), st.sampled_from([0.2, 0.6, 0.95]))
def test_leaders_equal_the_plain_definition(count: int, seed: int, threshold: float) -> None:
    vectors = unit_vectors(count, dim=3, seed=seed) if count else np.empty((0, 3), np.float32)
    alike = vectors @ vectors.T >= threshold
    expected: list[int] = []
    for row in range(count):
        firsts = [one for one in range(row) if expected[one] == one and alike[one, row]]
        expected.append(min(firsts, default=row))
    assert assign_leaders(vectors, threshold).tolist() == expected


def test_the_threshold_depends_on_the_model() -> None:
    assert default_fold_threshold("open_clip:ViT-B-32/openai") == default_fold_threshold("anything")
    assert default_fold_threshold("starter-9") > default_fold_threshold("anything")


@given(SIZES, st.sets(st.integers(0, 11)))
def test_every_file_is_shown_or_counted(sizes: list[int], opened: set[int]) -> None:
    groups = groups_of(sizes)
    for group in opened & set(range(len(sizes))):
        groups = groups.toggle(group)
    rows, copies = groups.visible_rows()
    expected: list[tuple[int, int]] = []
    for group, size in enumerate(sizes):
        start = int(groups.starts[group])
        is_open = group in opened
        expected += [(start + n, 1) for n in range(size)] if is_open else [(start, size)]
    assert list(zip(rows.tolist(), copies.tolist(), strict=True)) == expected
    assert copies.sum() == len(groups.file_ids)


@given(SIZES, st.randoms(use_true_random=False))
def test_groups_are_selected_whole(sizes: list[int], random: object) -> None:
    groups = groups_of(sizes)
    order = list(range(len(sizes)))
    random.shuffle(order)  # type: ignore[attr-defined]
    some = np.array(order[: len(order) // 2 + 1])
    part = groups.take(some)
    parts = np.split(groups.file_ids, groups.starts[1:-1])
    assert part.file_ids.tolist() == np.concatenate([parts[group] for group in some]).tolist()
    assert np.diff(part.starts).tolist() == [sizes[group] for group in some]
    both = part.append(groups)
    assert len(both) == len(part) + len(groups)
    assert both.starts[-1] == len(both.file_ids)


@pytest.fixture
def builder(tmp_path: Path) -> Iterator[CatalogBuilder]:
    """Yield a burst of three, one of which has a copy, and others."""
    builder = CatalogBuilder(tmp_path)
    builder.add_picture("burst 1.jpg", "1", "red")
    builder.add_picture("burst 2.jpg", "2", "red", tilt=0.01)
    builder.add_picture("burst 3.jpg", "3", "red", tilt=0.02)
    builder.add_picture("again.jpg", "2", "red")
    builder.add_picture("sea.jpg", "4", "blue")
    builder.add_picture("lawn.jpg", "5", "green")
    yield builder
    builder.catalog.close()


def test_a_burst_and_copies_are_one_hit_that_unfolds(builder: CatalogBuilder) -> None:
    with builder.engine(ColourEmbedder()) as engine:
        folded = engine.search(parse("red"))
        assert (len(folded), folded.count, folded.total) == (3, 3, 6)
        first = engine.hits(folded, 0, 1)[0]
        assert (first.file.path.name, first.copies) == ("burst 1.jpg", 4)
        assert files_at(folded, 0) == [1, 2, 4, 3]
        assert folded.position_of(3) == 0
        assert folded.is_folded(0)
        assert not folded.is_folded(1)

        opened = folded.toggle_fold(0)
        hits = engine.hits(opened, 0, 10)
        assert [hit.file.file_id for hit in hits[:4]] == [1, 2, 4, 3]
        assert {hit.copies for hit in hits} == {1}
        assert [hit.rank for hit in hits] == [1, 2, 3, 4, 5, 6]
        assert (opened.position_of(3), files_at(opened, 3), opened.total) == (3, [3], 6)

        closed = opened.toggle_fold(2)
        assert closed.file_ids.tolist() == folded.file_ids.tolist()
        assert folded.toggle_fold(1).file_ids.tolist() == folded.file_ids.tolist()


def test_folding_can_be_disabled_or_limited_to_copies(builder: CatalogBuilder) -> None:
    with builder.engine(ColourEmbedder()) as engine:
        plain = engine.search(parse("red"), fold=False)
        assert len(plain) == plain.total == 6
        assert plain.position_of(99) is None
    with builder.engine(ColourEmbedder(), fold_threshold=2.0) as engine:
        assert engine.search(parse("red")).copies.tolist() == [1, 2, 1, 1, 1]  # type: ignore[union-attr]


def test_listings_without_scores_are_not_folded(builder: CatalogBuilder) -> None:
    with builder.engine() as engine:
        for text in ("", "burst", "ext:jpg"):
            ranking = engine.search(parse(text))
            assert ranking.copies is None
            assert not ranking.is_folded(0)
            assert files_at(ranking, 0) == [int(ranking.file_ids[0])]
            assert ranking.toggle_fold(0) is ranking
