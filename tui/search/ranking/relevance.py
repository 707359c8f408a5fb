"""Measures the strength of matches on a scale for people, and finds where the noise begins.

A cosine alone says little: with one model 0.25 is a perfect match, with another nothing, and it
differs from query to query. So a score is compared with the library's own cosines for the same
query. Most pictures have nothing to do with a query; the lower half of all cosines shows their
distribution, whatever the upper half is. Its quantiles give the mean and the standard deviation of
the noise as a normal distribution would have them, unless the median deviation from the median
gives a smaller one (a few pictures may be far below all others).

Strength is 0 at that mean and 1 at the best match. Matches below ``NOISE_THRESHOLD`` are noise. The
best match must itself stand out: the threshold is never nearer to the mean than ``MIN_DEVIATIONS``
standard deviations, nor so near that three tenths or more of the matches above it would be there by
chance (the rule of Y. Benjamini and Y. Hochberg, J. R. Stat. Soc. B 57, 1995, on a normal tail).

The constants were chosen on 128 words of WordNet for the sample photographs and the built-in model,
and then measured on the 22 broad words of `tests.bench.ranking_quality`: 98 % of the relevant
pictures are above the threshold, and 22 % of the pictures above it are noise. The method works
while up to about two thirds of the library are relevant; with more, noise can't be told from
matches.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tui.core.domain import NOISE_THRESHOLD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.core.domain import Scores

MIN_DEVIATIONS = 3.0
_MAX_DEVIATIONS = 6.0
_STEP = 0.25
_MAX_CHANCE = 0.3

MIN_PICTURES = 20
"""With fewer pictures there is no scale."""

_LOW, _HIGH = 0.05, 0.25
_LOW_Z, _HIGH_Z = -1.6449, -0.6745
"""The z-scores of these quantiles in the normal distribution."""

_SMALLEST = 1e-4
"""A smaller spread of cosines is only rounding of float16."""


@dataclass(frozen=True, slots=True)
class ScoreScale:
    """The scale of the scores of one query.

    Attributes:
        background_mean: the mean cosine of pictures that have nothing to do with the query.
        span: the difference between that and a full match.
        is_known: there were enough pictures to measure it.
    """

    background_mean: float
    span: float
    is_known: bool = True

    def strengths(self, scores: Scores) -> Scores:
        """Return the strength of each score, 0 to 1, float32; they keep the scores' order."""
        strengths = (scores - np.float32(self.background_mean)) / np.float32(self.span)
        clipped: Scores = np.clip(strengths, 0.0, 1.0).astype(np.float32)
        return clipped


def scale_of(background: Scores, best: float, total: int) -> ScoreScale:
    """Find the scale for a query.

    Args:
        background: the query's cosines with the library, or with a random sample of it; finite,
            in any order.
        best: the highest cosine of a candidate.
        total: the number of pictures in the library.
    """
    if len(background) < MIN_PICTURES:
        background_mean = float(background.mean()) if len(background) else 0.0
        return ScoreScale(background_mean, max(best - background_mean, _SMALLEST), is_known=False)
    cosines = np.sort(background)
    low, high, median = _quantiles(cosines, [_LOW, _HIGH, 0.5])
    below = (high - low) / (_HIGH_Z - _LOW_Z)
    around = _quantiles(np.sort(np.abs(cosines - np.float32(median))), [0.5])[0] / -_HIGH_Z
    spread = max(min(below, around), _SMALLEST)
    background_mean = float(high - _HIGH_Z * spread)
    best = max(best, float(cosines[-1]))
    least = _min_deviation((cosines - np.float32(background_mean)) / np.float32(spread), total)
    return ScoreScale(
        background_mean, max(best - background_mean, least * spread / NOISE_THRESHOLD)
    )


def noise_start(strengths: Scores) -> int | None:
    """Return the position of the first hit that is noise; None for none.

    Args:
        strengths: those of the hits, in their order; a weak hit may precede a strong one.
    """
    strong = np.flatnonzero(strengths >= NOISE_THRESHOLD)
    position = int(strong[-1]) + 1 if len(strong) else 0
    return position if position < len(strengths) else None


def never_rising(strengths: Scores) -> Scores:
    """Return the strengths to show for hits, best first: none is below that of a later hit.

    A hit precedes a stronger one where it stands beside its copies, or where so many names match
    that only the best were compared at first.
    """
    raised: Scores = np.maximum.accumulate(strengths[::-1])[::-1]
    return raised


def _quantiles(ascending: Scores, shares: Sequence[float]) -> list[float]:
    """Return quantiles as ``np.quantile`` does, but without loading ``numpy.ma``."""
    positions = np.array(shares) * (len(ascending) - 1)
    return [float(value) for value in np.interp(positions, np.arange(len(ascending)), ascending)]


def _min_deviation(deviations: Scores, total: int) -> float:
    """Return the lowest of ascending deviations at which few enough matches are due to chance."""
    count = len(deviations)
    least = MIN_DEVIATIONS
    while least < _MAX_DEVIATIONS:
        share = (count - int(np.searchsorted(deviations, least))) / count
        by_chance = math.erfc(least / math.sqrt(2)) / 2
        if by_chance <= _MAX_CHANCE * max(share, 1 / total):
            break
        least += _STEP
    return least
