"""A worker of a cluster hashes, decodes and encodes files. It does not depend on Ray.

A worker runs in a process of its own, possibly on another host, and serves one run. A broken
picture is a result, never an exception: an exception ends the run.
"""

from __future__ import annotations

import os
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from tui import __version__
from tui.core.errors import DecodeError
from tui.images.decoder import Decoder, decoder_version, request_for
from tui.images.errors import AccessError
from tui.indexing.embed_stage import PreparedImage, prepare_image, with_vectors
from tui.library.base.records import IndexedFile
from tui.library.open import open_library
from tui.storage.hashing import digest
from tui.storage.objects.download_cache import release
from tui.storage.objects.path import RemotePath

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from tui.core.domain import ImageEmbedder, ImageFile
    from tui.core.settings import Settings
    from tui.indexing.ray.worker_pool import HashedFile
    from tui.library.base.store import StoreWriter

HASH_CALLS = 2
EMBED_CALLS = 2
"""Calls of one kind that run at once: one batch is decoded while another is encoded."""

READERS = 16
"""Threads that hash: a network disk or object storage serves many requests at once."""

WRITTEN = np.empty(0, np.float32)
"""Replaces a vector that the worker itself has written to the library."""

_SLACK_NS = 2_000_000_000
"""Hosts may report modification times in different precision; the coarsest has 2 s."""


@dataclass(frozen=True, slots=True)
class WorkerJob:
    """The parameters of a worker; sent once and never logged.

    Attributes:
        load: loads the model.
        model_id: that model.
        settings: those of the driver.
        threads: decode threads.
        batch_size: rows that the model encodes at once.
        environ: credentials.
    """

    load: Callable[[], ImageEmbedder]
    model_id: str
    settings: Settings
    threads: int
    batch_size: int
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class UnreadableFile:
    """A file that the worker can't read, and why; ``can_open`` if it can at least open it."""

    reason: str
    can_open: bool


class Worker:
    """Serves one run; ``hash`` and ``embed`` are called from several threads at once."""

    def __init__(self, job: WorkerJob) -> None:
        os.environ.update(job.environ)
        self._job = job
        self._decoder = Decoder()
        self._readers = ThreadPoolExecutor(READERS, "read")
        self._decoders = ThreadPoolExecutor(job.threads, "decode")
        self._embedder: ImageEmbedder | None = None
        self._writer: StoreWriter | None = None
        self._opening = threading.Lock()
        self._encoding = threading.Lock()
        self._stopping = threading.Event()
        self._open_until_exit = ExitStack()

    def handshake(self) -> tuple[str, str]:
        """Return the name of the host and the version of photoseek on it."""
        return socket.gethostname(), __version__

    def load(self) -> int:
        """Load the model; return the length of its vectors.

        Raises:
            ModelError: its weights are not on this host, or don't fit.
        """
        return self._model().dim

    def hash(
        self, files: Sequence[ImageFile], to_release: Sequence[Path]
    ) -> list[bytes | UnreadableFile]:
        """Return the hash of each file.

        Args:
            files: the files to hash.
            to_release: files of earlier calls that will not be embedded.
        """
        for path in to_release:
            release(path)
        return list(self._readers.map(self._hash, files))

    def embed(self, hashed: Sequence[HashedFile]) -> list[IndexedFile | UnreadableFile | None]:
        """Return the result of each file: its vector, or why it has none.

        If the library is on a server, the worker writes the vectors to it and returns ``WRITTEN``
        instead of each. The result is None for a file that was not started before ``stop``.

        Args:
            hashed: files and their hashes.
        """
        self._model()
        results = list(self._decoders.map(self._prepare, hashed))
        batch = [result for result in results if isinstance(result, PreparedImage)]
        embedded = iter(self._write_to_server(self._encode(batch)))
        return [next(embedded) if isinstance(each, PreparedImage) else each for each in results]

    def stop(self) -> None:
        """Start no other picture; finish those that are being decoded or encoded."""
        self._stopping.set()

    def _hash(self, file: ImageFile) -> bytes | UnreadableFile:
        try:
            return digest(file.path)
        except OSError as error:
            return UnreadableFile(f"The file can't be read: {error.strerror}.", can_open(file))

    def _model(self) -> ImageEmbedder:
        with self._opening:
            if self._embedder is None:
                self._embedder = self._job.load()
            return self._embedder

    def _prepare(self, hashed: HashedFile) -> PreparedImage | IndexedFile | UnreadableFile | None:
        content, file = hashed
        if self._stopping.is_set():
            return None
        embedder = self._model()
        try:
            image = self._decoder.read(file.path, request_for(embedder.image_size))
        except AccessError as error:
            return UnreadableFile(str(error), can_open(file))
        except DecodeError as error:
            return IndexedFile(file, content, error=str(error), decoder=decoder_version())
        finally:
            release(file.path)
        return prepare_image(file, content, image, embedder)

    def _encode(self, batch: list[PreparedImage]) -> list[IndexedFile]:
        if not batch:
            return []
        pixels = np.concatenate([item.pixels for item in batch])
        embed, size = self._model().embed_images, self._job.batch_size
        starts = range(0, len(pixels), size)
        with self._encoding:
            rows = np.concatenate([embed(pixels[start : start + size]) for start in starts])
        return with_vectors(batch, rows, decoder_version())

    def _write_to_server(self, results: list[IndexedFile]) -> list[IndexedFile]:
        """Write results to a library that allows it; for others, the driver writes."""
        if not open_library(self._job.settings).allows_parallel_writers:
            return results
        unchanged = [item for item in results if _is_unchanged(item.file)]
        if unchanged:
            writer = self._open_library(self._model().dim)
            writer.commit(self._job.model_id, unchanged)
        return [replace(item, vector=WRITTEN) if item in unchanged else item for item in results]

    def _open_library(self, dim: int) -> StoreWriter:
        with self._opening:
            if self._writer is None:
                library = open_library(self._job.settings)
                store = self._open_until_exit.enter_context(library.open_store())
                writer = self._open_until_exit.enter_context(store.writing(lambda: False))
                assert writer is not None
                writer.register_model(self._job.model_id, dim)
                self._writer = writer
            return self._writer


def can_open(file: ImageFile) -> bool:
    """Whether this host can open a file."""
    try:
        with file.path.open("rb"):
            return True
    except OSError:
        return False


def _is_unchanged(file: ImageFile) -> bool:
    """Whether the file is still as the scan recorded it; the driver repeats the check exactly."""
    if isinstance(file.path, RemotePath):
        return True  # as in `CommitStage.is_unchanged`
    try:
        status = file.path.stat()
    except OSError:
        return False
    return status.st_size == file.size and abs(status.st_mtime_ns - file.mtime_ns) < _SLACK_NS
