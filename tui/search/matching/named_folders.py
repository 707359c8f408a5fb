"""Finds folders that are named like a query: their pictures come first and together.

A folder is named like a query if the query is its name, or if its name contains every word of the
query and these are at least half of its words. Numbers and function words do not count: ``paris``
finds ``2019-05 Paris``, but ``snow`` does not find ``Snow White costume party``.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from tui.core.name_folding import search_key
from tui.models.starter.lexicon import IGNORED
from tui.search.matching.words import split_words, word_forms
from tui.storage.path_encoding import decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path


class NamedFolders:
    """Indexes the folders of a library by their words and by their names.

    Args:
        paths: encoded folders with pictures by id, as the catalog stores them.
        roots: the indexed folders; the names of folders above them do not count.
    """

    def __init__(self, paths: Mapping[int, bytes], roots: Sequence[Path]) -> None:
        self._below: dict[str, list[int]] = {}
        self._names: dict[str, list[str]] = {}
        self._words: dict[str, list[str]] = {}
        self._sizes: dict[str, int] = {}
        self._by_word: dict[str, list[int]] = {}
        tops = sorted(roots, key=lambda root: len(root.parts))
        for number, path in paths.items():
            words: dict[str, None] = {}
            for name in _names_in(decode(path), tops):
                if name not in self._below:
                    self._below[name] = []
                    self._words[name] = split_words(name)
                    self._sizes[name] = len(_content_words(self._words[name]))
                    for word in self._words[name]:
                        self._names.setdefault(word, []).append(name)
                self._below[name].append(number)
                words |= dict.fromkeys(self._words[name])
            for word in words:
                self._by_word.setdefault(word, []).append(number)

    def with_word(self, word: str) -> Sequence[int]:
        """Return the ids of the folders that have a word in their path from their root."""
        return self._by_word.get(word, ())

    def find(self, text: str) -> list[int]:
        """Return the ids of the folders that are named like a text, and of all below them."""
        name = search_key(text).strip()
        words = [word for word in split_words(name) if word not in IGNORED]
        names = {name} if name in self._below else set()
        if content_words := _content_words(words):
            names_by_word = [
                set(chain.from_iterable(self._names.get(form, ()) for form in word_forms(word)))
                for word in words
            ]
            names |= {
                name
                for name in set.intersection(*names_by_word)
                if self._sizes[name] <= 2 * len(content_words)
            }
        return sorted(set(chain.from_iterable(self._below[name] for name in names)))


def _names_in(folder: Path, tops: Sequence[Path]) -> Iterator[str]:
    """Yield the different names in a folder's path, from its root's name."""
    root = next((root for root in tops if folder.is_relative_to(root)), folder)
    yield from dict.fromkeys(map(search_key, [root.name, *folder.relative_to(root).parts]))


def _content_words(words: Iterable[str]) -> list[str]:
    return [word for word in words if word not in IGNORED and not word.isdigit()]
