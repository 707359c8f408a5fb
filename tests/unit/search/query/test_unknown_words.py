"""Words that the built-in model doesn't know, and queries without a match."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.support.libraries.library_factory import make_library
from tui.core.settings import Settings
from tui.models.starter.towers import MODEL_ID, StarterText
from tui.search.engine import SearchEngine
from tui.search.open import open_engine
from tui.search.query.parse import parse

KINDS = ("dog", "frog", "fish", "car", "house", "bridge", "cup", "bird")
UNKNOWN = "The built-in model doesn't know “{}”."


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[SearchEngine]:
    """Yield sixty pictures of eight kinds; five of them in a folder."""
    vectors = StarterText().embed_text([KINDS[number % 8] for number in range(60)])
    vectors += np.random.default_rng(0).standard_normal(vectors.shape).astype(np.float32) * 0.02
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    root = tmp_path / "pictures"
    root.mkdir()
    names = [f"{'rclip test/' * (number < 5)}IMG_{number:04}.jpg" for number in range(60)]
    names[50] = "rclip.jpg"
    make_library(tmp_path / "data", root, MODEL_ID, dict(zip(names, vectors, strict=True)))
    with open_engine(Settings(data_dir=tmp_path / "data")) as opened:
        opened.attach(StarterText())
        yield opened


def answer(engine: SearchEngine, text: str) -> tuple[list[str], list[str]]:
    """Return the names of the results, and the hints."""
    ranking = engine.search(parse(text), fold=False)
    names = [hit.file.path.name for hit in engine.hits(ranking, 0, 60)]
    return names, [hint.message for hint in ranking.query.hints]


def test_an_unknown_word_only_finds_names(engine: SearchEngine) -> None:
    assert answer(engine, "qwertyzxcv") == ([], [UNKNOWN.format("qwertyzxcv")])
    inside = [f"IMG_000{number}.jpg" for number in range(5)]
    assert answer(engine, "rclip") == (["rclip.jpg", *inside], [UNKNOWN.format("rclip")])
    assert answer(engine, "img_0007")[0] == ["IMG_0007.jpg"]
    assert answer(engine, "x" * 99)[1] == [UNKNOWN.format("x" * 40 + "…")]


def test_a_folder_s_name_brings_up_all_its_pictures_first(engine: SearchEngine) -> None:
    for text in ("rclip", "rclip test", "Rclip Test"):
        for fold in (True, False):
            ranking = engine.search(parse(text), fold=fold)
            hits = engine.hits(ranking, 0, 60)
            first = [hit.file.path.parent.name for hit in hits if hit.file.path.name != "rclip.jpg"]
            assert first[:5] == ["rclip test"] * 5
            assert {str(hit.reason) for hit in hits[1:5]} == {"folder: rclip test"}


def test_a_known_word_that_names_a_folder_brings_up_all_its_pictures(tmp_path: Path) -> None:
    vectors = StarterText().embed_text([KINDS[1 + number % 7] for number in range(60)])
    names = [f"{'dog park/' * (number % 12 == 0)}IMG_{number:04}.jpg" for number in range(60)]
    (tmp_path / "pictures").mkdir()
    rows = dict(zip(names, vectors, strict=True))
    make_library(tmp_path / "data", tmp_path / "pictures", MODEL_ID, rows)
    with open_engine(Settings(data_dir=tmp_path / "data")) as engine:
        engine.attach(StarterText())
        for text in ("dog", "dog park"):
            hits = engine.hits(engine.search(parse(text), fold=False), 0, 60)
            assert [hit.file.path.parent.name for hit in hits[:5]] == ["dog park"] * 5
            reasons = {str(hit.reason) for hit in hits[:5]}
            assert "folder: dog park" in reasons
            assert reasons <= {"folder: dog park", "None"}, "the picture alone may match too"


def test_an_unknown_word_beside_known_ones_changes_nothing(engine: SearchEngine) -> None:
    names, hints = answer(engine, "dog qwertyzxcv")
    assert names == answer(engine, "dog")[0]
    assert hints == [UNKNOWN.format("qwertyzxcv")]
    assert answer(engine, "dog + qwertyzxcv")[0] == names
    assert answer(engine, "dog - qwertyzxcv")[0] == names


def test_words_without_a_match_are_reported(engine: SearchEngine) -> None:
    names, hints = answer(engine, "zebra")
    assert (len(names), hints) == (60, ["No good match for “zebra”."])
    assert answer(engine, "dog")[1] == []
    (hint,) = answer(engine, "zebra or " * 9)[1]
    assert hint == "No good match for “zebra or zebra or zebra or zebra or zebr…”."


def test_texts_with_unknown_words_are_not_cached(tmp_path: Path, engine: SearchEngine) -> None:
    for text in ("dog", "qwertyzxcv", "dog qwertyzxcv"):
        engine.search(parse(text))
        engine.remember(parse(text))
    with open_engine(Settings(data_dir=tmp_path / "data")) as again:
        assert [
            again.is_cached(parse(text)) for text in ("dog", "qwertyzxcv", "dog qwertyzxcv")
        ] == [
            True,
            False,
            False,
        ]
