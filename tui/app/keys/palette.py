"""The entries of the command palette, and the search for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

_FILLERS = frozenset({"a", "an", "for", "in", "of", "on", "the", "this", "to"})
"""Words that alone match nothing."""
_FUZZY_FROM = 4
"""Words of at least this many letters may match with other letters between their own."""


@dataclass(frozen=True, slots=True)
class PaletteEntry:
    """A command that the palette lists.

    Attributes:
        title: the label.
        run: runs the command.
        keys: its keys as displayed; empty if it has none.
        synonyms: further words that find it, with blanks between them.
        place: the title of its scope, whose words find it, too.
        is_common: it comes before other entries that match equally well.
    """

    title: str
    run: Callable[[], Awaitable[object] | object]
    keys: str = ""
    synonyms: str = ""
    place: str = ""
    is_common: bool = False


def matching_entries(entries: Iterable[PaletteEntry], text: str) -> list[PaletteEntry]:
    """Return the entries that match every word of a text, the best first.

    A word in the title counts more than a synonym, and a synonym more than the title of the scope.
    Entries that match equally well keep their order, the common ones first.
    """
    typed = text.casefold().split()
    words = [word for word in typed if word not in _FILLERS] or typed
    ranks = []
    for number, entry in enumerate(entries):
        costs = [_cost(entry, word) for word in words]
        if None not in costs:
            total = sum(cost for cost in costs if cost is not None)
            ranks.append((total, not entry.is_common, number, entry))
    return [entry for *_, entry in sorted(ranks, key=lambda rank: rank[:3])]


def _cost(entry: PaletteEntry, word: str) -> int | None:
    """Return how badly a word matches an entry; None if it does not match."""
    title = entry.title.casefold()
    if any(part.startswith(word) for part in _words(title)):
        return 0
    if any(part.startswith(word) for part in _words(entry.synonyms.casefold())):
        return 1
    if word in title:
        return 2
    if any(part.startswith(word) for part in _words(entry.place.casefold())):
        return 3
    if len(word) >= _FUZZY_FROM and any(_is_scattered(word, part) for part in _words(title)):
        return 4
    return None


def _words(text: str) -> list[str]:
    return "".join(letter if letter.isalnum() else " " for letter in text).split()


def _is_scattered(word: str, text: str) -> bool:
    """Return whether a text starts with a word's first letter and has its others in order."""
    letters = iter(text)
    return text[:1] == word[:1] and all(letter in letters for letter in word)
