"""Descriptions with an order: parts of the answer against the whole ranking, sorted by Python.

A walk through the library lists the hits block by block. However many are needed, and however they
are extended, they are the first of the whole answer; their number is never above the true one, and
exact once the walk has ended.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from typing import TYPE_CHECKING
from unittest.mock import patch
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracles import examples
from tests.oracles.random_library import WORDS, RandomLibrary, WordEmbedder
from tests.oracles.test_ranking import RandomQuestion
from tests.support.libraries.catalog_rows import MODEL
from tests.support.libraries.ranked_files import files_at
from tui.core.domain import NOISE_THRESHOLD
from tui.library.local.catalog.reader import Catalog
from tui.library.local.vectors.searching import IndexLimits
from tui.library.local.vectors.vector_index import VectorIndex
from tui.search import ranker
from tui.search.engine import SearchEngine
from tui.search.local.backend import LocalBackend
from tui.search.query.parse import parse
from tui.search.ranking import sorted_walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tui.search.query.terms import Query
    from tui.search.ranking.ranking import Ranking

LIMITS = IndexLimits(exact=10, delta=8, small=3, depth=3, reach=40)
"""Three contents are ranked at first; the others are walked through."""

SORTS = [f"{sign}sort:{key}" for key in ("date", "name", "size") for sign in ("", "-")]
LIBRARIES = 4

Opened = tuple[RandomLibrary, SearchEngine]


@pytest.fixture(scope="module", autouse=True)
def small_blocks() -> Iterator[None]:
    """Walk in small blocks, with the files' dates in UTC."""
    if not hasattr(time, "tzset"):
        pytest.skip("this system does not change its time zone")
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("TZ", "UTC")
        time.tzset()
        monkeypatch.setattr(sorted_walk, "_FIRST_BLOCK", 4)
        monkeypatch.setattr(sorted_walk, "_LARGEST_BLOCK", 16)
        monkeypatch.setattr(sorted_walk, "_WALKED_SHARE", 2)
        yield
    time.tzset()


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sequence[Opened]]:
    libraries = []
    for seed in range(LIBRARIES):
        data_dir = tmp_path_factory.mktemp("library")
        library = RandomLibrary(data_dir, random.Random(seed), LIMITS)
        catalog = Catalog.open(data_dir, read_only=True)
        backend = LocalBackend(catalog, VectorIndex(catalog, MODEL, LIMITS), limits=LIMITS)
        near = 0.97 if seed % 2 else 2.0
        engine = SearchEngine(backend, WordEmbedder(), fold_threshold=near)
        engine.warm_up()
        libraries.append((library, engine))
    yield libraries
    for _, engine in libraries:
        engine.close()


def expected_hits(
    engine: SearchEngine, question: RandomQuestion, library: RandomLibrary, *, fold: bool
) -> dict[int, list[int]]:
    """Return the files of each hit by the displayed one, in the requested order."""
    query = parse(question.text, question.scope)
    first = engine.search(query, fold=fold)
    whole = engine.extend(first)
    positions = range(len(whole))
    if first.noise_start:
        positions = range(first.noise_start)
    elif first.noise_start == 0:
        positions = range(whole.noise_start or len(whole))
    elif first.noise_start is None and whole.strengths is not None:
        is_strong = whole.strengths >= NOISE_THRESHOLD
        positions = range(max(len(first), int(is_strong.sum())))
        assert is_strong[: len(positions)].all()
    groups = {
        file_id: files_at(whole, position)
        for position, file_id in enumerate(whole.file_ids.tolist())
        if position in positions
    }
    ordered = question.listed([item for item in library.items if item.file_id in groups])
    return {file_id: groups[file_id] for file_id in ordered}


def hits_of(ranking: Ranking) -> dict[int, list[int]]:
    return {
        file_id: files_at(ranking, position)
        for position, file_id in enumerate(ranking.file_ids.tolist())
    }


def check_walk(
    engine: SearchEngine,
    query: Query,
    expected: dict[int, list[int]],
    steps: Sequence[int],
    *,
    fold: bool,
) -> int:
    """Compare the answer in parts with the expected one; return the number of parts."""
    everything = list(expected.items())
    part = engine.search(query, fold=fold, needed=steps[0])
    parts = 1
    for step in (*steps[1:], 1_000_000):
        assert list(hits_of(part).items()) == everything[: len(part)]
        assert part.count == len(part) <= len(everything)
        assert part.total == sum(map(len, hits_of(part).values()))
        if part.is_complete:
            break
        needed = len(part) + step
        part = engine.extend(part, needed)
        parts += 1
        assert len(part) >= min(needed, len(everything))
    assert part.is_complete
    assert list(hits_of(part).items()) == everything
    assert part.total == sum(map(len, expected.values()))
    return parts


def draw_question(
    dice: random.Random, library: RandomLibrary, *, names: bool
) -> RandomQuestion | None:
    """Return a question with a description and an order; None without a description."""
    with np.errstate(invalid="ignore"):
        question = RandomQuestion(dice, library, ZoneInfo("UTC"))
    if question.vector is None or not np.isfinite(question.vector).all():
        return None
    if names:
        word = dice.choice(WORDS)
        question.text = dice.choice([word, f"{word} + {question.text}"])
    question.sort = dice.choice(SORTS)
    return question


@settings(max_examples=examples(60), deadline=None)
@given(
    number=st.integers(0, LIBRARIES - 1),
    dice=st.randoms(use_true_random=False),
    names=st.booleans(),
    most_named=st.sampled_from([1, 500]),
    fold=st.booleans(),
    steps=st.lists(st.integers(1, 9), min_size=1, max_size=30),
)
def test_the_parts_of_a_sorted_answer_are_the_first_of_the_whole_one(
    opened: Sequence[Opened],
    number: int,
    dice: random.Random,
    *,
    names: bool,
    most_named: int,
    fold: bool,
    steps: list[int],
) -> None:
    library, engine = opened[number]
    question = draw_question(dice, library, names=names)
    if question is None:
        return
    query = parse(f"{question.text} {question.sort}", question.scope)
    with patch.object(ranker, "MAX_NAMED", most_named):
        expected = expected_hits(engine, question, library, fold=fold)
        check_walk(engine, query, expected, steps, fold=fold)
        whole = engine.search(query, fold=fold)
    assert list(hits_of(whole).items()) == list(expected.items())
    assert whole.is_complete


def test_the_random_questions_walk_with_and_without_noise(opened: Sequence[Opened]) -> None:
    kinds: Counter[str] = Counter()
    for seed in range(120):
        dice = random.Random(seed)
        library, engine = opened[seed % LIBRARIES]
        question = draw_question(dice, library, names=bool(seed % 3))
        if question is None:
            continue
        part = engine.search(parse(f"{question.text} {question.sort}", question.scope), needed=1)
        if part.walk is None:
            kinds["complete"] += 1
        elif part.walk.scorer.includes_noise:
            kinds["unknown" if part.strengths is None else "weak"] += 1
        else:
            kinds["strong"] += 1
    assert min(kinds[kind] for kind in ("complete", "unknown", "weak", "strong")) >= 3, kinds
