"""Strength: a readable scale, and where the noise begins."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.domain import NOISE_THRESHOLD
from tui.search.ranking.relevance import MIN_PICTURES, never_rising, noise_start, scale_of

COSINES = st.lists(st.floats(-1, 1, width=32), min_size=MIN_PICTURES, max_size=80)


def library(relevant: int, irrelevant: int, seed: int = 0) -> np.ndarray:
    """Cosines of relevant pictures around 0.3 and of others around 0.1, those of CLIP."""
    rng = np.random.default_rng(seed)
    parts = rng.normal(0.3, 0.02, relevant), rng.normal(0.1, 0.02, irrelevant)
    return np.concatenate(parts).astype(np.float32)


@given(COSINES)
def test_strengths_keep_the_order_and_are_between_0_and_1(cosines: list[float]) -> None:
    scores = np.sort(np.array(cosines, dtype=np.float32))
    strengths = scale_of(scores, float(scores.max()), len(scores)).strengths(scores)
    assert strengths.dtype == np.float32
    assert np.all((strengths >= 0) & (strengths <= 1))
    assert np.all(np.diff(strengths) >= 0)


@given(COSINES, st.randoms())
def test_the_order_of_the_background_does_not_matter(cosines: list[float], random: object) -> None:
    shuffled = list(cosines)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = (np.array(values, dtype=np.float32) for values in (cosines, shuffled))
    assert scale_of(one, 0.5, len(one)) == scale_of(other, 0.5, len(one))


@given(COSINES, st.floats(-1, 1), st.integers(0, 10**7))
def test_every_sample_gives_a_scale(cosines: list[float], best: float, more: int) -> None:
    scores = np.array(cosines, dtype=np.float32)
    scale = scale_of(scores, best, len(scores) + more)
    assert scale.is_known
    assert np.isfinite([scale.background_mean, scale.span]).all()
    assert scale.span > 0


@pytest.mark.parametrize(("relevant", "irrelevant"), [(3, 300), (50, 1000), (400, 600), (60, 40)])
def test_the_threshold_separates_relevant_scores(relevant: int, irrelevant: int) -> None:
    scores = library(relevant, irrelevant)
    above = scale_of(scores, float(scores.max()), len(scores)).strengths(scores) >= NOISE_THRESHOLD
    assert above[:relevant].mean() >= 0.9
    assert above[relevant:].mean() <= 0.02


@pytest.mark.parametrize("size", [30, 1000, 100_000])
def test_without_relevant_pictures_almost_none_is_above_the_line(size: int) -> None:
    scores = library(0, size)
    strengths = scale_of(scores, float(scores.max()), size).strengths(scores)
    assert (strengths >= NOISE_THRESHOLD).sum() <= 2


def test_a_sample_gives_the_scale_of_the_whole_library() -> None:
    scores = library(2_000, 98_000)
    whole = scale_of(scores, float(scores.max()), len(scores))
    sample = scale_of(scores[::25], float(scores.max()), len(scores))
    assert sample.background_mean == pytest.approx(whole.background_mean, abs=0.003)
    assert sample.span == pytest.approx(whole.span, abs=0.003)


@pytest.mark.parametrize("size", range(MIN_PICTURES))
def test_a_few_pictures_are_too_few_to_measure(size: int) -> None:
    scores = library(0, size)
    assert not scale_of(scores, 0.3, size).is_known


def test_equal_cosines_are_all_noise_or_all_matches() -> None:
    scores = np.full(50, 0.2, dtype=np.float32)
    assert noise_start(scale_of(scores, 0.2, 50).strengths(scores)) in (0, None)


def test_the_noise_begins_after_the_last_strong_hit() -> None:
    def place(*strengths: float) -> int | None:
        return noise_start(np.array(strengths, dtype=np.float32))

    assert place(1.0, 0.6, 0.5, 0.1) == 2
    assert place(0.9, 0.2, 0.6, 0.1) == 3
    assert place(0.3, 0.2) == 0
    assert place(1.0, 0.6) is None
    assert place() is None


@given(st.lists(st.floats(0, 1, width=32), max_size=40))
def test_shown_strengths_never_rise_and_keep_the_weak_ones_weak(values: list[float]) -> None:
    strengths = np.array(values, dtype=np.float32)
    shown = never_rising(strengths)
    assert np.all(np.diff(shown) <= 0)
    assert np.all(shown >= strengths)
    assert noise_start(shown) == noise_start(strengths)
    falling = np.sort(strengths)[::-1]
    assert np.array_equal(never_rising(falling), falling)
