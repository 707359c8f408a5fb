"""The meaning of each word and phrase: a few concepts and their shares."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from tui.models.starter.lexicon import IGNORED, LONGEST, singulars, words_of
from tui.models.starter.training.scenes import SCENES
from tui.models.starter.training.wordnet import PHYSICAL_ENTITY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from tui.models.starter.training.concepts import Concepts, Teacher
    from tui.models.starter.training.sources import ImageClass
    from tui.models.starter.training.wordnet import WordNet

Shares = dict[int, float]
"""Maps a concept number to its share."""

Kind = Literal["class", "scene", "broad", "narrow", "unknown"]

_TEMPERATURE = 0.04  # of the teacher's softmax over classes
_NEAREST = 8  # the number of classes taken from the teacher

# The confidence in each kind of knowledge; the rest of the meaning comes from the teacher.
_TRUST: Mapping[Kind, float] = {
    "class": 0.98,
    "scene": 0.9,
    "broad": 0.97,
    "narrow": 0.6,
    "unknown": 0.0,
}
# Words that only the teacher knows are often verbs, adjectives or names: they weigh less than
# others.
_EMPHASIS: Mapping[Kind, float] = {
    "class": 1.0,
    "scene": 1.0,
    "broad": 1.0,
    "narrow": 0.8,
    "unknown": 0.3,
}
_USUAL, _OTHER, _CLEAN, _FURTHER = 1.0, 0.7, 0.7, 0.5  # weights by the kind of a class's name
_OTHER_SENSES = 0.1  # the weight of a class's name that also has other meanings
_NARROW_WITHIN = 130  # classes; that a word belongs to something broader says nothing
_NARROW_STEPS = 3


@dataclass(frozen=True, slots=True)
class Meanings:
    """The lexicon's content, sorted by entry.

    Attributes:
        entries: words and phrases.
        shares: the meaning of each; shares sum to 1.
        weights: how much each says about a picture, from 0 to 1: the square root of the
            relative entropy of its classes against all classes being equally likely, in units
            of its maximum.
    """

    entries: list[str]
    shares: list[Shares]
    weights: NDArray[np.float32]


class Dictionary:
    """Looks up words in WordNet, the classes' names and the list of scenes."""

    def __init__(self, net: WordNet, classes: Sequence[ImageClass], concepts: Concepts) -> None:
        self._net = net
        self._concepts = concepts
        self._numbers = {synset: number for number, synset in enumerate(concepts.synsets)}
        self.names = _class_names(classes)
        self.scenes = _scenes(classes)
        self._senses: dict[str, list[int]] = defaultdict(list)
        for noun, synsets in net.senses.items():
            self._senses[_key(noun)].extend(synsets)
        self._irregular = {_key(plural): _key(one) for plural, one in net.singular.items()}

    def entries(self, vocabulary: Iterable[str]) -> list[str]:
        """Return all words and phrases for the lexicon, sorted."""
        wanted = {*self.names, *self.scenes, *self._nouns(), *map(_key, vocabulary)}
        return sorted(entry for entry in wanted if self._useful(entry))

    def look_up(self, entry: str) -> tuple[Shares, Kind]:
        """Return the meaning of an entry and its source."""
        if entry in self._irregular and not self._is_known(entry):
            entry = self._irregular[entry]
        broad = self._broad(entry)
        if entry in self.names:
            return _mixed(self.names[entry], broad, _OTHER_SENSES), "class"
        if entry in self.scenes:
            return _mixed(self.scenes[entry], broad, 0.5), "scene"
        if broad:
            return broad, "broad"
        narrow = self._narrow(entry)
        return narrow, "narrow" if narrow else "unknown"

    def _is_known(self, entry: str) -> bool:
        return entry in self.names or entry in self.scenes or entry in self._senses

    def _useful(self, entry: str) -> bool:
        words = entry.split()
        if not entry.isascii() or not 0 < len(words) <= LONGEST or entry in IGNORED:
            return False
        # The search also finds the singular of a regular plural.
        known = map(self._is_known, (" ".join((*words[:-1], one)) for one in singulars(words[-1])))
        return self._is_known(entry) or not any(known)

    def _nouns(self) -> set[str]:
        """Return the nouns for physical things; among proper nouns, only those close to a class."""
        found: set[str] = set()
        for synset, names in self._net.names.items():
            above = self._net.above(synset)
            close = any(
                above[concept] <= 1 and len(self._concepts.below[concept]) <= _NARROW_WITHIN
                for concept in above
                if concept in self._numbers
            )
            if PHYSICAL_ENTITY in above:
                found.update(_key(name) for name in names if close or name.islower())
        return found

    def _broad(self, entry: str) -> Shares:
        shares: Shares = defaultdict(float)
        for rank, synset in enumerate(self._senses.get(entry, ())):
            if synset in self._numbers:
                shares[self._numbers[synset]] += 1 / (1 + rank)
        return _normalised(shares)

    def _narrow(self, entry: str) -> Shares:
        shares: Shares = defaultdict(float)
        for rank, synset in enumerate(self._senses.get(entry, ())[:2]):
            near = [
                (steps, len(self._concepts.below[above]), self._numbers[above])
                for above, steps in self._net.above(synset).items()
                if above in self._numbers
                and steps <= _NARROW_STEPS
                and len(self._concepts.below[above]) <= _NARROW_WITHIN
            ]
            if near:
                steps, _, number = min(near)
                shares[number] += 1 / (1 + rank) / steps
        return _normalised(shares)


def gather_meanings(
    dictionary: Dictionary, concepts: Concepts, teacher: Teacher, vocabulary: Iterable[str]
) -> Meanings:
    """Give every entry its meaning, from the dictionary and from the teacher."""
    entries = dictionary.entries(vocabulary)
    likely = _softmax(teacher.nearness(entries) / _TEMPERATURE)
    all_shares = []
    weights = np.empty(len(entries), dtype=np.float32)
    for row, entry in enumerate(entries):
        known, kind = dictionary.look_up(entry)
        trust = _TRUST[kind]
        spread = likely[row] * (1 - trust)
        for number, share in known.items():
            spread += trust * share * concepts.classes[number]
        weights[row] = _EMPHASIS[kind] * _information(spread)
        all_shares.append(_mixed(known, _nearest(likely[row]), 1 - trust))
    return Meanings(entries, all_shares, weights)


def _nearest(likely: NDArray[np.float32]) -> Shares:
    best = np.argsort(-likely, kind="stable")[:_NEAREST]
    return _normalised({int(number): float(likely[number]) for number in best})


def _mixed(main: Shares, other: Shares, share: float) -> Shares:
    """Return ``main`` mixed with a share of ``other``; if either is empty, the other alone."""
    if not main or not other:
        return main or other
    shares: Shares = defaultdict(float)
    for number, value in main.items():
        shares[number] += (1 - share) * value
    for number, value in other.items():
        shares[number] += share * value
    return dict(shares)


def _normalised(shares: Shares) -> Shares:
    total = sum(shares.values())
    return {number: share / total for number, share in shares.items()}


def _softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    likely: NDArray[np.float32] = powers / powers.sum(axis=1, keepdims=True)
    return likely


def _information(spread: NDArray[np.float32]) -> float:
    likely = spread[spread > 0]
    return math.sqrt((likely * np.log(likely * len(spread))).sum() / math.log(len(spread)))


def _class_names(classes: Sequence[ImageClass]) -> dict[str, Shares]:
    names: dict[str, Shares] = defaultdict(lambda: defaultdict(float))
    for number, item in enumerate(classes):
        usual, *others = item.names
        names[_key(usual)][number] += _USUAL
        for name in others:
            names[_key(name)][number] += _OTHER
        names[_key(item.clean_name)][number] += _CLEAN
        for name in item.other_names:
            names[_key(name)][number] += _FURTHER
    return {name: _normalised(shares) for name, shares in names.items()}


def _scenes(classes: Sequence[ImageClass]) -> dict[str, Shares]:
    numbers = {item.names[0]: number for number, item in enumerate(classes)}
    return {
        _key(word): dict.fromkeys((numbers[name] for name in names), 1 / len(names))
        for word, names in SCENES.items()
    }


def _key(text: str) -> str:
    return " ".join(words_of(text))
