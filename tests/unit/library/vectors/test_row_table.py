from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.libraries.catalog_rows import unit_vectors
from tui.core.dot_products import dot_products, matmul, top_k
from tui.library.base.records import Delta
from tui.library.local.vectors.flat_file import VectorFile, open_vectors, write_vectors
from tui.library.local.vectors.row_table import RowTable
from tui.library.local.vectors.searching import IndexLimits, describe_strategy

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

N, DIM = 140_000, 4


@pytest.fixture(scope="module")
def vectors() -> NDArray[np.float16]:
    return unit_vectors(N, DIM).astype(np.float16)


@pytest.fixture(scope="module")
def flat(tmp_path_factory: pytest.TempPathFactory, vectors: NDArray[np.float16]) -> VectorFile:
    path: Path = tmp_path_factory.mktemp("flat") / "vectors"
    numbers = np.arange(1, N + 1)
    with path.open("wb") as file:
        write_vectors(file, "m", N, DIM, [(numbers, numbers, vectors)])
    opened = open_vectors(path, "m", N, DIM)
    assert opened is not None
    return opened


@pytest.mark.parametrize("sparing", [False, True])
def test_rows_of_the_file_and_of_memory_are_read_in_any_order(
    flat: VectorFile, vectors: NDArray[np.float16], sparing: bool
) -> None:
    more = unit_vectors(5, DIM, seed=1).astype(np.float16)
    ids = np.arange(N + 1, N + 6)
    table = RowTable.start(DIM, flat, sparing=sparing).with_deltas([Delta(ids, ids, more)])
    everything = np.concatenate([vectors, more])
    random = np.random.default_rng(2)
    for rows in (
        np.empty(0, np.int64),
        np.arange(10, 20),
        np.arange(N - 3, N + 3),
        np.arange(N, N + 5),
        np.array([N + 1, 5, 69_999, 0]),
        random.permutation(N + 5)[:5000],
        random.permutation(N + 5)[:20_000],
    ):
        assert np.array_equal(table.vectors_at(rows), everything[rows])
        again = np.flip(rows)[: len(rows) // 2]
        assert np.array_equal(table.vectors_at(again), everything[again])
    parts = unit_vectors(2, DIM, seed=3).astype(np.float16)
    expected = parts.astype(np.float32) @ everything.T.astype(np.float32)
    for _ in range(2):
        assert np.allclose(table.matmul(parts), expected, atol=1e-6)
        table.release_pages()


@pytest.mark.parametrize("sparing", [False, True])
def test_selected_rows_are_multiplied_like_all_rows(
    flat: VectorFile, vectors: NDArray[np.float16], sparing: bool
) -> None:
    more = unit_vectors(500, DIM, seed=1).astype(np.float16)
    ids = np.arange(N + 1, N + 501)
    table = RowTable.start(DIM, flat, sparing=sparing).with_deltas([Delta(ids, ids, more)])
    parts = unit_vectors(2, DIM, seed=3).astype(np.float16)
    everything = table.matmul(parts)
    random = np.random.default_rng(2)
    close = np.arange(300, 1500)
    for rows in (
        np.empty(0, np.int64),
        np.array([7]),
        close,
        close[random.random(len(close)) < 0.7],
        np.concatenate([[0, 90], close, [5_000, 90_000], close + 100_000, [N - 1, N, N + 40]]),
        np.arange(N - 1000, N + 500),
        np.sort(random.permutation(N + 500)[:20_000]),
        np.arange(N + 500),
    ):
        assert np.array_equal(table.matmul_at(parts, rows), everything[:, rows])


def test_every_row_is_compared_once_for_any_number_of_rows(vectors: NDArray[np.float16]) -> None:
    part = unit_vectors(1, DIM, seed=3).astype(np.float16)
    done: list[tuple[int, int]] = []
    [scores] = matmul(part, vectors, lambda *block: done.append(block))
    assert np.allclose(scores, vectors.astype(np.float32) @ part[0].astype(np.float32), atol=1e-6)
    assert sorted(done) == [(0, 65_536), (65_536, 131_072), (131_072, N)]
    assert dot_products(part, vectors[:0]).shape == (0,)


@given(
    scores=st.lists(st.sampled_from([-1.0, -0.25, -0.0, 0.0, 1e-30, 0.25, 0.5]), max_size=40),
    k=st.integers(1, 50),
)
def test_the_best_come_first_and_the_earlier_of_equals(scores: list[float], k: int) -> None:
    expected = sorted(range(len(scores)), key=lambda position: -scores[position])
    rows = top_k(np.array(scores, dtype=np.float32), k).tolist()
    assert [scores[row] for row in rows] == [scores[row] for row in expected[:k]]
    if k >= len(scores):
        assert rows == expected
    assert len(set(rows)) == len(rows)


def test_the_search_strategy_is_described() -> None:
    limits = IndexLimits(exact=1000)
    assert describe_strategy(1000, has_graph=True, limits=limits)[0] == "exact"
    search, why = describe_strategy(10**6, has_graph=True, is_foreign=True, limits=limits)
    assert (search, "another user" in why) == ("exact", True)
    assert describe_strategy(1001, has_graph=True, limits=limits) == (
        "graph + exact re-rank",
        "above 1,000 vectors USearch's graph finds the candidates",
    )
    assert describe_strategy(1001, has_graph=False, limits=limits)[0] == "exact"


def test_few_results_are_all_ranked_and_many_from_the_top() -> None:
    limits = IndexLimits(small=100, depth=10)
    assert [limits.at_first(count) for count in (0, 100, 101, 10**6)] == [0, 100, 10, 10]
