"""The pictures of folders that are named like a query come first, all together."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.support.embedders import ColourEmbedder
from tests.support.libraries.catalog_builder import CatalogBuilder, search_hits
from tests.support.libraries.library_factory import make_library
from tests.support.step_counter import lines_of
from tui.library.local.catalog.reader import Catalog
from tui.library.local.vectors.searching import LIMITS, IndexLimits
from tui.library.local.vectors.vector_index import VectorIndex
from tui.search.engine import SearchEngine
from tui.search.local.backend import LocalBackend
from tui.search.local.name_index import scores_of
from tui.search.matching.named_folders import NamedFolders
from tui.search.query.parse import parse
from tui.search.ranking.name_fusion import EXACT, FOLDER
from tui.search.ranking.name_order import name_order

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FOLDERS = (
    "p",
    "p/rclip test",
    "p/rclip test/deeper/still",
    "p/dups",
    "p/2019-05 Paris",
    "p/Snow White costume party",
    "p/\u00c9t\u00e9 2020",
    "p/2019",
    "p/dogs",
    "p/a photo",
    "p/my dog at the sea",
    "p/rclip",
    "other/rclip test",
)


def asked_for(text: str) -> list[str]:
    paths = dict(enumerate(os.fsencode(f"/x/{name}") for name in FOLDERS))
    folders = NamedFolders(paths, [Path("/x/p"), Path("/x/other")])
    return [FOLDERS[number] for number in folders.find(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "rclip",
            ["p/rclip test", "p/rclip test/deeper/still", "p/rclip", "other/rclip test"],
        ),
        ("RCLIP-test", ["p/rclip test", "p/rclip test/deeper/still", "other/rclip test"]),
        ("dups", ["p/dups"]),
        ("paris", ["p/2019-05 Paris"]),
        ("paris 2019", ["p/2019-05 Paris"]),
        ("paris 2020", []),
        ("snow", []),
        ("snow white", ["p/Snow White costume party"]),
        ("ete", ["p/\u00c9t\u00e9 2020"]),
        ("2019", ["p/2019"]),
        ("a dog", ["p/dogs", "p/my dog at the sea"]),
        ("a dog in the snow", []),
        ("a photo", ["p/a photo"]),
        ("photo", []),
        ("x", []),
        ("p", list(FOLDERS[:-1])),
        ("", []),
        ("-", []),
    ],
)
def test_folders_match_by_name_or_by_most_of_their_words(text: str, expected: list[str]) -> None:
    assert asked_for(text) == expected


@pytest.mark.parametrize("limits", [IndexLimits(), IndexLimits(small=2, depth=2)])
def test_all_pictures_of_a_folder_come_first(tmp_path: Path, limits: IndexLimits) -> None:
    embedder = ColourEmbedder()
    colours = ("red", "green", "blue", "yellow")
    vectors = dict(zip(colours, embedder.embed_text(colours), strict=True))
    names = {f"{colour} {number}.jpg": vectors[colour] for number in range(9) for colour in colours}
    inside = {
        f"green fields/{number} {colour}.jpg": vectors[colour]
        for number, colour in enumerate(colours)
    }
    make_library(
        tmp_path, Path("/p"), embedder.model_id, {**names, **inside, "green.jpg": vectors["red"]}
    )
    with Catalog.open(tmp_path) as catalog:
        index = VectorIndex(catalog, embedder.model_id)
        with SearchEngine(
            LocalBackend(catalog, index, limits=limits), embedder, fold_threshold=2.0
        ) as engine:
            engine.warm_up()
            ranking = engine.search(parse("green"), fold=False)
            hits = engine.hits(ranking, 0, 6)
            shown = [str(hit.file.path.relative_to("/p")) for hit in hits]
            assert shown[:2] == ["green.jpg", "green fields/1 green.jpg"]
            assert set(shown[1:5]) == set(inside)
            assert shown[5].startswith("green ")
            assert all(hit.strength in (None, 1.0) for hit in hits[:5])
            assert len(set(ranking.file_ids.tolist())) == len(ranking)
            deep = engine.extend(ranking)
            assert len(deep) == len(names) + len(inside) + 1


def test_the_copy_in_the_folder_represents_the_others(tmp_path: Path) -> None:
    embedder = ColourEmbedder()
    red, blue = embedder.embed_text(["red", "blue"])
    files = {"a/1.jpg": red, "a/2.jpg": blue, "holiday/3.jpg": red, "holiday/4.jpg": blue}
    make_library(tmp_path, Path("/p"), embedder.model_id, files)
    with Catalog.open(tmp_path) as catalog:
        index = VectorIndex(catalog, embedder.model_id)
        with SearchEngine(LocalBackend(catalog, index), embedder, fold_threshold=0.999) as engine:
            ranking = engine.search(parse("holiday"))
            hits = engine.hits(ranking, 0, 9)
            assert sorted(hit.file.path.name for hit in hits) == ["3.jpg", "4.jpg"]
            assert [hit.copies for hit in hits] == [2, 2]


COLOURS = ("red", "green", "blue", "yellow")


def paths(
    builder: CatalogBuilder, text: str, *, fold: bool = False, limits: IndexLimits = LIMITS
) -> list[str]:
    """Search with a text tower, and return the paths below the root."""
    with builder.engine(ColourEmbedder(), fold_threshold=2.0, limits=limits) as engine:
        engine.warm_up()
        hits = search_hits(engine, text, fold=fold)
        return [str(hit.file.path.relative_to(builder.root)) for hit in hits]


@pytest.fixture
def copied(tmp_path: Path) -> Iterator[CatalogBuilder]:
    """Yield pictures of a folder, their copies elsewhere, older and newer, and other pictures."""
    builder = CatalogBuilder(tmp_path)
    for colour in COLOURS:
        builder.add_picture(f"birds/{colour} 1.jpg", colour, colour)
        builder.add_picture(f"reptiles/{colour} 2.jpg", colour, colour)
        builder.add_picture(f"zoo/{colour} 3.jpg", colour, colour)
    builder.add_picture("reptiles/only here.jpg", "only here", "yellow", tilt=0.5)
    for number, colour in enumerate(COLOURS * 8):
        builder.add_picture(
            f"others/{colour} {number}.jpg", f"other {number}", colour, tilt=number / 99
        )
    yield builder
    builder.catalog.close()


@pytest.mark.parametrize("limits", [LIMITS, IndexLimits(small=2, depth=2)])
def test_copies_elsewhere_come_after_the_folder(
    copied: CatalogBuilder, limits: IndexLimits
) -> None:
    listed = paths(copied, "reptiles", limits=limits)
    folders = [path.partition("/")[0] for path in listed[:13]]
    assert folders[:5] == ["reptiles"] * 5
    assert sorted(folders[5:]) == ["birds"] * 4 + ["zoo"] * 4
    assert len(set(listed)) == len(listed)
    in_folder = [Path(path).name.split()[0] for path in listed[:5] if "only" not in path]
    assert [Path(path).name.split()[0] for path in listed[5:13:2]] == in_folder


def test_a_file_whose_name_was_typed_precedes_the_complete_folder(copied: CatalogBuilder) -> None:
    copied.add_picture("birds/reptiles.jpg", "yellow", "yellow")
    copied.add_picture("others/reptiles.jpg", "blue", "blue")
    folders = [path.partition("/")[0] for path in paths(copied, "reptiles")]
    assert sorted(folders[:2]) == ["birds", "others"]
    assert folders[2:7] == ["reptiles"] * 5
    assert sorted(folders[7:15]) == ["birds"] * 4 + ["zoo"] * 4


def test_a_named_folder_precedes_better_matches(tmp_path: Path) -> None:
    builder = CatalogBuilder(tmp_path)
    builder.add_picture("birds/red one.jpg", "1", "red")
    builder.add_picture("birds/red two.jpg", "2", "red", tilt=0.1)
    builder.add_picture("red/fish/blue.jpg", "3", "blue")
    for number in range(6):
        builder.add_picture(f"birds/red {number}.jpg", f"more {number}", "red", tilt=0.2)
    assert paths(builder, "red")[0] == "red/fish/blue.jpg"
    builder.catalog.close()


@pytest.mark.parametrize("fold", [True, False])
def test_the_best_named_copy_is_first(tmp_path: Path, *, fold: bool) -> None:
    builder = CatalogBuilder(tmp_path)
    for number, colour in enumerate(COLOURS * 6):
        builder.add_picture(f"a/{number}.jpg", f"other {number}", colour, tilt=0.2)
    builder.add_picture("b/plain.jpg", "chicken", "red")
    builder.add_picture("b/n01 red hen.jpg", "chicken", "red")
    builder.add_picture("b/chicken.jpg", "chicken", "red")
    builder.add_picture("b/z.jpg", "chicken", "red")
    copies = ["b/plain.jpg", "b/n01 red hen.jpg", "b/chicken.jpg", "b/z.jpg"]
    for text, first in (("chicken", 2), ("hen", 1), ("n01", 1), ("yellow + hen", 1), ("red", 1)):
        listed = [path for path in paths(builder, text, fold=fold) if path.startswith("b/")]
        other_paths = [path for path in copies if path != copies[first]]
        assert listed == [copies[first], *([] if fold else other_paths)]
    assert paths(builder, "chicken", fold=fold)[0] == "b/chicken.jpg"
    assert paths(builder, "blue", fold=fold).index("b/plain.jpg") > 0
    builder.catalog.close()


def test_name_scores_are_looked_up_by_file_id() -> None:
    scored, values = np.array([2, 4]), np.array([0.5, 1], dtype=np.float32)
    assert scores_of(scored, values, np.array([4, 1, 5, 900, 2])).tolist() == [1, 0, 0, 0, 0.5]


def ordered(values: Sequence[Sequence[float]], *, fold: bool) -> list[int]:
    sizes = [len(content) for content in values]
    starts = np.cumsum([0, *sizes])
    scores = np.repeat(np.linspace(1, 0, len(sizes), dtype=np.float32), sizes)
    flat = np.array([value for content in values for value in content], dtype=np.float32)
    rows: list[int] = name_order(flat, starts, scores, fold=fold).tolist()
    return rows


def test_the_order_of_copies() -> None:
    values: list[list[float]] = [
        [0, EXACT, FOLDER],
        [FOLDER, 1],
        [0.5, FOLDER],
        [0, 0],
        [0.2, 0.4, 0.2],
        [1],
    ]
    assert ordered(values, fold=True) == [1, 2, 0, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12]
    assert ordered(values, fold=False) == [1, 2, 3, 6, 0, 4, 5, 7, 8, 10, 9, 11, 12]
    assert ordered([[0], [0, 0], [FOLDER]], fold=False) == [0, 1, 2, 3]
    assert ordered([], fold=False) == []


def test_ordering_copies_takes_the_same_steps_for_any_number_of_files() -> None:
    def steps(count: int) -> int:
        values = np.tile(np.array([0, FOLDER, 0.5, 1], dtype=np.float32), count)
        starts, scores = np.arange(0, 4 * count + 1, 2), np.zeros(4 * count, dtype=np.float32)
        return lines_of(lambda: name_order(values, starts, scores, fold=False))

    steps(1)
    assert steps(50) == steps(5000)
