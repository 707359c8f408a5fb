"""Completions fit the cursor, and parse to the value that they show."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.libraries.catalog_rows import DIM, MODEL, indexed_file, unit_vectors
from tui.core.domain import PictureInfo
from tui.library.base.records import IndexedFile
from tui.library.local.catalog.reader import Catalog
from tui.library.local.catalog.writer import CatalogWriter
from tui.search.local.picture_table import PictureTable
from tui.search.local.vocabulary import read_vocabulary
from tui.search.query.completion import MAX_COMPLETIONS, Completion, Vocabulary, complete
from tui.search.query.parse import parse

if TYPE_CHECKING:
    from collections.abc import Sequence

KNOWN = Vocabulary(
    folders=("2023/Île d'Oléron", "2023", "Wedding", 'a "b" c'),
    cameras=("Canon EOS R6", "Nikon Z 6"),
    formats=("jpg", "jpeg", "heic"),
    history=("boats + sunset", "boats wide", "snow"),
)


def after(text: str) -> list[str]:
    """Return the completed texts; ``|`` is the cursor."""
    cursor = text.index("|")
    text = text.replace("|", "")
    return [applied(text, offer) for offer in complete(text, cursor, KNOWN)]


def applied(text: str, offer: Completion) -> str:
    return text[: offer.start] + offer.replacement + text[offer.end :]


@pytest.mark.parametrize(
    ("typed", "becomes"),
    [
        ("a boat ca|", ["a boat camera:"]),
        ("-be|", ["-before:"]),
        ("wi|", ["wide"]),
        ("n| boats", ["name: boats", "near: boats"]),
        ("camera:nik|", ['camera:"Nikon Z 6"']),
        ("camera:z| wide", ['camera:"Nikon Z 6" wide']),
        ("in:oleron|", ['in:"2023/Île d\'Oléron"']),
        ('in:"2023/i|le" wide', ['in:"2023/Île d\'Oléron" wide']),
        ("in:a|", ['in:"a ""b"" c"']),
        ("-in:we|", ["-in:Wedding"]),
        ("ext:jpg,h|", ["ext:jpg,heic"]),
        ("ext:jp|", ["ext:jpg", "ext:jpeg"]),
        ('on:"last s|', ['on:"last summer"']),
        ("so|rt:date", ["sort:date"]),
        ("sort:|", ["sort:date", "sort:name", "sort:score", "sort:size"]),
        ("is:|", ["is:new"]),
        ("boats |wide", []),
        ('"salt|', []),
        ("name:x|", []),
        ("zz|", []),
    ],
)
def test_suggestions_depend_on_the_cursor(typed: str, becomes: list[str]) -> None:
    assert after(typed) == becomes


def test_in_an_empty_query_earlier_queries_come_first() -> None:
    assert after("|")[:4] == [*KNOWN.history, "name:"]
    assert after("boats +|")[:2] == ["boats + sunset", "boats +name:"]
    assert after("boats |")[:3] == ["boats + sunset", "boats wide", "boats name:"]


@given(st.text(alphabet='inextcamersor:-+"2 a,|', max_size=20), st.integers(0, 20))
def test_any_text_at_any_cursor_gets_a_few_valid_completions(text: str, position: int) -> None:
    cursor = min(position, len(text))
    offers = complete(text, cursor, KNOWN)
    assert len(offers) <= MAX_COMPLETIONS
    for offer in offers:
        assert 0 <= offer.start <= cursor <= offer.end <= len(text)


@given(st.sampled_from(["in", "camera"]), st.lists(st.text(min_size=1), max_size=3))
def test_a_suggestion_parses_to_its_label(name: str, values: Sequence[str]) -> None:
    vocabulary = Vocabulary(folders=values, cameras=values)
    for offer in complete(f"{name}:", len(name) + 1, vocabulary):
        text = f"{name}:{offer.replacement}"
        expected = parse(f"{name}:" + '"' + offer.label.replace('"', '""') + '"')
        assert parse(text) == expected


def test_a_library_lists_its_words_by_frequency(tmp_path: Path) -> None:
    root = tmp_path / "Pictures"
    names = ["2023/a.jpg", "2023/paris/b.jpg", "2023/paris/c.png", "d.jpg"]
    cameras = ["Leica", None, "Canon", "Canon"]
    with Catalog.open(tmp_path / "data") as catalog:
        writer = CatalogWriter(catalog)
        writer.add_root(root)
        writer.register_model(MODEL, DIM)
        items = [
            picture(root / name, camera, number)
            for number, (name, camera) in enumerate(zip(names, cameras, strict=True))
        ]
        writer.commit(MODEL, items)
        vocabulary = read_vocabulary(PictureTable(catalog))
    assert vocabulary.folders == ("Pictures", "2023", "2023/paris")
    assert vocabulary.cameras == ("Canon", "Leica")
    assert vocabulary.formats == ("jpg", "png")


def picture(path: Path, camera: str | None, number: int) -> IndexedFile:
    item = indexed_file(path, bytes([number]), unit_vectors(4)[number])
    info = PictureInfo(64, 48, "JPEG", camera=camera)
    return IndexedFile(item.file, item.digest, info, item.vector)
