"""One vector for several terms, and the cached vectors of earlier runs."""

from __future__ import annotations

import multiprocessing
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.libraries.catalog_rows import unit_vectors
from tui.models.runtime.prompt_templates import prompts_for
from tui.search.query.terms import Term
from tui.search.ranking import query_vector_cache
from tui.search.ranking.query_vector_cache import QueryVectorCache
from tui.search.ranking.query_vectors import QueryVectors, combine_terms

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tui.core.domain import Vectors

WEIGHTS = st.floats(-10, 10).filter(lambda weight: abs(weight) > 1e-3)


def parts(weights: Sequence[float]) -> list[tuple[Term, Vectors]]:
    rows = unit_vectors(len(weights), seed=3)
    terms = [Term(str(number), weight) for number, weight in enumerate(weights)]
    return list(zip(terms, rows, strict=True))


@given(st.lists(WEIGHTS, min_size=1, max_size=6), st.floats(0.01, 100))
def test_combining_follows_the_algebra_of_weights(weights: list[float], factor: float) -> None:
    vector = combine_terms(parts(weights))
    scaled = combine_terms(parts([weight * factor for weight in weights]))
    negated = combine_terms(parts([-weight for weight in weights]))
    assert vector is not None
    assert scaled is not None
    assert negated is not None
    assert vector.dtype == np.float32
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
    assert vector == pytest.approx(scaled, abs=1e-5)
    assert vector == pytest.approx(-negated, abs=1e-5)
    assert vector == pytest.approx(combine_terms(parts(weights)[::-1]), abs=1e-5)


def test_one_term_is_its_own_vector_and_opposites_cancel_out() -> None:
    ((_, row),) = one = parts([2.5])
    assert combine_terms(one) is row
    assert combine_terms([]) is None
    assert combine_terms([(Term("a"), row), (Term("a", -1.0), row)]) is None


def test_a_query_is_the_mean_of_its_prompts() -> None:
    embedded: list[str] = []

    class Tower:
        model_id = "open_clip:X/y"
        dim = 8

        def embed_text(self, texts: Sequence[str]) -> Vectors:
            embedded.extend(texts)
            return unit_vectors(len(texts), seed=len(texts))

    vectors = QueryVectors("open_clip:X/y", None)  # type: ignore[arg-type]
    vectors.embedder = Tower()
    from tui.search.query.parse import parse

    vector, hints = vectors.embed_terms(parse("{} red + blue"))
    assert embedded == ["{} red", "a photo of {} red.", "blue", "a photo of blue."]
    rows = unit_vectors(4, seed=4)
    expected = (rows[0] + rows[1]) / np.linalg.norm(rows[0] + rows[1])
    assert vector[0][1] == pytest.approx(expected, abs=1e-5)
    assert hints == []
    assert prompts_for("starter-2") == ("{}",)


class TestKept:
    def test_cached_vectors_survive_a_restart(self, tmp_path: Path) -> None:
        red, blue = unit_vectors(2)
        QueryVectorCache(tmp_path, "m").add({"red": red})
        QueryVectorCache(tmp_path, "m").add({"été 東京": blue, "red": blue})
        cache = QueryVectorCache(tmp_path, "m")
        assert "red" in cache
        assert np.array_equal(cache.get("été 東京"), blue)  # type: ignore[arg-type]
        assert cache.get("green") is None
        assert "red" not in QueryVectorCache(tmp_path, "other")
        assert "red" not in QueryVectorCache(tmp_path, "m", ["a {}"])
        assert {path.suffix for path in cache.path.parent.iterdir()} == {".bin", ".lock"}

    def test_the_cache_has_a_limited_size(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(query_vector_cache, "MAX_TEXTS", 3)
        cache = QueryVectorCache(tmp_path, "m")
        for number, row in enumerate(unit_vectors(5)):
            cache.add({str(number): row})
        assert [text in QueryVectorCache(tmp_path, "m") for text in "01234"] == [False] * 2 + [
            True
        ] * 3

    def test_a_damaged_cache_file_is_empty(self, tmp_path: Path) -> None:
        cache = QueryVectorCache(tmp_path, "m")
        cache.add(dict(zip("abc", unit_vectors(3), strict=True)))
        whole = cache.path.read_bytes()
        damaged = [whole[:size] for size in range(0, len(whole), 7)]
        damaged += [
            whole + b"x",
            b"\xff" + whole,
            whole.replace(b'"c"', b'"d", "e"'),
            b"[]\n",
            b"1",
        ]
        damaged += [whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:]]
        for data in damaged:
            cache.path.write_bytes(data)
            assert "a" not in QueryVectorCache(tmp_path, "m")
        QueryVectorCache(tmp_path, "m").add({"a": unit_vectors(1)[0]})
        assert "a" in QueryVectorCache(tmp_path, "m")

    def test_an_unwritable_cache_is_not_an_error(self, tmp_path: Path) -> None:
        (tmp_path / "cache").write_text("a file in the way")
        cache = QueryVectorCache(tmp_path, "m")
        cache.add({"red": unit_vectors(1)[0]})
        assert "red" in cache
        assert "red" not in QueryVectorCache(tmp_path, "m")

    def test_concurrent_writers_leave_complete_entries(self, tmp_path: Path) -> None:
        with multiprocessing.get_context("spawn").Pool(2) as pool:
            pool.starmap(_keep, [(tmp_path, number) for number in range(8)])
        cache = QueryVectorCache(tmp_path, "m")
        assert all(f"{number} {run}" in cache for number in range(8) for run in range(5))


def _keep(folder: Path, number: int) -> None:
    for run in range(5):
        QueryVectorCache(folder, "m").add({f"{number} {run}": unit_vectors(1)[0]})
