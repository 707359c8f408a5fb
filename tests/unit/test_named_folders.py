"""Folders that are named as a query says come first, all their pictures together."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.fakes import ColourEmbedder
from tests.filled import fill
from tui.library.catalog import Catalog
from tui.library.index import open_index
from tui.library.index_search import Limits
from tui.search.engine import Engine
from tui.search.named_folders import NamedFolders
from tui.search.query import parse

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
    return [FOLDERS[number] for number in folders.asked_for(text)]


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
def test_which_folders_are_meant(text: str, expected: list[str]) -> None:
    assert asked_for(text) == expected


@pytest.mark.parametrize("limits", [Limits(), Limits(small=2, depth=2)])
def test_all_pictures_of_a_folder_come_first(tmp_path: Path, limits: Limits) -> None:
    embedder = ColourEmbedder()
    colours = ("red", "green", "blue", "yellow")
    vectors = dict(zip(colours, embedder.embed_text(colours), strict=True))
    names = {f"{colour} {number}.jpg": vectors[colour] for number in range(9) for colour in colours}
    inside = {
        f"green fields/{number} {colour}.jpg": vectors[colour]
        for number, colour in enumerate(colours)
    }
    fill(tmp_path, Path("/p"), embedder.model_id, {**names, **inside, "green.jpg": vectors["red"]})
    with Catalog.open(tmp_path) as catalog:
        index = open_index(catalog, embedder.model_id)
        with Engine(catalog, index, embedder, near=2.0, limits=limits) as engine:
            engine.learn_names()
            ranking = engine.search(parse("green"), fold=False)
            hits = engine.hits(ranking, 0, 6)
            found = [str(hit.file.path.relative_to("/p")) for hit in hits]
            assert found[:2] == ["green.jpg", "green fields/1 green.jpg"]
            assert set(found[1:5]) == set(inside)
            assert found[5].startswith("green ")
            assert all(hit.strength in (None, 1.0) for hit in hits[:5])
            assert len(set(ranking.file_ids.tolist())) == len(ranking)
            deep = engine.deepen(ranking)
            assert len(deep) == len(names) + len(inside) + 1


def test_the_copy_in_the_folder_stands_for_the_others(tmp_path: Path) -> None:
    embedder = ColourEmbedder()
    red, blue = embedder.embed_text(["red", "blue"])
    files = {"a/1.jpg": red, "a/2.jpg": blue, "holiday/3.jpg": red, "holiday/4.jpg": blue}
    fill(tmp_path, Path("/p"), embedder.model_id, files)
    with Catalog.open(tmp_path) as catalog:
        index = open_index(catalog, embedder.model_id)
        with Engine(catalog, index, embedder, near=0.999) as engine:
            ranking = engine.search(parse("holiday"))
            hits = engine.hits(ranking, 0, 9)
            assert sorted(hit.file.path.name for hit in hits) == ["3.jpg", "4.jpg"]
            assert [hit.copies for hit in hits] == [2, 2]
