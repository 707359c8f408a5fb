"""The encoding stage of an indexing run: prepared pictures to vectors, many at once."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tui.indexing.channel import Channel, ChannelAbortedError
from tui.indexing.commit_stage import TICK_SECONDS
from tui.library.base.records import IndexedFile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tui.core.domain import ImageEmbedder, ImageFile, PictureInfo, Pixels, Vectors

_LINGER_SECONDS = 1.0
"""How long a batch waits to be full; encoding many at once is what makes a batch worth while."""


@dataclass(frozen=True, slots=True, eq=False)
class PreparedImage:
    """A picture as the model takes it: ``pixels`` has a row for each frame."""

    file: ImageFile
    digest: bytes
    info: PictureInfo
    pixels: Pixels


class _ModelWanted:
    """In the place of a picture: the first one is ready to be prepared."""


class EmbedStage:
    """Takes prepared pictures from any thread, and gives them to the model in batches.

    The model is loaded by the thread that collates when another one asks for it, hence never in
    a run that finds no new picture. At most two batches wait and one is being encoded.

    Args:
        load: gives the model.
        size: rows a batch.
        decoder_version: goes into the catalog with each picture.
    """

    def __init__(
        self, load: Callable[[], ImageEmbedder], *, size: int, decoder_version: str
    ) -> None:
        self._load = load
        self._size = size
        self._decoder_version = decoder_version
        self._waiting: Channel[PreparedImage | _ModelWanted] = Channel(2 * size)
        self._embedder: ImageEmbedder | None = None
        self._answered = threading.Event()
        self._asked = False
        self._lock = threading.Lock()

    @property
    def has_model(self) -> bool:
        """Whether the model is loaded."""
        return self._embedder is not None

    def model(self) -> ImageEmbedder:
        """Return the model; ask the collating thread for it and wait, the first time.

        Raises:
            ChannelAbortedError: the run ends.
        """
        if not self._answered.is_set():
            with self._lock:
                ask, self._asked = not self._asked, True
            if ask:
                self._waiting.put(_ModelWanted())
            self._answered.wait()
        if self._embedder is None:
            raise ChannelAbortedError
        return self._embedder

    def put(self, picture: PreparedImage) -> None:
        """Hand a picture over, when there is room.

        Raises:
            ChannelAbortedError: the run ends.
        """
        self._waiting.put(picture)

    def close(self) -> None:
        """Say that no picture comes any more."""
        self._waiting.close()

    def abort(self) -> None:
        """Drop what waits and let nobody wait."""
        self._answered.set()
        self._waiting.abort()

    @property
    def finished(self) -> bool:
        """Whether no picture is left and none comes."""
        return self._waiting.finished

    def collate(self) -> list[PreparedImage]:
        """Return a batch, empty where nothing came for a moment."""
        batch: list[PreparedImage] = []
        rows, deadline = 0, 0.0
        while rows < self._size:
            wait = deadline - time.monotonic() if batch else TICK_SECONDS
            item = self._waiting.get(max(0.0, wait))
            if isinstance(item, _ModelWanted):
                self._embedder = self._load()
                self._answered.set()
            elif item is not None:
                deadline = deadline if batch else time.monotonic() + _LINGER_SECONDS
                batch.append(item)
                rows += len(item.pixels)
            else:
                break
        return batch

    def embed(self, batch: list[PreparedImage]) -> list[IndexedFile]:
        """Give each picture its vector."""
        assert self._embedder is not None
        rows = self._embedder.embed_images(np.concatenate([item.pixels for item in batch]))
        return finish(batch, rows, self._decoder_version)


def finish(
    batch: Sequence[PreparedImage], rows: Vectors, decoder_version: str
) -> list[IndexedFile]:
    """Give each picture one unit vector; that of an animation is the mean of its frames.

    Args:
        batch: what was embedded.
        rows: a vector for each frame of all, shape ``(frames, dim)``.
        decoder_version: goes into the catalog with each picture.
    """
    done = []
    for item in batch:
        frames, rows = rows[: len(item.pixels)], rows[len(item.pixels) :]
        mean = frames.mean(axis=0)
        vector = mean / max(float(np.linalg.norm(mean)), 1e-12)
        done.append(IndexedFile(item.file, item.digest, item.info, vector, decoder=decoder_version))
    return done
