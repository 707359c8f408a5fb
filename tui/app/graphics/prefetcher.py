"""Makes thumbnails that are likely to be shown next."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tui.app.graphics.requests import Thumbnail, ThumbnailRequest
    from tui.app.graphics.thumbnail_loader import ThumbnailLoader


class Prefetcher:
    """Fills the cache with a few thumbnails, one after another.

    So one thread of the loader stays free for the picture that the user moves to meanwhile.

    Args:
        loader: makes and caches the thumbnails.
    """

    def __init__(self, loader: ThumbnailLoader) -> None:
        self._loader = loader
        self._lock = threading.Lock()
        self._current: ThumbnailRequest | None = None
        self._waiting: list[ThumbnailRequest] = []

    def prefetch(self, requests: Iterable[ThumbnailRequest]) -> None:
        """Request these thumbnails, in this order, instead of earlier ones."""
        with self._lock:
            if self._current is not None:
                self._loader.withdraw(self._current, self._deliver)
            self._waiting = list(requests)
            self._ask_next()

    def _deliver(self, request: ThumbnailRequest, _thumbnail: Thumbnail) -> None:
        with self._lock:
            if request == self._current:
                self._ask_next()

    def _ask_next(self) -> None:
        self._current = None
        while self._waiting and self._current is None:
            request = self._waiting.pop(0)
            if self._loader.find(request) is None:
                self._current = request
                self._loader.ask(request, self._deliver)
