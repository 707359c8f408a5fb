"""The words and phrases that the built-in model knows, and the search for them in a text."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST = 6
"""The number of words in the longest phrase."""

# Function words, and words that only say that a picture is meant: "a photo of a dog" is "dog".
# Phrases that contain them ("cup of tea") are matched first.
_GRAMMAR = (
    "a an the this that these those my your our his her its their some any of in on at by for from "
    "with without and or to into onto over under near is are was were be being been has have had "
    "it he she they we you i me there here very photo photos photograph photographs picture "
    "pictures pic pics image images snapshot show showing shows shown"
)
IGNORED = frozenset(_GRAMMAR.split())

_SHORTEST_BEGINNING = 4
_MOST_COMPLETIONS = 32
_WORD = re.compile(r"[^\W_]+")
_POSSESSIVE = re.compile(r"['\u2019]s\b")


def words_of(text: str) -> list[str]:
    """Return a text's words: lower case, without accents, possessives and punctuation."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(part for part in parts if not unicodedata.combining(part))
    return _WORD.findall(_POSSESSIVE.sub("", plain))


def singulars(word: str) -> list[str]:
    """Return the words of which a word may be the regular plural."""
    forms = []
    if word.endswith("ies"):
        forms.append(word[:-3] + "y")
    if word.endswith("es"):
        forms.append(word[:-2])
    if word.endswith("s") and not word.endswith("ss"):
        forms.append(word[:-1])
    return forms


class Lexicon:
    """Finds entries in a text.

    Args:
        entries: all words and phrases in the form of ``words_of``, joined by spaces, sorted.
    """

    def __init__(self, entries: Sequence[str]) -> None:
        self._entries = entries
        self._numbers = dict(zip(entries, range(len(entries)), strict=True))

    def find(self, text: str) -> list[list[int]]:
        """Return the entries in a text, in its order; the longest phrase wins.

        Each item is a list of entries that a part of the text may mean: one for a known word or
        phrase, several for a word that is the beginning of known ones, since the user may still be
        typing. Unknown words and function words are skipped.
        """
        words = words_of(text)
        matches = []
        at = 0
        while at < len(words):
            length, numbers = self._longest(words, at)
            if numbers:
                matches.append(numbers)
            at += length
        return matches

    def unknown(self, text: str) -> list[str]:
        """Return the words of a text that no entry contains, in its order.

        A word with which an entry begins may be half typed, so it counts as known; so do numbers
        and function words. In a text without words, the characters outside ASCII are unknown.
        """
        words = words_of(text)
        if not words:
            return [sign for sign in text.split() if not sign.isascii()]
        unknown_words = []
        at = 0
        while at < len(words):
            length, numbers = self._longest(words, at)
            if not numbers and not self._may_be_known(words[at]):
                unknown_words.append(words[at])
            at += length
        return unknown_words

    def knows(self, text: str) -> bool:
        """Whether a text has a known word, or a beginning of one."""
        words = words_of(text)
        content_words = [word for word in words if word not in IGNORED]
        if not content_words:
            return bool(words) or text.isascii()
        return bool(self.find(text)) or any(map(self._is_beginning, content_words))

    def _may_be_known(self, word: str) -> bool:
        return word in IGNORED or word.isdigit() or self._is_beginning(word)

    def _is_beginning(self, word: str) -> bool:
        index = bisect_left(self._entries, word)
        return index < len(self._entries) and self._entries[index].startswith(word)

    def _longest(self, words: list[str], at: int) -> tuple[int, list[int]]:
        for length in range(min(LONGEST, len(words) - at), 0, -1):
            *before, last = words[at : at + length]
            if length == 1 and last in IGNORED:
                break
            for form in (last, *singulars(last)):
                number = self._numbers.get(" ".join((*before, form)))
                if number is not None:
                    return length, [number]
        return 1, self._completions(words[at])

    def _completions(self, beginning: str) -> list[int]:
        if len(beginning) < _SHORTEST_BEGINNING or beginning in IGNORED:
            return []
        first = bisect_left(self._entries, beginning)
        numbers = []
        for number in range(first, min(first + _MOST_COMPLETIONS, len(self._entries))):
            if not self._entries[number].startswith(beginning):
                break
            if " " not in self._entries[number]:
                numbers.append(number)
        return numbers
