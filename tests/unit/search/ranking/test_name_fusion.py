"""Name matches beside meaning: which names match how well, and how they move a ranking."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.libraries.catalog_builder import CatalogBuilder
from tui.search.local.name_matcher import NameMatcher
from tui.search.local.picture_table import PictureTable
from tui.search.local.word_index import WordIndex
from tui.search.matching.words import split_words
from tui.search.query.parse import parse
from tui.search.ranking.name_fusion import EXACT, FOLDER, best_by_content, fuse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMES = (
    "IMG_0001.jpg",
    "IMG_0002.jpg",
    "IMG_0003.jpg",
    "Sunset 2023.jpg",
    "sunset-at-the-beach.JPG",
    "Élan.png",
    "paris/IMG_0004.jpg",
    "paris/sunset.jpg",
    "東京タワー.jpg",
    "boats.jpg",
    "no words at all",
)


@pytest.fixture
def builder(tmp_path: Path) -> Iterator[CatalogBuilder]:
    builder = CatalogBuilder(tmp_path)
    for name in NAMES:
        builder.add_picture(name, name, "grey")
    yield builder
    builder.catalog.close()


def matches(builder: CatalogBuilder, text: str) -> dict[str, float]:
    columns = PictureTable(builder.catalog)
    words = WordIndex()
    words.update(columns)
    values = NameMatcher(parse(text), words, columns).score(np.arange(len(columns)))
    return {NAMES[row]: round(value, 2) for row, value in enumerate(values.tolist()) if value}


def test_words_are_runs_of_letters_or_digits() -> None:
    assert split_words("IMG_0042 Sunset, sunset.Élan2") == ["img", "0042", "sunset", "elan", "2"]
    assert split_words("東京タワー") == ["東京タワー"]
    assert split_words("- _ .") == []


def test_a_whole_name_matches_exactly_with_or_without_its_suffix(builder: CatalogBuilder) -> None:
    for text in ("img_0002", "IMG_0002.JPG", '"img_0002.jpg"'):
        assert matches(builder, text)["IMG_0002.jpg"] == EXACT
    assert matches(builder, "elan")["Élan.png"] == EXACT
    assert matches(builder, "東京タワー")["東京タワー.jpg"] == EXACT
    assert matches(builder, "no words at all")["no words at all"] == EXACT
    assert EXACT not in matches(builder, "elan + red").values()
    assert EXACT not in matches(builder, "red - elan").values()


def test_all_words_match_fully_and_some_words_partly(builder: CatalogBuilder) -> None:
    assert matches(builder, "beach sunset")["sunset-at-the-beach.JPG"] == 1
    assert 0 < matches(builder, "beach sunset")["Sunset 2023.jpg"] < 0.4
    assert matches(builder, "a photo of the boat") == {"boats.jpg": 1}
    assert matches(builder, "boats by a mountain lake in winter") == {"boats.jpg": 0.06}
    assert matches(builder, "wholly unrelated") == {}
    assert matches(builder, "red - boats") == {}
    assert matches(builder, 'like:"boats.jpg"') == {}


def test_folder_names_count_half(builder: CatalogBuilder) -> None:
    assert (
        matches(builder, "paris jpg")["paris/IMG_0004.jpg"]
        < matches(builder, "sunset png")["Élan.png"]
    )
    name_matches = matches(builder, "sunset paris")
    assert max(name_matches, key=lambda name: name_matches[name]) == "paris/sunset.jpg"


def test_a_folder_that_is_named_as_typed_is_above_all_but_a_whole_name(
    builder: CatalogBuilder,
) -> None:
    assert matches(builder, "paris") == {"paris/IMG_0004.jpg": FOLDER, "paris/sunset.jpg": FOLDER}
    assert matches(builder, "img_0004")["paris/IMG_0004.jpg"] == EXACT
    assert FOLDER not in matches(builder, "paris + sunset").values()


def test_a_word_in_every_name_has_no_weight(builder: CatalogBuilder) -> None:
    for number in range(200):
        builder.add_picture(f"x/DSC{number}.jpg", f"x {number}", "grey")
    columns = PictureTable(builder.catalog)
    words = WordIndex()
    words.update(columns)
    rare = NameMatcher(parse("beach jpg"), words, columns).score(np.arange(len(columns)))
    assert [NAMES[row] for row in np.flatnonzero(rare).tolist()] == ["sunset-at-the-beach.JPG"]


def test_the_word_index_follows_added_and_removed_files(builder: CatalogBuilder) -> None:
    columns = PictureTable(builder.catalog)
    words = WordIndex()
    words.update(columns)
    for number in range(12):
        builder.add_picture(f"new/{number} fox.jpg", f"new {number}", "grey")
        columns.refresh()
        words.update(columns)
        assert len(words.find_rows("fox")) == number + 1
    assert len(words.folders.find_with_words(["new"])) == 1
    assert words.find_rows("sunset").tolist() == [3, 4, 7]
    builder.remove(1)
    columns.refresh()
    words.update(columns)
    assert words.find_rows("sunset").tolist() == [2, 3, 6]
    assert len(words) == len(columns)


@given(st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), max_size=12), st.data())
def test_fusing_equals_a_plain_sort(values: list[float], data: st.DataObject) -> None:
    scores = np.array(sorted(values, reverse=True), dtype=np.float32)
    places = st.sampled_from(range(len(values))) if values else st.nothing()
    matching = data.draw(st.lists(places, unique=True))
    bonus = data.draw(
        st.lists(st.sampled_from([0.0, 0.3, 2.0]), min_size=len(matching), max_size=len(matching))
    )
    order, fused = fuse(
        scores, np.array(matching, dtype=np.int64), np.array(bonus, dtype=np.float32)
    )
    total = scores.copy()
    total[matching] += np.array(bonus, dtype=np.float32)
    assert sorted(order.tolist()) == list(range(len(values)))
    assert fused.tolist() == total[order].tolist() == sorted(total.tolist(), reverse=True)


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from([0.25, 0.5, 1.0])), max_size=12))
def test_the_best_name_decides_the_score_of_a_content(pairs: list[tuple[int, float]]) -> None:
    contents = np.array([content for content, _ in pairs], dtype=np.int64)
    values = np.array([value for _, value in pairs], dtype=np.float32)
    best_contents, best_values = best_by_content(contents, values)
    expected = {content: max(v for c, v in pairs if c == content) for content, _ in pairs}
    assert dict(zip(best_contents.tolist(), best_values.tolist(), strict=True)) == expected
    assert best_contents.tolist() == sorted(expected)
