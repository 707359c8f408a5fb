"""A hint names the part of a query that a model can't understand, once."""

from __future__ import annotations

import pytest

from tui.models.presets import MODELS
from tui.models.starter.towers import MODEL_ID
from tui.search.query.model_limits import (
    is_foreign,
    language_hint,
    limitation_hint,
    reads_only_english,
)
from tui.search.query.parse import parse


@pytest.mark.parametrize("text", ["שועל", "собака на траве", "犬", "ﻛﻠﺐ", "σκύλος", "犬と夏 in 3"])
def test_other_scripts_get_a_hint(text: str) -> None:
    assert is_foreign(text)
    assert len(language_hint(parse(f"{text} + {text} - red"))) == 1


@pytest.mark.parametrize(
    "text", ["", "3:2", "🙂🙂", "café Zürich", "Übergröße", "Đặng", "\uff24\uff2f\uff27", "a犬"]
)
def test_latin_and_unlettered_queries_get_no_hint(text: str) -> None:
    assert not is_foreign(text)
    assert language_hint(parse(text)) == []


def test_models_that_only_read_english_are_recognized() -> None:
    for spec in MODELS:
        assert reads_only_english(spec.model_id) == (spec.languages == "English")
        assert reads_only_english(f"{spec.model_id}@0123") == (spec.languages == "English")
    assert not reads_only_english("open_clip:something/else")


def test_words_outside_the_built_in_vocabulary_get_a_hint() -> None:
    (hint,) = limitation_hint(parse("happy children + red car"), MODEL_ID)
    assert "doesn't understand" in hint.message
    assert limitation_hint(parse("golden retriever"), MODEL_ID) == []
    assert limitation_hint(parse("red car"), "open_clip:ViT-B-32/openai") == []
    (hint,) = limitation_hint(parse("犬 + red car"), MODEL_ID)
    assert "reads English" in hint.message
