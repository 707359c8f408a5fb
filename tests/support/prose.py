"""Phrases that the prose rules of ``.github/CONTRIBUTING.md`` replace, and a search for them."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BANNED = {
    r"(no|some|every)body|whoever|one's": "name the person or the program",
    r"at hand": "current, local, available",
    r"(go|goes|going|went|gone) on": "continue, resume",
    r"from now on": "say which event changes it",
    r"(let|lets|letting) go": "release, discard",
    r"in the place of": "instead of",
    r"in circles": "redirect loop",
    r"not soon": "write a whole sentence",
    r"anew": "again",
    r"outlives?": "stays, remains valid",
    r"likeness": "similarity",
    r"of (yours|theirs)": "your, their",
    r"(un)?foreseen": "unexpected",
    r"puts? right|mend(s|ed|ing)?": "repair, fix",
    r"by (itself|themselves)": "automatically",
    r"there twice": "duplicate",
    r"could go": "can be removed",
    r"came damaged": "is corrupted",
    r"stopped coming": "the download stopped",
    r"as it was asked for": "selected",
    r"unless given": "by default",
    r"on its way": "loading",
    r"puts? back": "restore",
    r"(has|have) gone": "is unavailable, was removed, has ended",
    r"in the same breath": "at the same time",
    r"(house|crew|shelf|ledger|furnish)": "name the thing without a metaphor",
}
"""A pattern for each phrase, in lower case, and the words to use instead."""

_BREAK = "\n"
_PATTERNS = {
    re.compile(rf"\b(?:{phrase})\b".replace(" ", r"\s+")): advice
    for phrase, advice in BANNED.items()
}


def banned_phrases(text: str) -> list[str]:
    """Return each banned phrase in a text with the number of its line and the advice."""
    lowered = text.lower()
    return [
        f"line {1 + lowered.count(_BREAK, 0, match.start())}: {match[0]!r}; better: {advice}"
        for pattern, advice in _PATTERNS.items()
        for match in pattern.finditer(lowered)
    ]


def texts_of(file: Path) -> Iterator[tuple[int, str]]:
    """Yield the strings, docstrings and comments of a module, each with the number of its line."""
    source = file.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
