"""A bounded queue between two stages of a pipeline, which both ends can close.

Python 3.13's ``queue.Queue.shutdown(immediate=)`` replaces it when the oldest supported Python is
3.13.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")


class ChannelAbortedError(Exception):
    """The channel was aborted, so the stage must end."""


class Channel(Generic[T]):
    """A ``queue.Queue`` that can end: ``close`` after the last item, ``abort`` at once.

    Threads that wait for space wake up when half of the capacity is free, which avoids frequent
    switches.
    """

    def __init__(self, capacity: int) -> None:
        self._items: deque[T] = deque()
        self._capacity = capacity
        self._closed = False
        self._aborted = False
        self._lock = threading.Lock()
        self._not_empty = threading.Condition(self._lock)
        self._not_full = threading.Condition(self._lock)

    def put(self, item: T) -> None:
        """Add an item; wait for space.

        Raises:
            ChannelAbortedError: the channel was aborted.
        """
        self.offer(item, None)

    def offer(self, item: T, timeout: float | None) -> bool:
        """Add an item; return False if there is no space within ``timeout`` seconds.

        Raises:
            ChannelAbortedError: the channel was aborted.
        """
        with self._lock:
            has_room = self._not_full.wait_for(
                lambda: self._aborted or len(self._items) < self._capacity, timeout
            )
            if self._aborted:
                raise ChannelAbortedError
            if has_room:
                self._items.append(item)
                self._not_empty.notify()
            return has_room

    def get(self, timeout: float | None = None) -> T | None:
        """Take the oldest item; None if none arrives within ``timeout`` seconds or before the end.

        Raises:
            ChannelAbortedError: the channel was aborted.
        """
        with self._lock:
            self._not_empty.wait_for(
                lambda: self._aborted or self._closed or bool(self._items), timeout
            )
            if self._aborted:
                raise ChannelAbortedError
            if not self._items:
                return None
            item = self._items.popleft()
            if len(self._items) <= self._capacity // 2:
                self._not_full.notify_all()
            return item

    def __iter__(self) -> Iterator[T]:
        """Yield items until the channel is closed and empty."""
        while (item := self.get()) is not None:
            yield item

    def close(self) -> None:
        """Accept no more items; the queued ones can still be taken."""
        with self._lock:
            self._closed = True
            self._not_empty.notify_all()

    def abort(self) -> None:
        """Discard the queued items and wake all waiting threads."""
        with self._lock:
            self._aborted = True
            self._items.clear()
            self._not_empty.notify_all()
            self._not_full.notify_all()

    @property
    def finished(self) -> bool:
        """Whether the channel is closed and empty."""
        with self._lock:
            return self._closed and not self._items
