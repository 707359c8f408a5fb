"""A large library is ranked to a depth at first; the rest comes when it is scrolled to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.support.embedders import COLOURS, ColourEmbedder, save_picture
from tests.support.libraries.catalog_builder import CatalogBuilder
from tui.library.local.vectors.searching import IndexLimits
from tui.search.query.parse import parse
from tui.search.ranking.ranking import QueryVector

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHALLOW = IndexLimits(small=10, depth=7)


@pytest.fixture
def builder(tmp_path: Path) -> Iterator[CatalogBuilder]:
    """Thirty pictures, and a copy of every sixth."""
    builder = CatalogBuilder(tmp_path)
    for number in range(30):
        colour = list(COLOURS)[number % len(COLOURS)]
        builder.add_picture(f"{colour} {number}.jpg", str(number), colour, tilt=number / 50)
        if not number % 6:
            builder.add_picture(f"copy of {number}.jpg", str(number), colour)
    yield builder
    builder.catalog.close()


@pytest.mark.parametrize("fold", [True, False])
@pytest.mark.parametrize("text", ["red", "red - blue", "green in:pictures", "blue copy"])
def test_the_whole_ranking_comes_in_two_parts(
    builder: CatalogBuilder, text: str, *, fold: bool
) -> None:
    with (
        builder.engine(ColourEmbedder(), fold_threshold=2.0, limits=SHALLOW) as engine,
        builder.engine(ColourEmbedder(), fold_threshold=2.0) as thorough,
    ):
        whole = thorough.search(parse(text), fold=fold)
        first = engine.search(parse(text), fold=fold)
        assert first.unranked_count > 0
        assert (first.count, first.total) == (30 if fold else 35, 35)
        assert first.file_ids.tolist() == whole.file_ids[: len(first)].tolist()

        deep = engine.extend(first)
        assert deep.file_ids.tolist() == whole.file_ids.tolist()
        assert deep.copies is not None
        assert whole.copies is not None
        assert deep.copies.tolist() == whole.copies.tolist()
        assert (deep.unranked_count, deep.count, deep.total) == (0, len(whole), 35)
        assert deep.noise_start == whole.noise_start
        assert deep.generation == first.generation
        assert engine.extend(deep) is deep
        assert deep.strengths == pytest.approx(whole.strengths, abs=1e-3)


def test_an_unfolded_group_stays_unfolded(builder: CatalogBuilder) -> None:
    with builder.engine(ColourEmbedder(), fold_threshold=2.0, limits=SHALLOW) as engine:
        first = engine.search(parse("red"))
        assert first.copies is not None
        index = int(first.copies.argmax())
        opened = first.toggle_fold(index)
        assert opened.count == first.count + 1
        deep = engine.extend(opened)
        assert deep.file_ids[: len(opened)].tolist() == opened.file_ids.tolist()
        assert deep.count == opened.count


def test_orders_look_at_the_whole(builder: CatalogBuilder) -> None:
    with builder.engine(ColourEmbedder(), limits=SHALLOW) as engine:
        plain = engine.extend(engine.search(parse("red"), fold=False))
        turned = engine.search(parse("red -sort:score"), fold=False)
        assert turned.file_ids.tolist() == plain.file_ids.tolist()[::-1]
        assert turned.unranked_count == 0


def test_an_order_of_what_nothing_stands_out_of_is_of_all(builder: CatalogBuilder) -> None:
    text = "blue -name:blue"
    with builder.engine(ColourEmbedder(), limits=SHALLOW) as engine:
        plain = engine.search(parse(text), fold=False)
        assert plain.noise_start == 0
        assert plain.unranked_count > 0
        ordered = engine.search(parse(f"{text} sort:name"), fold=False)
        assert (len(ordered), ordered.unranked_count) == (plain.count, 0)


def test_a_ranking_is_extended_after_its_example_picture_was_removed(
    builder: CatalogBuilder, tmp_path: Path
) -> None:
    path = save_picture(tmp_path / "elsewhere.png", "green")
    with builder.engine(open_images=ColourEmbedder, fold_threshold=2.0, limits=SHALLOW) as engine:
        first = engine.search(parse(f'like:"{path}"'))
        assert first.unranked_count > 0
        path.unlink()
        deep = engine.extend(first)
        assert (deep.unranked_count, len(deep)) == (0, first.count)
        assert deep.file_ids[: len(first)].tolist() == first.file_ids.tolist()


def test_a_ranking_of_another_model_is_continued_with_the_own_one(builder: CatalogBuilder) -> None:
    with builder.engine(ColourEmbedder(), fold_threshold=2.0, limits=SHALLOW) as engine:
        first = engine.search(parse("red"))
        foreign = replace(first, query_vector=QueryVector("another", np.ones(3, np.float32)))
        assert engine.extend(foreign).file_ids.tolist() == engine.extend(first).file_ids.tolist()
