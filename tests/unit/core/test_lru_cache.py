"""The cache that discards the least recently used values."""

from __future__ import annotations

from tui.core.lru_cache import LruCache


def test_the_least_recently_used_value_is_discarded() -> None:
    cache: LruCache[str, int] = LruCache(2)
    cache.put("a", 1)
    cache.put("b", 2)
    assert cache.find("a") == 1
    cache.put("c", 3)
    assert [key in cache for key in "abc"] == [True, False, True]


def test_costs_are_summed_also_after_replacing_and_removing() -> None:
    cache: LruCache[str, bytes] = LruCache(10, cost=len)
    cache.put("a", bytes(6))
    cache.put("a", bytes(3))
    cache.put("b", bytes(7))
    assert "a" in cache
    assert cache.pop("b") == bytes(7)
    cache.put("c", bytes(7))
    assert "a" in cache
    cache.put("d", bytes(1))
    assert [key in cache for key in "acd"] == [False, True, True]


def test_the_newest_value_stays_at_any_cost() -> None:
    cache: LruCache[str, bytes] = LruCache(10, cost=len)
    cache.put("a", bytes(100))
    assert "a" in cache
    cache.put("b", bytes(1))
    assert [key in cache for key in "ab"] == [False, True]


def test_discarded_values_are_reported_and_removed_ones_are_not() -> None:
    discarded: list[int] = []
    cache: LruCache[str, int] = LruCache(2, on_discard=discarded.append)
    for number, key in enumerate("abc"):
        cache.put(key, number)
    assert discarded == [0]
    cache.pop("b")
    cache.clear()
    assert discarded == [0, 2]
    assert "c" not in cache


def test_a_missing_value_is_created_once() -> None:
    cache: LruCache[str, int | None] = LruCache(2)
    assert cache.get("a", lambda: 1) == 1
    assert cache.get("a", lambda: 2) == 1
    assert cache.pop("b") is None
    cache.put("c", None)
    assert cache.pop("c") is None
    assert "c" not in cache


def test_a_value_that_grows_while_cached_keeps_the_total_correct() -> None:
    cache: LruCache[str, list[int]] = LruCache(10, cost=len)
    growing = [1]
    cache.put("a", growing)
    growing += range(50)
    cache.pop("a")
    cache.put("b", [1] * 6)
    cache.put("c", [1] * 6)
    assert [key in cache for key in "bc"] == [False, True]
