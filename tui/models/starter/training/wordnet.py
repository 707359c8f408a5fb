"""WordNet 3.0's nouns, read from its database files (their format: wndb(5WN))."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PHYSICAL_ENTITY = 1930


@dataclass(frozen=True, slots=True)
class WordNet:
    """The noun hierarchy.

    Attributes:
        names: a synset's names.
        parents: the synsets directly above one.
        senses: a lower-case name's synsets, the most frequent first.
        singular: the singular of irregular plurals.
    """

    names: dict[int, list[str]] = field(default_factory=dict)
    parents: dict[int, list[int]] = field(default_factory=dict)
    senses: dict[str, list[int]] = field(default_factory=dict)
    singular: dict[str, str] = field(default_factory=dict)

    def above(self, synset: int) -> dict[int, int]:
        """Return a synset and all above it with the number of steps up to each."""
        steps = {synset: 0}
        queue = [synset]
        for current in queue:
            for parent in self.parents[current]:
                if parent not in steps:
                    steps[parent] = steps[current] + 1
                    queue.append(parent)
        return steps


def read_wordnet(data: Path, index: Path, exceptions: Path) -> WordNet:
    """Read ``data.noun``, ``index.noun`` and ``noun.exc``."""
    net = WordNet()
    for line in _lines(data):
        fields = line.partition(" | ")[0].split()
        synset, count = int(fields[0]), int(fields[3], 16)
        net.names[synset] = [_name(word) for word in fields[4 : 4 + 2 * count : 2]]
        pointers = fields[5 + 2 * count :]
        net.parents[synset] = [
            int(pointers[at + 1])
            for at in range(0, 4 * int(fields[4 + 2 * count]), 4)
            if pointers[at] in ("@", "@i")
        ]
    for line in _lines(index):
        fields = line.split()
        net.senses[_name(fields[0])] = [int(offset) for offset in fields[-int(fields[2]) :]]
    for line in _lines(exceptions):
        plural, singular = line.split()[:2]
        net.singular[_name(plural)] = _name(singular)
    return net


def classes_below(net: WordNet, synsets: list[int]) -> dict[int, dict[int, int]]:
    """Return, for each synset at or above a class, these classes' numbers and the steps down."""
    below: dict[int, dict[int, int]] = defaultdict(dict)
    for number, synset in enumerate(synsets):
        for above, steps in net.above(synset).items():
            below[above][number] = steps
    return dict(below)


def _lines(path: Path) -> list[str]:
    text = path.read_text(encoding="latin-1")
    return [line for line in text.splitlines() if not line.startswith("  ")]


def _name(word: str) -> str:
    return word.replace("_", " ")
