"""A bounded queue between two stages of a pipeline, which both ends can close."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")


class ChannelAbortedError(Exception):
    """The other end has given up; stop as well."""


class Channel(Generic[T]):
    """Like ``queue.Queue``, and it can end: ``close`` after the last item, ``abort`` at once.

    Who waits for room is woken when half of it is free, so that threads change seldom.
    """

    def __init__(self, capacity: int) -> None:
        self._items: deque[T] = deque()
        self._capacity = capacity
        self._closed = False
        self._aborted = False
        self._lock = threading.Lock()
        self._came = threading.Condition(self._lock)
        self._went = threading.Condition(self._lock)

    def put(self, item: T) -> None:
        """Add an item, when there is room.

        Raises:
            ChannelAbortedError: nobody wants it any more.
        """
        self.offer(item, None)

    def offer(self, item: T, timeout: float | None) -> bool:
        """Add an item, or return False where there was no room for so many seconds.

        Raises:
            ChannelAbortedError: the other end has given up.
        """
        with self._lock:
            has_room = self._went.wait_for(
                lambda: self._aborted or len(self._items) < self._capacity, timeout
            )
            if self._aborted:
                raise ChannelAbortedError
            if has_room:
                self._items.append(item)
                self._came.notify()
            return has_room

    def get(self, timeout: float | None = None) -> T | None:
        """Take the oldest item; None where none has come in time, or none will come.

        Raises:
            ChannelAbortedError: it was aborted.
        """
        with self._lock:
            self._came.wait_for(lambda: self._aborted or self._closed or bool(self._items), timeout)
            if self._aborted:
                raise ChannelAbortedError
            if not self._items:
                return None
            item = self._items.popleft()
            if len(self._items) <= self._capacity // 2:
                self._went.notify_all()
            return item

    def __iter__(self) -> Iterator[T]:
        """Yield items until the channel is closed and empty."""
        while (item := self.get()) is not None:
            yield item

    def close(self) -> None:
        """Say that no item comes any more; what is in it can still be taken."""
        with self._lock:
            self._closed = True
            self._came.notify_all()

    def abort(self) -> None:
        """Drop what is in it and let nobody wait."""
        with self._lock:
            self._aborted = True
            self._items.clear()
            self._came.notify_all()
            self._went.notify_all()

    @property
    def finished(self) -> bool:
        """Whether it is closed and empty."""
        with self._lock:
            return self._closed and not self._items
