"""The joint space: one prototype a class for pictures, one direction a concept for texts.

Both start from a kernel over the classes and are then fitted to synthetic class scores, which are
generated from the network's own last layer and are as uncertain as real ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn.functional import normalize

from tui.models.starter.efficientnet_lite0 import Mixture, mix, shares_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tui.models.starter.training.concepts import Concepts

_OWN = (
    0.5  # of the kernel: every class for itself; the rest is hierarchy and the teacher, half each
)

_PICTURES = 24  # synthetic pictures for each class
_BATCH = 2000
_STEPS = 250
_RATE = 3e-3
_SHARPNESS = 12.0  # of the softmax over pictures, whose logits are the cosines times this

# Synthetic scores have probabilities that fall off as on photographs: the likeliest class has 0.73
# on average, the second 0.08 to 0.1, and 0.89 of the likeliest are right.
_CLARITY = 9.0
_NOISE = 0.7
_CONFUSIONS = (1.1, 0.9, 0.8)
_CONFUSABLE = 12


@dataclass(frozen=True, slots=True)
class Space:
    """Unit vectors of the joint space.

    Attributes:
        prototypes: one a class, ``(1000, dim)``.
        basis: one a concept, ``(concepts, dim)``.
    """

    prototypes: NDArray[np.float32]
    basis: NDArray[np.float32]


def made_up_scores(
    last_layer: NDArray[np.float32], labels: NDArray[np.int64], random: np.random.Generator
) -> NDArray[np.float64]:
    """Return class scores of synthetic pictures, ``(len(labels), 1000)``.

    A picture resembles its class, and less so up to three of the classes whose weights are nearest,
    and has noise in the directions that the network distinguishes.
    """
    centred = last_layer - last_layer.mean(axis=0)
    unit = centred / np.linalg.norm(centred, axis=1, keepdims=True)
    alike = unit @ unit.T
    neighbours = np.argsort(-alike, axis=1, kind="stable")
    noise = random.standard_normal((len(labels), unit.shape[1])) @ unit.T
    clarity = _CLARITY * np.exp(0.3 * random.standard_normal((len(labels), 1)))
    look = alike[labels].astype(np.float64)
    for most in _CONFUSIONS:
        other = neighbours[labels, random.integers(1, _CONFUSABLE, len(labels))]
        look += most * random.random((len(labels), 1)) ** 1.5 * alike[other]
    scores: NDArray[np.float64] = clarity * look + _NOISE * noise
    return scores


def fit_space(
    concepts: Concepts,
    class_texts: NDArray[np.float32],
    last_layer: NDArray[np.float32],
    mixture: Mixture,
    dim: int,
) -> Space:
    """Fit prototypes and basis to each other; the same input gives the same output.

    Args:
        concepts: the concepts to learn.
        class_texts: the teacher's vectors of the classes, ``(1000, n)``.
        last_layer: the network's last weights, ``(1000, features)``.
        mixture: the parameters of the mixture of class scores.
        dim: of prototypes and basis.
    """
    random = np.random.default_rng(0)
    start = _start(concepts, class_texts, dim)
    first_basis = (concepts.classes - 1 / len(start)) @ start
    prototypes = torch.nn.Parameter(torch.from_numpy(start))
    basis = torch.nn.Parameter(normalize(torch.from_numpy(first_basis), dim=1))

    labels = np.repeat(np.arange(len(start)), _PICTURES)
    scores = torch.from_numpy(made_up_scores(last_layer, labels, random)).float()
    pictures = shares_of(scores, mixture)
    relevance = torch.from_numpy(concepts.classes)
    optimizer = torch.optim.Adam([prototypes, basis], lr=_RATE)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, _STEPS)
    for _ in range(_STEPS):
        chosen = random.integers(0, len(labels), _BATCH)
        images = mix(pictures[chosen], normalize(prototypes, dim=1), mixture)[:, :-1]
        logits = _SHARPNESS * normalize(basis, dim=1) @ images.T
        targets = relevance[:, labels[chosen]]
        targets = targets / (targets.sum(dim=1, keepdim=True) + 1e-9)
        loss = torch.nn.functional.cross_entropy(logits, targets)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
    return Space(*(normalize(part.detach(), dim=1).numpy() for part in (prototypes, basis)))


def _start(concepts: Concepts, class_texts: NDArray[np.float32], dim: int) -> NDArray[np.float32]:
    """Return the classes' kernel in its ``dim`` main directions, as unit vectors."""
    count = len(class_texts)
    hierarchy = np.zeros((count, count))
    for synset in concepts.synsets:
        members = list(concepts.below[synset])
        if len(members) > 1:
            hierarchy[np.ix_(members, members)] += 1 / (1 + np.log2(len(members)))
    own = hierarchy.diagonal() + 1e-6
    hierarchy /= np.sqrt(np.outer(own, own))
    texts = class_texts - class_texts.mean(axis=0)
    texts /= np.linalg.norm(texts, axis=1, keepdims=True)
    kernel = _OWN * np.eye(count) + (1 - _OWN) / 2 * (hierarchy + texts @ texts.T)
    values, directions = np.linalg.eigh(kernel)
    start = (directions * np.sqrt(np.maximum(values, 0)))[:, -dim:]
    unit: NDArray[np.float32] = (start / np.linalg.norm(start, axis=1, keepdims=True)).astype(
        np.float32
    )
    return unit
