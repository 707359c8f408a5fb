"""A model that reads English says so, once, where the letters are others."""

from __future__ import annotations

import pytest

from tui.models.presets import MODELS
from tui.search.query import parse
from tui.search.scripts import is_foreign, reads_only_english, unread


@pytest.mark.parametrize("text", ["שועל", "собака на траве", "犬", "ﻛﻠﺐ", "σκύλος", "犬と夏 in 3"])
def test_other_scripts(text: str) -> None:
    assert is_foreign(text)
    assert len(unread(parse(f"{text} + {text} - red"))) == 1


@pytest.mark.parametrize(
    "text", ["", "3:2", "🙂🙂", "café Zürich", "Übergröße", "Đặng", "\uff24\uff2f\uff27", "a犬"]
)
def test_latin_and_no_letters(text: str) -> None:
    assert not is_foreign(text)
    assert unread(parse(text)) == []


def test_which_models_read_english_alone() -> None:
    for spec in MODELS:
        assert reads_only_english(spec.model_id) == (spec.languages == "English")
        assert reads_only_english(f"{spec.model_id}@0123") == (spec.languages == "English")
    assert not reads_only_english("open_clip:something/else")
