"""Splits names and queries into words that can be compared."""

from __future__ import annotations

import re

from tui.core.name_folding import search_key

_WORD = re.compile(r"[^\W\d_]+|\d+")


def split_words(text: str) -> list[str]:
    """Return the different words of a text or a name, in order."""
    return list(dict.fromkeys(_WORD.findall(search_key(text))))


def word_forms(word: str) -> list[str]:
    """Return a word, its plural and its singular."""
    return [word, f"{word}s", *([word[:-1]] if len(word) > 2 and word.endswith("s") else [])]


def is_whole_name(text: str, name: str) -> bool:
    """Whether a text is a name, with or without its suffix; `search_key` wrote both."""
    return text in (name, name.rpartition(".")[0])
