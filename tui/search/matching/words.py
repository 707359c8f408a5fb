"""Words of names and of queries as they are compared with each other."""

from __future__ import annotations

import re

from tui.storage.path_encoding import bare

_WORD = re.compile(r"[^\W\d_]+|\d+")


def split_words(text: str) -> list[str]:
    """Return the words of a text or a name, without repeats."""
    return list(dict.fromkeys(_WORD.findall(bare(text))))


def word_forms(word: str) -> list[str]:
    """Return a word, its plural and its singular."""
    return [word, f"{word}s", *([word[:-1]] if len(word) > 2 and word.endswith("s") else [])]
