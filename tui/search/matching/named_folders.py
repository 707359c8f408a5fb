"""Folders that are named as a query says: their pictures come first and together.

A folder is named as a query says where the query is its name, or where the query's words are in its
name and are at least half of its words. Numbers and words of grammar are not counted, so that
``paris`` finds ``2019-05 Paris``; ``snow`` does not find ``Snow White costume party``.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from tui.models.starter.lexicon import IGNORED
from tui.search.matching.words import split_words, word_forms
from tui.storage.path_encoding import bare, decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tui.search.local.picture_table import PictureTable


class NamedFolders:
    """Finds the folders of a library by their words and by their names.

    Args:
        paths: the folders with pictures as the catalog keeps them, by id.
        roots: the folders that were given to index; what lies above them is no name to go by.
    """

    def __init__(self, paths: Mapping[int, bytes], roots: Sequence[Path]) -> None:
        self._below: dict[str, list[int]] = {}
        self._names: dict[str, list[str]] = {}
        self._with_word: dict[str, list[int]] = {}
        tops = sorted(roots, key=lambda root: len(root.parts))
        for number, path in paths.items():
            words: dict[str, None] = {}
            for name in _names_of(decode(path), tops):
                if name not in self._below:
                    self._below[name] = []
                    for word in split_words(name):
                        self._names.setdefault(word, []).append(name)
                self._below[name].append(number)
                words |= dict.fromkeys(split_words(name))
            for word in words:
                self._with_word.setdefault(word, []).append(number)

    def with_word(self, word: str) -> Sequence[int]:
        """Return the ids of the folders that have a word in their path, from their root on."""
        return self._with_word.get(word, ())

    def find(self, text: str) -> list[int]:
        """Return the ids of the folders that are named as a text says, and of all below them."""
        whole = bare(text).strip()
        words = [word for word in split_words(whole) if word not in IGNORED]
        names = {whole} if whole in self._below else set()
        if counted := _counted(words):
            found = [
                set(chain.from_iterable(self._names.get(form, ()) for form in word_forms(word)))
                for word in words
            ]
            names |= {
                name
                for name in set.intersection(*found)
                if len(_counted(split_words(name))) <= 2 * len(counted)
            }
        return sorted(set(chain.from_iterable(self._below[name] for name in names)))


def named_folders(columns: PictureTable) -> NamedFolders:
    """Return the folders of a library by their names, kept until these change."""
    return columns.derived(
        "named folders", lambda: NamedFolders(columns.folder_paths, columns.roots)
    )


def _names_of(folder: Path, tops: Sequence[Path]) -> Iterator[str]:
    """Yield the names on the way to a folder, from its root's on, each once."""
    root = next((root for root in tops if folder.is_relative_to(root)), folder)
    yield from dict.fromkeys(map(bare, [root.name, *folder.relative_to(root).parts]))


def _counted(words: Iterable[str]) -> list[str]:
    return [word for word in words if word not in IGNORED and not word.isdigit()]
