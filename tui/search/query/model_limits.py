"""Hints about the limits of a model: other scripts, or words that it never learned."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from tui.core.formatting import shorten
from tui.models.presets import MODELS
from tui.models.starter.limits import limit_of
from tui.models.starter.towers import MODEL_ID as STARTER
from tui.search.query.terms import Hint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.search.query.terms import Query

_LATIN = ("LATIN ", "FULLWIDTH LATIN ")
"""How the names of Latin letters begin (Unicode character names)."""


def reads_only_english(model_id: str) -> bool:
    """Whether a model is known to have been trained on English alone."""
    label = model_id.partition("@")[0]  # for weights from a file, its hash follows the @
    return any(
        spec.languages == "English" and spec.model_id.partition("@")[0] == label for spec in MODELS
    )


def is_foreign(text: str) -> bool:
    """Whether most letters of a text are not Latin."""
    letters = [character for character in text if character.isalpha()]
    latin = sum(unicodedata.name(letter, "").startswith(_LATIN) for letter in letters)
    return latin * 2 < len(letters)


def limitation_hint(query: Query, model_id: str, unknown: Sequence[str] = ()) -> list[Hint]:
    """Return at most one hint about the part of a query that the model can't understand.

    Args:
        query: the query.
        model_id: the model.
        unknown: the words of the query that the model does not know.
    """
    hints = language_hint(query) if reads_only_english(model_id) else []
    if model_id == STARTER and not hints:
        limits = (limit_of(term.text) for term in query.terms)
        end = len(query.text)
        hints = [Hint(unknown_word_message(word), 0, end, unknown=True) for word in unknown]
        hints += [Hint(message, 0, end) for message in limits if message]
        hints = hints[:1]
    return hints


def unknown_word_message(word: str) -> str:
    """Return the hint that the built-in model does not know a word."""
    return f"The built-in model doesn't know “{shorten(word)}”."


def language_hint(query: Query) -> list[Hint]:
    """Return the hint that an English model can't read the query; at most one."""
    if not any(is_foreign(term.text) for term in query.terms):
        return []
    message = "The model reads English; `photoseek models` names those of other languages."
    return [Hint(message, 0, len(query.text))]
