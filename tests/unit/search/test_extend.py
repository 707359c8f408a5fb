"""A large library is ranked in parts: the first part, and the others when the user scrolls."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.support.embedders import COLOURS, ColourEmbedder, save_picture
from tests.support.libraries.catalog_builder import search_names
from tests.support.libraries.searchable_library import BACKENDS, SearchableLibrary, open_library
from tui.search.query.parse import parse
from tui.search.ranking.ranking import QueryVector

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DEPTH = 7


@pytest.fixture(scope="module", params=BACKENDS)
def library(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SearchableLibrary]:
    """Yield thirty pictures, and a copy of every sixth."""
    with open_library(request, tmp_path_factory) as library:
        files = []
        for number in range(30):
            colour = list(COLOURS)[number % len(COLOURS)]
            files.append(library.file(f"{colour} {number}.jpg", str(number), colour, number / 50))
            if not number % 6:
                files.append(library.file(f"copy of {number}.jpg", str(number), colour))
        library.put(*files)
        yield library


@pytest.mark.parametrize("fold", [True, False])
@pytest.mark.parametrize("text", ["red", "red - blue", "green in:pictures", "blue copy"])
def test_a_ranking_in_parts_is_the_whole_ranking(
    library: SearchableLibrary, text: str, *, fold: bool
) -> None:
    with (
        library.engine(ColourEmbedder(), DEPTH, fold_threshold=2.0) as engine,
        library.engine(ColourEmbedder(), fold_threshold=2.0) as thorough,
    ):
        whole = thorough.search(parse(text), fold=fold)
        first = engine.search(parse(text), 3, fold=fold)
        assert first.unranked_count > 0
        assert first.total == 35
        if library.kind == "local":  # Milvus counts files, not contents
            assert first.count == len(whole)
        assert first.file_ids.tolist() == whole.file_ids[: len(first)].tolist()

        extended = engine.extend(first)
        assert extended.file_ids.tolist() == whole.file_ids.tolist()
        assert extended.copies is not None
        assert whole.copies is not None
        assert extended.copies.tolist() == whole.copies.tolist()
        assert (extended.unranked_count, extended.count, extended.total) == (0, len(whole), 35)
        assert (extended.generation, extended.noise_start) == (3, whole.noise_start)
        assert extended.scores == pytest.approx(whole.scores, abs=1e-3)
        assert extended.strengths == pytest.approx(whole.strengths, abs=1e-3)
        assert engine.extend(extended) is extended


def test_a_hit_that_is_unfolded_stays_unfolded(library: SearchableLibrary) -> None:
    with library.engine(ColourEmbedder(), DEPTH, fold_threshold=2.0) as engine:
        first = engine.search(parse("red"))
        assert first.copies is not None
        opened = first.toggle_fold(int(first.copies.argmax()))
        assert opened.count == first.count + 1
        extended = engine.extend(opened)
        assert extended.file_ids[: len(opened)].tolist() == opened.file_ids.tolist()
        assert len(extended) == 31


def test_a_reversed_order_by_score_reverses_the_whole_ranking(library: SearchableLibrary) -> None:
    for depth in (None, DEPTH):
        with library.engine(ColourEmbedder(), depth) as engine:
            plain = engine.extend(engine.search(parse("red sort:score"), fold=False))
            reverse = engine.search(parse("red -sort:score"), fold=False)
            assert reverse.file_ids.tolist() == plain.file_ids.tolist()[::-1]
            assert reverse.unranked_count == 0


def test_an_order_sorts_the_hits_above_the_noise(library: SearchableLibrary) -> None:
    with library.engine(ColourEmbedder()) as engine:
        plain = engine.search(parse("blue"), fold=False)
        assert plain.noise_start is not None
        strong = search_names(engine, "blue")[: plain.noise_start]
        assert 0 < len(strong) < 20
        assert search_names(engine, "blue sort:name") == sorted(strong)
        by_date = search_names(engine, "blue -sort:date")
        assert search_names(engine, "blue sort:date") == by_date[::-1]
        assert sorted(by_date) == sorted(strong)
        ordered = engine.search(parse("blue sort:name"), fold=False)
        assert (ordered.total, ordered.count) == (len(strong), len(strong))
        assert ordered.noise_start is None


def test_an_order_without_a_good_match_sorts_every_hit(library: SearchableLibrary) -> None:
    text = "blue -name:blue"
    with library.engine(ColourEmbedder(), DEPTH) as engine:
        plain = engine.search(parse(text), fold=False)
        assert plain.noise_start == 0
        assert [hint.message for hint in plain.query.hints] == ["No good match for “blue”."]
        assert plain.unranked_count > 0
        ordered = engine.search(parse(f"{text} sort:name"), fold=False)
        assert (len(ordered), ordered.unranked_count) == (plain.total, 0)


def test_a_ranking_is_extended_after_its_example_picture_was_removed(
    library: SearchableLibrary, tmp_path: Path
) -> None:
    path = save_picture(tmp_path / "elsewhere.png", "green")
    with library.engine(None, DEPTH, open_images=ColourEmbedder, fold_threshold=2.0) as engine:
        first = engine.search(parse(f'like:"{path}"'))
        assert first.unranked_count > 0
        path.unlink()
        extended = engine.extend(first)
        assert (extended.unranked_count, len(extended)) == (0, 30)
        assert extended.file_ids[: len(first)].tolist() == first.file_ids.tolist()


def test_a_ranking_of_another_model_is_extended_with_the_engine_s_own(
    library: SearchableLibrary,
) -> None:
    with library.engine(ColourEmbedder(), DEPTH, fold_threshold=2.0) as engine:
        first = engine.search(parse("red"))
        foreign = replace(first, query_vector=QueryVector("other", np.ones(3, np.float32)))
        assert engine.extend(foreign).file_ids.tolist() == engine.extend(first).file_ids.tolist()


def test_a_list_is_extended_after_a_text_tower_was_attached(library: SearchableLibrary) -> None:
    with library.engine(None, DEPTH) as engine:
        first = engine.search(parse("jpg"), fold=False)
        assert not first.semantic
        engine.attach(ColourEmbedder())
        extended = engine.extend(first)
        assert (len(extended), extended.unranked_count, extended.semantic) == (35, 0, False)
        assert extended.file_ids[: len(first)].tolist() == first.file_ids.tolist()
