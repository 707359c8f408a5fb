"""The built-in model's text side: any text becomes a unit vector, quickly and without torch."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.errors import ModelError
from tui.models.starter.model_file import STARTER_FILE, read_part, write_model_file
from tui.models.starter.towers import DIM, MODEL_ID, StarterText

if TYPE_CHECKING:
    from pathlib import Path

    from tui.core.domain import Vectors

TEXT = StarterText()

HOSTILE = [
    "",
    " \t\n",
    "?!,.;",
    "\N{DOG FACE}\N{HEAVY BLACK HEART}\N{VARIATION SELECTOR-16}",
    "a\x00b\x07\x1b[31m",
    "\N{RIGHT-TO-LEFT OVERRIDE}dog",
    "\u05db\u05dc\u05d1",
    "\u72ac",
    "\ud800",
    "dog " * 2_500,
    "x" * 10_000,
    "e\N{COMBINING ACUTE ACCENT}" * 1_000,
]


def vector(text: str) -> Vectors:
    embedding: Vectors = TEXT.embed_text([text])[0]
    return embedding


def likeness(one: str, other: str) -> float:
    return float(vector(one) @ vector(other))


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_any_text_gives_a_unit_vector(text: str) -> None:
    vectors = TEXT.embed_text([text])
    assert vectors.shape == (1, DIM)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors) == pytest.approx(1, abs=1e-5)


@given(st.text(max_size=60))
def test_texts_of_any_characters_give_unit_vectors(text: str) -> None:
    assert np.linalg.norm(vector(text)) == pytest.approx(1, abs=1e-5)


def test_no_texts_give_no_vectors() -> None:
    assert TEXT.embed_text([]).shape == (0, DIM)


def test_the_same_text_gives_the_same_bytes() -> None:
    texts = ["dog", "a red car in the snow", ""]
    assert StarterText().embed_text(texts).tobytes() == TEXT.embed_text(texts).tobytes()


def test_unknown_texts_share_one_neutral_vector() -> None:
    assert np.array_equal(vector(""), vector("zzyzx qwrtp"))
    assert likeness("", "dog") < 0.5
    assert np.array_equal(vector("a photo of the"), vector(""))


@pytest.mark.parametrize(
    ("one", "other", "third"),
    [
        ("automobile", "motorcar", "banana"),
        ("puppy", "dog", "lorry"),
        ("kitten", "tabby", "hammer"),
        ("sea", "ocean", "sofa"),
        ("beach", "seashore", "keyboard"),
        ("wolves", "wolf", "teapot"),
        ("great white shark", "white shark", "great grey owl"),
        ("cassette player", "tape player", "tiger shark"),
    ],
)
def test_synonyms_are_near(one: str, other: str, third: str) -> None:
    assert likeness(one, other) > 0.4
    assert likeness(one, other) > likeness(one, third) + 0.3


@pytest.mark.parametrize(
    "text",
    ["a photo of a goldfish", "Pictures of goldfish!", "GOLDFISH", "the go\u0301ldfish's photo"],
)
def test_templates_case_and_accents_change_nothing(text: str) -> None:
    assert np.array_equal(vector(text), vector("goldfish"))


def test_a_phrase_differs_from_its_words() -> None:
    assert likeness("hot dog", "dog") < likeness("hot dog", "sandwich")
    assert likeness("sea cucumber", "starfish") > likeness("cucumber", "starfish")


def test_a_plural_equals_its_singular() -> None:
    for plural, singular in (("hot dogs", "hot dog"), ("geese", "goose"), ("canoes", "canoe")):
        assert likeness(plural, singular) == pytest.approx(1, abs=0.02)


def test_a_half_typed_word_is_near_the_whole_one() -> None:
    assert likeness("guita", "guitar") > 0.9
    assert not np.array_equal(vector("elepha"), vector(""))


def test_each_word_of_a_text_counts() -> None:
    both = vector("dog and guitar")
    assert both @ vector("dog") > 0.3
    assert both @ vector("guitar") > 0.3


def test_the_text_side_loads_without_torch() -> None:
    code = (
        "import json, sys; from tui.models.starter.towers import StarterText;"
        "StarterText().embed_text(['dog']);"
        "print(json.dumps([m for m in ('torch', 'timm', 'open_clip', 'PIL', 'tokenizers')"
        " if m in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert json.loads(done.stdout) == []


def _flipped(whole: bytes) -> bytes:
    at = len(whole) - 1_000  # in the texts' tensors, which come last
    return whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :]


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: b"",
        lambda whole: b"not a model",
        lambda whole: whole[: len(whole) // 2],
        lambda whole: b"\xff" * 64 + whole[64:],
        _flipped,
    ],
    ids=["empty", "text", "truncated", "header", "one bit"],
)
def test_a_damaged_model_file_is_one_sentence(tmp_path: Path, damage: object) -> None:
    assert callable(damage)
    path = tmp_path / "starter.safetensors"
    path.write_bytes(damage(STARTER_FILE.read_bytes()))
    with pytest.raises(ModelError, match=r"^The built-in model's file .* install photoseek again"):
        StarterText(path)


def test_a_missing_model_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="install photoseek again"):
        StarterText(tmp_path / "none.safetensors")


def test_a_model_file_of_another_version_or_shape_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "starter.safetensors"
    tensors, settings = read_part(STARTER_FILE, "text", MODEL_ID)
    write_model_file(path, tensors, settings, "starter-0")
    with pytest.raises(ModelError, match="install photoseek again"):
        StarterText(path)
    narrow = np.ascontiguousarray(tensors["text.basis"][:, 1:])
    write_model_file(path, {**tensors, "text.basis": narrow}, settings, MODEL_ID)
    with pytest.raises(ModelError, match="install photoseek again"):
        StarterText(path)


def test_the_model_file_is_small() -> None:
    assert STARTER_FILE.stat().st_size <= 12_000_000


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("qwertyzxcv", ["qwertyzxcv"]),
        ("a dog with qwertyzxcv and xyzzyx", ["qwertyzxcv", "xyzzyx"]),
        ("invoice", ["invoice"]),
        ("2019 dogs", []),
        ("f", []),
        ("tree fro", []),
        ("a photo of the", []),
        ("", []),
        ("🐸", ["🐸"]),
        ("犬 dog", ["犬"]),
    ],
)
def test_unknown_words_are_listed(text: str, unknown: list[str]) -> None:
    assert TEXT.unknown_words(text) == unknown


@pytest.mark.parametrize(
    "text", ["dog", "--", "?!", "a dog qwertyzxcv", "f", "a photo", "tree fro", "red"]
)
def test_a_text_with_a_known_word_is_known(text: str) -> None:
    assert TEXT.knows(text)


@pytest.mark.parametrize("text", ["qwertyzxcv", "img_0001", "🐸", "犬", "a photo of qwertyzxcv"])
def test_a_text_without_a_known_word_is_unknown(text: str) -> None:
    assert not TEXT.knows(text)


@given(st.text(max_size=60))
def test_a_text_without_a_known_word_has_unknown_words(text: str) -> None:
    unknown = TEXT.unknown_words(text)
    if not TEXT.knows(text) and text.split():
        assert unknown or not any(character.isalpha() for character in text)
