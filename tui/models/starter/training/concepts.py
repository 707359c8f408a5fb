"""The concepts that represent texts: the thousand classes and the broader nouns above them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tui.models.starter.training.sources import ImageClass
    from tui.models.starter.training.teacher import Encoder
    from tui.models.starter.training.wordnet import WordNet

BROADEST = 400
"""A noun above more classes than this ("object", "organism") says nothing about a picture."""

_OWN_SHARE = 0.77  # the share of a class that is also above others; those share the rest
_VIEWS = (0.3, 0.3, 0.25, 0.15)  # weights: usual name, all names, clean name, description
_HUB = 0.7  # the part of a class's mean similarity to everything that is subtracted
_TYPICAL = 0.5  # lower values favour the most typical classes of a broad noun


@dataclass(frozen=True, slots=True)
class Concepts:
    """The hierarchy of concepts.

    Attributes:
        synsets: the concepts' synsets; the first thousand are the classes, in order.
        below: for each synset at or above a class, the classes' numbers and the steps down.
        classes: each concept's share of each class, shape ``(concepts, 1000)``, rows sum to 1.
    """

    synsets: list[int]
    below: dict[int, dict[int, int]]
    classes: NDArray[np.float32]


class Teacher:
    """Measures how near a text is to each class, by a sentence encoder."""

    def __init__(self, encoder: Encoder, classes: Sequence[ImageClass]) -> None:
        self._encoder = encoder
        views = [
            [item.names[0] for item in classes],
            [", ".join(item.names) for item in classes],
            [item.clean_name for item in classes],
            [f"{item.clean_name}: {item.description or item.names[-1]}." for item in classes],
        ]
        weighted = [w * encoder(view) for w, view in zip(_VIEWS, views, strict=True)]
        self.classes: NDArray[np.float32] = np.sum(weighted, axis=0)

    def nearness(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return cosines minus each class's mean cosine over ``texts``; ``(len(texts), 1000)``."""
        cosines = self._encoder(texts) @ self.classes.T
        nearness: NDArray[np.float32] = cosines - _HUB * cosines.mean(axis=0)
        return nearness


def gather_concepts(
    net: WordNet, classes: Sequence[ImageClass], below: dict[int, dict[int, int]], teacher: Teacher
) -> Concepts:
    """Collect the classes and the synsets above them, up to ``BROADEST``."""
    own = [item.synset for item in classes]
    known = set(own)
    above = sorted(s for s in below if s not in known and len(below[s]) <= BROADEST)
    synsets = own + above
    nearness = teacher.nearness([net.names[synset][0] for synset in synsets])
    shares = np.zeros((len(synsets), len(classes)), dtype=np.float32)
    for row, synset in enumerate(synsets):
        rest = [number for number in below[synset] if number != row]
        if rest:
            typical = np.exp(nearness[row, rest] / _TYPICAL)
            shares[row, rest] = typical / typical.sum()
        if row < len(classes):
            shares[row] *= 1 - _OWN_SHARE
            shares[row, row] = _OWN_SHARE if rest else 1.0
    return Concepts(synsets, below, shares)
