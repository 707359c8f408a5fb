"""The application for benches of the keyboard: it renders to text as on a terminal.

A headless application of Textual composes its screen but renders nothing, so its paints look cheap.
Here a driver receives the text of every paint and discards it.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image
from textual.app import App
from textual.drivers.headless_driver import HeadlessDriver

import tui.app
from tests.bench.search_scale import MODEL
from tests.support.bench.big_library import picture_like_vectors, text_like_vectors
from tui.app.app import PhotoseekApp
from tui.app.graphics.thumbnail_loader import ThumbnailLoader

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import RenderableType
    from textual.driver import Driver
    from textual.screen import Screen

    from tui.core.domain import TextEmbedder, Vectors

SCREEN = (140, 45)


class TextDriver(HeadlessDriver):
    """Receives the text for a terminal, and discards it."""

    @property
    def is_headless(self) -> bool:
        """Return False, so that the app renders."""
        return False


class Painted(App[None]):
    """An app that calls ``on_paint`` after each change of its screen.

    Attributes:
        on_paint: called with no argument; does nothing by default.
    """

    on_paint: Callable[[], object] = staticmethod(lambda: None)

    def get_driver_class(self) -> type[Driver]:
        """Render to text."""
        return TextDriver

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        super()._display(screen, renderable)
        if renderable is not None and not self._batch_count:
            self.on_paint()


class TypedApp(Painted, PhotoseekApp):
    """photoseek with one picture for all files, since a generated library has no files."""

    CSS_PATH = str(Path(tui.app.__file__).with_name("photoseek.tcss"))

    def _make_thumbnails(self) -> ThumbnailLoader:
        noise = np.random.default_rng(0).integers(0, 255, (120, 160, 3), dtype=np.uint8)
        file = io.BytesIO()
        Image.fromarray(noise).resize((1600, 1200)).save(file, "JPEG")

        def make(_path: Path, width: int, height: int) -> Image.Image:
            with Image.open(io.BytesIO(file.getvalue())) as image:
                image.draft("RGB", (width * 2, height * 2))
                image.thumbnail((width, height))
                return image.copy()

        return ThumbnailLoader(self._images, make=make, send=self._send)


class Tower:
    """Works as hard as `starter`, and returns the vector of a real text."""

    model_id = MODEL

    def __init__(self, dim: int, worker: TextEmbedder) -> None:
        self.dim = dim
        self._worker = worker
        self._meant = next(picture_like_vectors(512, dim))

    def embed_text(self, texts: Sequence[str]) -> Vectors:
        self._worker.embed_text(texts)
        rows = self._meant[[hash(text) % len(self._meant) for text in texts]]
        return text_like_vectors(rows)
