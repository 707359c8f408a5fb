"""The embedding stage turns prepared pictures into vectors, a batch at a time."""

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
    from tui.images.decode_types import DecodedImage

_LINGER_SECONDS = 1.0
"""Seconds that an incomplete batch waits for more pictures; full batches are more efficient."""


@dataclass(frozen=True, slots=True, eq=False)
class PreparedImage:
    """A picture in the model's input form; ``pixels`` has a row for each frame."""

    file: ImageFile
    digest: bytes
    info: PictureInfo
    pixels: Pixels


def prepare_image(
    file: ImageFile, digest: bytes, image: DecodedImage, embedder: ImageEmbedder
) -> PreparedImage:
    """Return all frames of a decoded picture in the model's input form."""
    frames = [embedder.prepare(frame) for frame in (image.image, *image.more)]
    return PreparedImage(file, digest, image.info, np.concatenate(frames))


class _ModelRequest:
    """A queue entry that asks for the model: the first picture is ready to be prepared."""


class EmbedStage:
    """Accepts prepared pictures from any thread and embeds them in batches.

    The collating thread loads the model when another thread first needs it, so a run without new
    pictures never loads it. At most two batches wait while one is being encoded.

    Args:
        load: loads the model.
        size: rows in a batch.
        decoder_version: recorded with each picture.
    """

    def __init__(
        self, load: Callable[[], ImageEmbedder], *, size: int, decoder_version: str
    ) -> None:
        self._load = load
        self._size = size
        self._decoder_version = decoder_version
        self._queue: Channel[PreparedImage | _ModelRequest] = Channel(2 * size)
        self._embedder: ImageEmbedder | None = None
        self._loaded = threading.Event()
        self._is_requested = False
        self._lock = threading.Lock()

    @property
    def has_model(self) -> bool:
        """Whether the model is loaded."""
        return self._embedder is not None

    def model(self) -> ImageEmbedder:
        """Return the model; the first call makes the collating thread load it, and waits.

        Raises:
            ChannelAbortedError: the run stops.
        """
        if not self._loaded.is_set():
            with self._lock:
                is_first, self._is_requested = not self._is_requested, True
            if is_first:
                self._queue.put(_ModelRequest())
            self._loaded.wait()
        if self._embedder is None:
            raise ChannelAbortedError
        return self._embedder

    def put(self, picture: PreparedImage) -> None:
        """Queue a picture; wait while the queue is full.

        Raises:
            ChannelAbortedError: the run stops.
        """
        self._queue.put(picture)

    def close(self) -> None:
        """Accept no more pictures."""
        self._queue.close()

    def abort(self) -> None:
        """Discard the queued pictures and wake all waiting threads."""
        self._loaded.set()
        self._queue.abort()

    @property
    def finished(self) -> bool:
        """Whether the stage is closed and its queue empty."""
        return self._queue.finished

    def collate(self) -> list[PreparedImage]:
        """Return a batch; empty if no picture arrived for a moment."""
        batch: list[PreparedImage] = []
        rows, deadline = 0, 0.0
        while rows < self._size:
            wait = deadline - time.monotonic() if batch else TICK_SECONDS
            item = self._queue.get(max(0.0, wait))
            if isinstance(item, _ModelRequest):
                self._embedder = self._load()
                self._loaded.set()
            elif item is not None:
                deadline = deadline if batch else time.monotonic() + _LINGER_SECONDS
                batch.append(item)
                rows += len(item.pixels)
            else:
                break
        return batch

    def embed(self, batch: list[PreparedImage]) -> list[IndexedFile]:
        """Return each picture with its vector; the model must be loaded."""
        assert self._embedder is not None
        rows = self._embedder.embed_images(np.concatenate([item.pixels for item in batch]))
        return with_vectors(batch, rows, self._decoder_version)


def with_vectors(
    batch: Sequence[PreparedImage], rows: Vectors, decoder_version: str
) -> list[IndexedFile]:
    """Return each picture with one unit vector; that of an animation is the mean of its frames.

    Args:
        batch: the embedded pictures.
        rows: float32, shape ``(frames, dim)``: a vector for each frame of all pictures.
        decoder_version: recorded with each picture.
    """
    results = []
    for item in batch:
        frames, rows = rows[: len(item.pixels)], rows[len(item.pixels) :]
        mean = frames.mean(axis=0)
        vector = mean / max(float(np.linalg.norm(mean)), 1e-12)
        results.append(
            IndexedFile(item.file, item.digest, item.info, vector, decoder=decoder_version)
        )
    return results
