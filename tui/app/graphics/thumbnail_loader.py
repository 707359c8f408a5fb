"""Thumbnails for the screen: made in the background, in the order of their requests, and cached.

One ``ThumbnailLoader`` serves the whole app. A widget requests a thumbnail and cancels the request
when it shows another one, so the queue never holds more than one screen. Thumbnails are cached by
content and size: files with the same bytes share them, and each is made once.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.app.graphics.kitty_placements import KittyPlacements
from tui.app.graphics.requests import Thumbnail, ThumbnailRequest
from tui.core.errors import DecodeError, FolderError
from tui.core.lru_cache import LruCache

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.app.graphics.renderer import Make, ThumbnailRenderer
    from tui.app.graphics.requests import Key
    from tui.app.graphics.sixel_screen import SixelScreen
    from tui.app.terminal.images import CellSize, ImageSupport
    from tui.core.settings import Settings
    from tui.images.thumbnail_cache import ThumbnailCache

    Deliver = Callable[[ThumbnailRequest, Thumbnail], object]
    _Claim = tuple[ThumbnailRequest, Deliver]
    """A request and the function that receives its thumbnail."""

BYTE_BUDGET = 64 << 20
"""The estimated size of the cache; the newest thumbnail is always cached."""


class ThumbnailLoader:
    """Makes and caches thumbnails.

    Args:
        images: how the terminal draws pictures.
        make: returns an upright RGB picture that fits a box of pixels; an exception becomes the
            reason of the thumbnail. By default ``tui.images.thumbnails.thumbnail``.
        send: writes to the terminal, in order with Textual's output; Kitty needs it.
        budget: bytes to cache.
        cache: stores small pictures on disk.
        sixels: draws Sixel pictures.
    """

    def __init__(
        self,
        images: ImageSupport,
        *,
        make: Make | None = None,
        send: Callable[[str], object] | None = None,
        budget: int = BYTE_BUDGET,
        cache: ThumbnailCache | None = None,
        sixels: SixelScreen | None = None,
    ) -> None:
        self.images = images
        self.placements = KittyPlacements(send or _discard, sixels=sixels)
        self._listeners: list[Callable[[], object]] = []
        self._make = make
        self._cache = cache
        self._renderer: ThumbnailRenderer | None = None
        self._recent: LruCache[Key, Thumbnail] = LruCache(
            budget, cost=lambda thumbnail: thumbnail.cost
        )
        self._waiting: OrderedDict[Key, list[_Claim]] = OrderedDict()
        self._running: dict[Key, list[_Claim]] = {}
        self._changed = threading.Condition()
        self._threads: list[threading.Thread] = []

    def register(self, renew: Callable[[], object]) -> None:
        """Call ``renew`` whenever the cell size has changed, until it is unregistered."""
        self._listeners.append(renew)

    def unregister(self, renew: Callable[[], object]) -> None:
        """Remove a listener; after the last one the terminal stores no hidden picture."""
        self._listeners.remove(renew)
        if not self._listeners:
            self.placements.clear_hidden()

    def fit(self, cell: CellSize) -> bool:
        """Make thumbnails for cells of this size; return whether it is a new size."""
        with self._changed:
            if cell == self.images.cell:
                return False
            self.images = replace(self.images, cell=cell)
            self._renderer = None
            self._recent.clear()
        for renew in self._listeners:
            renew()
        self.placements.clear_hidden()  # all have the former size
        return True

    def find(self, request: ThumbnailRequest) -> Thumbnail | None:
        """Return a cached thumbnail, if there is one."""
        with self._changed:
            thumbnail = self._recent.find(request.key)
            if thumbnail is None and request.content is not None:
                return self._recent.find(request.file_key)
            return thumbnail

    def ask(self, request: ThumbnailRequest, deliver: Deliver) -> None:
        """Request a thumbnail; another thread calls ``deliver`` with it."""
        with self._changed:
            claims = self._running.get(request.key)
            if claims is None:
                claims = self._waiting.setdefault(request.key, [])
            claims.append((request, deliver))
            self._start_threads()
            self._changed.notify()

    def withdraw(self, request: ThumbnailRequest, deliver: Deliver) -> None:
        """Cancel a request; a thumbnail without requests is not made."""
        claim, key = (request, deliver), request.key
        with self._changed:
            for claims in (self._waiting.get(key, []), self._running.get(key, [])):
                if claim in claims:
                    claims.remove(claim)
            if not self._waiting.get(key, True):
                del self._waiting[key]

    def _start_threads(self) -> None:
        # Daemons, so that a slow disk does not delay the exit. Drawing holds the GIL, so more than
        # two threads would only slow down the keyboard.
        for _ in range(min(2, os.cpu_count() or 1) - len(self._threads)):
            thread = threading.Thread(target=self._work, name="photoseek-thumbnails", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._waiting:
                    self._changed.wait()
                key, claims = self._waiting.popitem(last=False)
                self._running[key] = claims
                request = claims[0][0]
            thumbnail = self.find(request) or self._make_thumbnail(request)
            with self._changed:
                claims = self._running.pop(key)
            for claim, deliver in claims:
                if thumbnail.of_content or claim.path == request.path:
                    with suppress(RuntimeError):  # the app has closed
                        deliver(claim, thumbnail)
                else:  # another file with this content may be readable
                    self.ask(claim, deliver)

    def _make_thumbnail(self, request: ThumbnailRequest) -> Thumbnail:
        from tui.images.errors import AccessError

        try:
            thumbnail = self._render(request)
        except (AccessError, FolderError) as error:  # a later request may succeed
            return Thumbnail(reason=str(error))
        except DecodeError as error:
            thumbnail = Thumbnail(reason=str(error))
        except Exception as error:  # one file must not end the thread
            thumbnail = Thumbnail(reason=f"Unexpected error ({type(error).__name__}).")
        with self._changed:
            self._recent.put(request.key_of(thumbnail), thumbnail)
        return thumbnail

    def _render(self, request: ThumbnailRequest) -> Thumbnail:
        from tui.app.graphics.renderer import ThumbnailRenderer

        with self._changed:
            if self._renderer is None:
                self._renderer = ThumbnailRenderer(self.images, self._make, self._cache)
            renderer = self._renderer
        return renderer.paint(request)


def disk_cache(settings: Settings) -> ThumbnailCache | None:
    """Return the cache on disk; None if the user has disabled it."""
    if not settings.thumbnail_cache:
        return None
    from tui.images.thumbnail_cache import ThumbnailCache

    return ThumbnailCache(settings.data_dir / "thumbnails", settings.thumbnail_cache * 1_000_000)


def _discard(_text: str) -> None:
    pass
