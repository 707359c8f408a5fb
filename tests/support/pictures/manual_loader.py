"""A loader that makes thumbnails only when a test tells it to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

from tui.app.graphics.thumbnail_loader import ThumbnailLoader
from tui.app.terminal.images import ImageSupport

if TYPE_CHECKING:
    from pathlib import Path

    from tui.app.graphics.requests import Deliver, ThumbnailRequest
    from tui.app.terminal.images import Protocol


class ManualLoader(ThumbnailLoader):
    """Paints a picture for every path, in the thread of the test.

    Attributes:
        requests: the unanswered ones, oldest first.
    """

    def __init__(self, protocol: Protocol) -> None:
        super().__init__(ImageSupport(protocol), make=self._paint)
        self.requests: list[tuple[ThumbnailRequest, Deliver]] = []

    def ask(self, request: ThumbnailRequest, deliver: Deliver) -> None:
        self.requests.append((request, deliver))

    def withdraw(self, request: ThumbnailRequest, deliver: Deliver) -> None:
        if (request, deliver) in self.requests:
            self.requests.remove((request, deliver))

    def make_first(self) -> None:
        """Answer the first request."""
        request, deliver = self.requests.pop(0)
        deliver(request, self.find(request) or self._make_thumbnail(request))

    def _paint(self, path: Path, width: int, height: int) -> Image.Image:
        shade = sum(path.name.encode()) % 256
        return Image.new("RGB", (max(1, width * 2 // 3), height), (shade, 99, 255 - shade))
