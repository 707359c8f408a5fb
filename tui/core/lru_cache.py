"""A cache that discards the least recently used values."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

K = TypeVar("K")
V = TypeVar("V")


def _one(_value: object) -> int:
    return 1


def _ignore(_value: object) -> None:
    pass


class LruCache(Generic[K, V]):
    """The most recently used values, up to a total cost; not thread-safe.

    Args:
        max_cost: the total cost. The newest value stays even if it alone costs more.
        cost: the cost of a value when it is cached. By default each value costs 1, so that
            ``max_cost`` is a number of values.
        on_discard: called with each value that is evicted or that ``clear`` removes.
    """

    def __init__(
        self,
        max_cost: int,
        cost: Callable[[V], int] = _one,
        on_discard: Callable[[V], Any] = _ignore,
    ) -> None:
        self._max_cost = max_cost
        self._cost_of = cost
        self._on_discard = on_discard
        self._values: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._cost = 0

    def __contains__(self, key: K) -> bool:
        return key in self._values

    def find(self, key: K) -> V | None:
        """Return the cached value and mark it as used; None if there is none."""
        if key not in self._values:
            return None
        self._values.move_to_end(key)
        return self._values[key][0]

    def put(self, key: K, value: V) -> None:
        """Cache a value, and replace an earlier one with the same key."""
        self.pop(key)
        cost = self._cost_of(value)
        self._values[key] = (value, cost)
        self._cost += cost
        while self._cost > self._max_cost and len(self._values) > 1:
            _, (oldest, cost) = self._values.popitem(last=False)
            self._cost -= cost
            self._on_discard(oldest)

    def get(self, key: K, make: Callable[[], V]) -> V:
        """Return the cached value; create and cache it first if there is none."""
        value = self.find(key)
        if value is None:
            value = make()
            self.put(key, value)
        return value

    def pop(self, key: K) -> V | None:
        """Remove a value and return it; None if there is none. It does not count as discarded."""
        if key not in self._values:
            return None
        value, cost = self._values.pop(key)
        self._cost -= cost
        return value

    def clear(self) -> None:
        """Discard all values."""
        while self._values:
            self._on_discard(self._values.popitem()[1][0])
        self._cost = 0
