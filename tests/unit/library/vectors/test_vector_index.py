from __future__ import annotations

import tempfile
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.libraries.catalog_rows import (
    DIM,
    MODEL,
    commit_pictures,
    indexed_file,
    unit_vectors,
)
from tui.core.dot_products import SplitVector
from tui.core.errors import ModelError
from tui.library.local.catalog.reader import Catalog
from tui.library.local.catalog.writer import CatalogWriter
from tui.library.local.vectors.generations import newest, open_flat, view_graph
from tui.library.local.vectors.index_files import index_folder
from tui.library.local.vectors.row_table import RowTable
from tui.library.local.vectors.saving import write_generation
from tui.library.local.vectors.searching import IndexLimits, search_snapshot, snapshot
from tui.library.local.vectors.vector_index import VectorIndex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.core.domain import Keys, Vectors
    from tui.library.base.records import Generation
    from tui.library.local.vectors.hnsw_graph import HnswGraph

WITH_GRAPH = IndexLimits(exact=50, delta=40, depth=400, reach=500)
"""The limits of a large library, scaled down for tests."""


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog.open(tmp_path / "data") as opened:
        CatalogWriter(opened).register_model(MODEL, DIM)
        yield opened


def brute_force(
    catalog: Catalog, vector: Vectors, scope: Keys | None = None
) -> tuple[Keys, Vectors]:
    """Return all available keys with their cosines, best first, in double precision."""
    keys = np.unique(catalog.files(MODEL).content_ids)
    if scope is not None:
        keys = np.intersect1d(keys, scope)
    delta = catalog.vectors_since(MODEL, 0)
    rows = dict(zip(delta.keys.tolist(), delta.vectors.astype(np.float64), strict=True))
    scores = np.array([rows[key] @ vector.astype(np.float64) for key in keys.tolist()])
    order = np.argsort(-scores, kind="stable")
    return keys[order], scores[order].astype(np.float32)


def agrees(
    actual: tuple[Keys, Vectors], expected: tuple[Keys, Vectors], k: int, tolerance: float = 1e-6
) -> bool:
    """Whether the scores agree at every rank; only keys with equal scores may change places."""
    keys, scores = actual
    true_keys, true_scores = expected
    k = min(k, len(true_keys))
    if len(keys) != k or len(set(keys.tolist())) != k:
        return False
    own = dict(zip(true_keys.tolist(), true_scores.tolist(), strict=True))
    return bool(
        np.allclose(scores, true_scores[:k], atol=tolerance)
        and np.allclose(scores, [own.get(key, np.inf) for key in keys.tolist()], atol=tolerance)
    )


def found_of_best(keys: Keys, expected: tuple[Keys, Vectors], k: int) -> int:
    """Return how many of the true best ``k`` are among these different keys."""
    return len(np.intersect1d(keys, expected[0][:k]))


# --- exact search ---------------------------------------------------------------------------------

steps = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(1, 30)),
        st.tuples(st.just("remove"), st.integers(0, 60)),
        st.tuples(st.just("forget"), st.integers(0, 3)),
        st.tuples(st.just("save"), st.booleans()),
        st.tuples(st.just("refresh"), st.none()),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=25)
@given(steps=steps, k=st.integers(1, 200), seed=st.integers(0, 99))
def test_a_search_equals_brute_force_after_any_history(
    steps: list[tuple[str, int]], k: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    with (
        tempfile.TemporaryDirectory() as folder,
        Catalog.open(Path(folder)) as catalog,
    ):
        writer = CatalogWriter(catalog)
        writer.register_model(MODEL, DIM)
        index = VectorIndex(catalog, MODEL)
        for number, (what, size) in enumerate(steps):
            if what == "add":
                commit_pictures(writer, unit_vectors(size, seed=number), folder=f"/p/{number % 4}")
            elif what == "remove":
                writer.remove_files(range(size, size + 5))
            elif what == "forget":
                writer.forget(Path(f"/p/{size}"))
            elif what == "save":
                write_generation(catalog, MODEL, finished=bool(size))
            else:
                index.refresh()
        index.refresh()
        vector = unit_vectors(1, seed=seed + 1000)[0]
        assert len(index) == len(brute_force(catalog, vector)[0])
        assert agrees(index.search(vector, k), brute_force(catalog, vector), k)
        for scope in (random.integers(-2, 120, 40), np.arange(8), np.empty(0, np.int64)):
            for _ in range(2):
                actual = index.search(vector, k, scope)
                assert agrees(actual, brute_force(catalog, vector, scope), k)
        assert agrees(
            VectorIndex(catalog, MODEL).search(vector, k), brute_force(catalog, vector), k
        )


def test_an_empty_index_returns_nothing(tmp_path: Path) -> None:
    with Catalog.open(tmp_path / "none", read_only=True) as catalog:
        index = VectorIndex(catalog, MODEL)
        assert len(index) == 0
        keys, scores = index.search(unit_vectors(1)[0], 10)
        assert len(keys) == len(scores) == 0
        assert not index.refresh()


def test_a_library_that_is_created_later_is_loaded(tmp_path: Path) -> None:
    with Catalog.open(tmp_path / "data", read_only=True) as reader:
        index = VectorIndex(reader, MODEL)
        with Catalog.open(tmp_path / "data") as catalog:
            commit_pictures(CatalogWriter(catalog), unit_vectors(5))
        assert index.refresh()
        assert len(index) == 5


def test_any_k_is_allowed(catalog: Catalog) -> None:
    commit_pictures(CatalogWriter(catalog), unit_vectors(20))
    index = VectorIndex(catalog, MODEL)
    vector = unit_vectors(1, seed=9)[0]
    for k in (-1, 0, 1, 19, 20, 21, 10**6):
        keys, scores = index.search(vector, k)
        assert len(keys) == len(scores) == max(0, min(k, 20))
        assert keys.dtype == np.int64
        assert scores.dtype == np.float32


def test_a_vector_finds_itself(catalog: Catalog) -> None:
    vectors = unit_vectors(50)
    commit_pictures(CatalogWriter(catalog), vectors)
    index = VectorIndex(catalog, MODEL)
    for number, vector in enumerate(vectors):
        keys, scores = index.search(vector, 1)
        assert keys[0] == number + 1
        assert scores[0] == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("shape", [(DIM + 1,), (1, DIM), ()])
def test_a_vector_of_another_length_is_rejected(catalog: Catalog, shape: tuple[int, ...]) -> None:
    commit_pictures(CatalogWriter(catalog), unit_vectors(3))
    with pytest.raises(ModelError, match="length 8"):
        VectorIndex(catalog, MODEL).search(np.ones(shape, np.float32), 1)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_vector_that_is_not_finite_is_rejected(catalog: Catalog, value: float) -> None:
    commit_pictures(CatalogWriter(catalog), unit_vectors(3))
    with pytest.raises(ModelError, match="not finite"):
        VectorIndex(catalog, MODEL).search(np.full(DIM, value, np.float32), 1)


def test_unknown_keys_in_a_scope_are_ignored(catalog: Catalog) -> None:
    commit_pictures(CatalogWriter(catalog), unit_vectors(5))
    index = VectorIndex(catalog, MODEL)
    scope = np.array([-1, 2, 2, 0, 2**62, -(2**63)])
    assert index.search(unit_vectors(1)[0], 10, scope)[0].tolist() == [2]


def test_an_unavailable_folder_is_not_found_until_it_returns(catalog: Catalog) -> None:
    writer = CatalogWriter(catalog)
    commit_pictures(writer, unit_vectors(10), folder="/p/a")
    commit_pictures(writer, unit_vectors(10, seed=1), folder="/p/b")
    write_generation(catalog, MODEL, finished=True)
    index = VectorIndex(catalog, MODEL)
    vector = unit_vectors(1)[0]
    everything = index.search(vector, 20)
    writer.set_available(Path("/p"), [Path("/p/a")])
    assert index.refresh()
    assert sorted(index.search(vector, 20)[0].tolist()) == list(range(11, 21))
    assert index.search(vector, 20, np.arange(8))[0].tolist() == []
    write_generation(catalog, MODEL, finished=True)
    writer.set_available(Path("/p"))
    assert index.refresh()
    assert np.array_equal(index.search(vector, 20)[0], everything[0])


def test_a_refresh_without_commits_reports_no_change(catalog: Catalog) -> None:
    commit_pictures(CatalogWriter(catalog), unit_vectors(5))
    index = VectorIndex(catalog, MODEL)
    assert not index.refresh()
    CatalogWriter(catalog).add_root(Path("/p"))
    assert not index.refresh()
    CatalogWriter(catalog).commit(MODEL, [indexed_file("/p/copy.jpg", b"/p 1")])
    index.refresh()
    assert len(index) == 5


def test_commits_of_another_model_are_not_a_change(catalog: Catalog) -> None:
    stranger = VectorIndex(catalog, "stranger")
    index = VectorIndex(catalog, MODEL)
    CatalogWriter(catalog).register_model("other", 4)
    commit_pictures(CatalogWriter(catalog), unit_vectors(3, dim=4), model_id="other")
    write_generation(catalog, "other", finished=True)
    assert not index.refresh()
    assert not stranger.refresh()
    assert len(stranger.search(unit_vectors(1)[0], 5)[0]) == 0


def test_threads_search_while_another_commits_and_saves(catalog: Catalog) -> None:
    writer = CatalogWriter(catalog)
    commit_pictures(writer, unit_vectors(64))
    index = VectorIndex(catalog, MODEL)
    stop = threading.Event()
    wrong: list[object] = []
    vector = unit_vectors(1)[0]

    def search() -> None:
        while not stop.is_set():
            index.refresh()
            keys, scores = index.search(vector, 30, np.arange(40))
            if len(keys) != 30 or keys[0] != 1 or np.any(np.diff(scores) > 0):
                wrong.append((keys, scores))

    threads = [threading.Thread(target=search) for _ in range(2)]
    for thread in threads:
        thread.start()
    for number in range(10):
        commit_pictures(writer, unit_vectors(64, seed=number + 1), folder=f"/q/{number}")
        write_generation(catalog, MODEL, finished=True)
    stop.set()
    for thread in threads:
        thread.join()
    index.refresh()
    assert wrong == []
    assert len(index) == 64 * 11


# --- saved files ----------------------------------------------------------------------------------


def test_the_index_is_saved_when_it_is_due(catalog: Catalog) -> None:
    limits = IndexLimits(delta=100)
    writer = CatalogWriter(catalog)
    assert not write_generation(catalog, MODEL, finished=True, limits=limits)
    commit_pictures(writer, unit_vectors(100), folder="/a")
    assert not write_generation(catalog, MODEL, limits=limits)
    commit_pictures(writer, unit_vectors(10, seed=1), folder="/b")
    assert write_generation(catalog, MODEL, limits=limits)
    assert [generation.kind for generation in catalog.generations(MODEL)] == ["vectors"]
    assert write_generation(catalog, MODEL, finished=True, limits=limits)
    assert not write_generation(catalog, MODEL, finished=True, limits=limits)
    commit_pictures(writer, unit_vectors(1, seed=2), folder="/c")
    assert not write_generation(catalog, MODEL, finished=True, limits=limits)
    commit_pictures(writer, unit_vectors(1, seed=3), folder="/d")
    assert write_generation(catalog, MODEL, finished=True, limits=limits)
    writer.forget(Path("/b"))
    assert not write_generation(catalog, MODEL, finished=True, limits=limits)
    writer.forget(Path("/a"))
    assert write_generation(catalog, MODEL, finished=True, limits=limits)
    generation = {generation.kind: generation for generation in catalog.generations(MODEL)}
    assert {kind: (one.n, one.dim, one.dtype) for kind, one in generation.items()} == {
        "vectors": (2, DIM, "float16"),
        "usearch": (2, DIM, "i8 turned"),
    }
    names = {path.name for path in index_folder(catalog.data_dir).iterdir()}
    assert names == {one.file for one in generation.values()}


def test_a_model_that_is_not_registered_has_nothing_to_save(catalog: Catalog) -> None:
    assert not write_generation(catalog, "stranger", finished=True)


def test_an_open_index_works_after_its_file_is_removed(catalog: Catalog) -> None:
    writer = CatalogWriter(catalog)
    commit_pictures(writer, unit_vectors(50))
    write_generation(catalog, MODEL, finished=True)
    index = VectorIndex(catalog, MODEL)
    old = index_folder(catalog.data_dir) / catalog.generations(MODEL)[0].file
    commit_pictures(writer, unit_vectors(50, seed=1), folder="/q")
    write_generation(catalog, MODEL, finished=True)
    assert not old.exists()
    vector = unit_vectors(1)[0]
    assert len(index.search(vector, 100)[0]) == 50
    assert index.refresh()
    assert agrees(index.search(vector, 100), brute_force(catalog, vector), 100)


# --- the graph ------------------------------------------------------------------------------------


def test_a_large_library_is_searched_through_its_graph(catalog: Catalog) -> None:
    writer = CatalogWriter(catalog)
    commit_pictures(writer, unit_vectors(300))
    told: list[tuple[int, int]] = []
    assert write_generation(
        catalog, MODEL, finished=True, limits=WITH_GRAPH, on_progress=lambda *at: told.append(at)
    )
    assert told[-1] == (300, 300)
    assert {generation.kind for generation in catalog.generations(MODEL)} == {"usearch", "vectors"}
    commit_pictures(writer, unit_vectors(20, seed=1), folder="/new")
    writer.remove_files(range(10, 40))
    index = VectorIndex(catalog, MODEL, WITH_GRAPH)
    expected_count = matching = 0  # a graph may miss a vector now and then
    for seed in range(20):
        vector = unit_vectors(1, seed=seed + 50)[0]
        for k, scope in ((1, None), (25, None), (290, None), (10, np.arange(0, 320, 2))):
            keys, scores = index.search(vector, k, scope)
            expected = brute_force(catalog, vector, scope)
            assert len(set(keys.tolist())) == len(keys) == k
            assert np.all(np.diff(scores) <= 0)
            expected_count += k
            matching += found_of_best(keys, expected, k)
        for scope in (np.arange(20), np.arange(295, 321)):  # few enough to compare all
            expected = brute_force(catalog, vector, scope)
            assert agrees(index.search(vector, 10, scope), expected, 10)
    assert matching > 0.98 * expected_count


class Counting:
    """Wraps a graph and counts its searches."""

    def __init__(self, graph: HnswGraph) -> None:
        self.graph = graph
        self.depths: list[int] = []

    def __len__(self) -> int:
        return len(self.graph)

    def search(self, vector: Vectors, k: int) -> Keys:
        self.depths.append(k)
        return self.graph.search(vector, k)


@pytest.mark.parametrize(("k", "uses_graph"), [(1, True), (100, True), (101, False)])
def test_usearch_ranks_up_to_its_depth(catalog: Catalog, k: int, uses_graph: bool) -> None:
    commit_pictures(CatalogWriter(catalog), unit_vectors(300))
    limits = IndexLimits(exact=50, depth=100, reach=250)
    write_generation(catalog, MODEL, finished=True, limits=limits)
    generation = newest(catalog, MODEL, "vectors")
    walked = newest(catalog, MODEL, "usearch")
    assert generation is not None
    assert walked is not None
    flat = open_flat(catalog.data_dir, generation)
    graph = view_graph(catalog.data_dir, walked)
    assert flat is not None
    assert graph is not None
    counting = Counting(graph)
    now = replace(
        snapshot(RowTable.start(DIM, flat), flat.keys, graph), graph=cast("HnswGraph", counting)
    )
    rows, _ = search_snapshot(now, SplitVector(unit_vectors(1)[0]), k, limits)
    assert len(rows) == k
    assert len(counting.depths) == uses_graph


def test_removed_vectors_are_never_returned_and_never_crowd_out_others(catalog: Catalog) -> None:
    writer = CatalogWriter(catalog)
    near = unit_vectors(1)[0]
    crowd = near + 0.05 * unit_vectors(200, seed=5)
    crowd = (crowd / np.linalg.norm(crowd, axis=1, keepdims=True)).astype(np.float32)
    commit_pictures(writer, crowd, folder="/near")
    commit_pictures(writer, unit_vectors(200, seed=6), folder="/far")
    write_generation(catalog, MODEL, finished=True, limits=WITH_GRAPH)
    writer.set_available(Path("/near"), [Path("/near")])
    index = VectorIndex(catalog, MODEL, WITH_GRAPH)
    keys, _ = index.search(near, 30)
    assert len(keys) == 30
    assert keys.min() > 200
    best = brute_force(catalog, near)
    assert found_of_best(keys, best, 30) >= 27  # a graph may miss a vector now and then
    assert agrees(VectorIndex(catalog, MODEL).search(near, 30), best, 30)


def test_a_graph_that_lacks_too_much_is_not_searched(catalog: Catalog) -> None:
    writer = CatalogWriter(catalog)
    commit_pictures(writer, unit_vectors(200), folder="/a")
    write_generation(catalog, MODEL, finished=True, limits=WITH_GRAPH)
    commit_pictures(writer, unit_vectors(WITH_GRAPH.exact + 1, seed=1), folder="/b")
    index = VectorIndex(catalog, MODEL, WITH_GRAPH)
    for seed in range(20):
        vector = unit_vectors(1, seed=seed + 90)[0]
        assert agrees(index.search(vector, 60), brute_force(catalog, vector), 60)


def test_a_graph_grows_and_is_rebuilt_when_too_much_of_it_is_obsolete(catalog: Catalog) -> None:
    writer = CatalogWriter(catalog)
    commit_pictures(writer, unit_vectors(200), folder="/a")

    def save() -> int | None:
        write_generation(catalog, MODEL, finished=True, limits=WITH_GRAPH)
        sizes = [
            generation.n
            for generation in catalog.generations(MODEL)
            if generation.kind == "usearch"
        ]
        return sizes[0] if sizes else None

    assert save() == 200
    commit_pictures(writer, unit_vectors(60, seed=1), folder="/b")
    assert save() == 260
    writer.remove_files(range(1, 31))
    assert save() == 260
    writer.remove_files(range(31, 61))
    assert save() == 200
    vector = unit_vectors(1, seed=9)[0]
    best = brute_force(catalog, vector)
    keys, _ = VectorIndex(catalog, MODEL, WITH_GRAPH).search(vector, 20)
    assert found_of_best(keys, best, 20) >= 18
    assert agrees(VectorIndex(catalog, MODEL).search(vector, 20), best, 20)


@pytest.mark.parametrize(
    ("checks", "kinds"), [(0, []), (1, []), (2, ["vectors"]), (3, ["vectors"])]
)
def test_a_cancelled_save_leaves_the_library_searchable(
    catalog: Catalog, checks: int, kinds: list[str]
) -> None:
    commit_pictures(CatalogWriter(catalog), unit_vectors(200))
    answers = iter([*[False] * checks, True])
    saved = write_generation(
        catalog, MODEL, finished=True, limits=WITH_GRAPH, cancelled=lambda: next(answers)
    )
    generations = catalog.generations(MODEL)
    assert saved == bool(kinds)
    assert [one.kind for one in generations] == kinds
    folder = index_folder(catalog.data_dir)
    assert sorted(path.name for path in folder.glob("*")) == sorted(one.file for one in generations)
    vector = unit_vectors(1)[0]
    index = VectorIndex(catalog, MODEL, WITH_GRAPH)
    assert agrees(index.search(vector, 20), brute_force(catalog, vector), 20)


def embed_again(catalog: Catalog, key: int, vector: Vectors) -> None:
    """As after a repair: the vector is dropped, and the next run gives its content another."""
    with catalog.reading() as connection:
        statement = "SELECT seq, hash FROM embeddings JOIN contents ON id = content_id WHERE id = ?"
        seq, digest = connection.execute(statement, (key,)).fetchone()
    CatalogWriter(catalog).drop_vectors([seq])
    path = catalog.details(catalog.files(MODEL).file_ids[:1].tolist())[0].path
    CatalogWriter(catalog).commit(MODEL, [indexed_file(f"{path.parent}/again.jpg", digest, vector)])


@pytest.mark.parametrize("finished", [False, True])
def test_a_recomputed_vector_replaces_the_older_one(catalog: Catalog, *, finished: bool) -> None:
    """The saved files still contain the older vector under the same key."""
    commit_pictures(CatalogWriter(catalog), unit_vectors(300))
    write_generation(catalog, MODEL, finished=True, limits=WITH_GRAPH)
    new = unit_vectors(40, seed=77)
    for number, vector in enumerate(new):
        embed_again(catalog, number + 5, vector)
    commit_pictures(CatalogWriter(catalog), unit_vectors(5, seed=3), folder="/q")
    assert write_generation(catalog, MODEL, finished=finished, limits=WITH_GRAPH)
    for index in (VectorIndex(catalog, MODEL, WITH_GRAPH), VectorIndex(catalog, MODEL)):
        for number, vector in enumerate(new):
            keys, scores = index.search(vector, 20)
            assert keys[0] == number + 5
            assert scores[0] == pytest.approx(1, abs=1e-3)
            assert len(set(keys.tolist())) == 20
    graph = view_graph(catalog.data_dir, newest_graph(catalog))
    assert graph is not None
    held = graph.keys().tolist()
    assert len(held) == len(set(held)) == 305


def newest_graph(catalog: Catalog) -> Generation:
    generation = newest(catalog, MODEL, "usearch")
    assert generation is not None
    return generation


@pytest.mark.parametrize("blob", [b"", b"\0" * (2 * DIM), b"\xff" * (2 * DIM), b"x" * 7, "text"])
def test_a_damaged_vector_is_not_searched_and_is_removed_by_the_next_save(
    catalog: Catalog, blob: bytes | str
) -> None:
    commit_pictures(CatalogWriter(catalog), unit_vectors(60))
    with catalog.writing() as connection:
        connection.execute("UPDATE embeddings SET vector = ? WHERE seq = 1", (blob,))
        connection.execute("UPDATE embeddings SET vector = ? WHERE seq = 9", (blob,))
    keys, scores = VectorIndex(catalog, MODEL).search(unit_vectors(1)[0], 100)
    assert sorted(keys.tolist()) == sorted({*range(1, 61)} - {1, 9})
    assert np.isfinite(scores).all()
    assert write_generation(catalog, MODEL, finished=True)
    assert catalog.status().embeddings == {MODEL: 58}
    keys, _ = VectorIndex(catalog, MODEL).search(unit_vectors(1)[0], 100)
    assert len(keys) == 58


def test_a_saved_file_that_lacks_vectors_is_rebuilt(catalog: Catalog) -> None:
    """For example if the file belongs to another history of the catalog."""
    commit_pictures(CatalogWriter(catalog), unit_vectors(60))
    write_generation(catalog, MODEL, finished=True)
    with catalog.writing() as connection:
        connection.execute("UPDATE generations SET seq_covered = 90")
        connection.execute("UPDATE embeddings SET seq = 80 WHERE seq = 10")
    commit_pictures(CatalogWriter(catalog), unit_vectors(30, seed=4), folder="/q")
    assert write_generation(catalog, MODEL, finished=True)
    vector = unit_vectors(1, seed=8)[0]
    assert agrees(VectorIndex(catalog, MODEL).search(vector, 90), brute_force(catalog, vector), 90)


def test_a_small_library_has_a_usearch_index_and_is_compared_in_full(catalog: Catalog) -> None:
    writer = CatalogWriter(catalog)
    commit_pictures(writer, unit_vectors(300))
    write_generation(catalog, MODEL, finished=True)
    [generation] = [
        generation for generation in catalog.generations(MODEL) if generation.kind == "usearch"
    ]
    graph = view_graph(catalog.data_dir, generation)
    assert graph is not None
    index = VectorIndex(catalog, MODEL)
    for seed in range(20):
        vector = unit_vectors(1, seed=seed + 70)[0]
        best = brute_force(catalog, vector)
        assert agrees(index.search(vector, 30), best, 30)
        assert agrees(index.search(vector, 30, catalog.files(MODEL).content_ids), best, 30)
        nearest = graph.search(vector, 30)
        assert len(set(nearest.tolist()) & set(best[0][:30].tolist())) >= 27
