"""What a worker of a cluster does: hash files, and decode and encode them. Knows nothing of Ray.

A worker lives in a process of its own, maybe on another host, and serves one run. A picture that is
broken is an answer, never an exception: an exception ends the run.
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
from tui.core.domain import DecodeError
from tui.images.decoder import AccessError, Decoder, decoder_version, request_for
from tui.indexing.embed_stage import PreparedImage, finish
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
    from tui.library.base.store import StoreWriter

HASH_CALLS = 2
EMBED_CALLS = 2
"""So many calls of a kind run at once: one batch is decoded while another is being encoded."""

READERS = 16
"""Threads that hash: a network disk or object storage serves many at once."""

WRITTEN = np.empty(0, np.float32)
"""In the place of a vector that the worker has written to the library itself."""

_SLACK_NS = 2_000_000_000
"""Hosts may see the time of a change more or less exactly; the coarsest file system has 2 s."""


@dataclass(frozen=True, slots=True)
class WorkerJob:
    """What a worker has to know; it travels once, and no part of it is logged.

    Attributes:
        load: gives the model.
        model_id: that model.
        settings: of whoever indexes.
        threads: that decode.
        batch: rows that are encoded at once.
        environ: credentials.
    """

    load: Callable[[], ImageEmbedder]
    model_id: str
    settings: Settings
    threads: int
    batch: int
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class UnreadableFile:
    """A file that the worker can't read, and why; ``opens`` says that it can at least open it."""

    reason: str
    opens: bool


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
        self._left_open = ExitStack()

    def begin(self) -> tuple[str, str]:
        """Return the host's name and photoseek's version there."""
        return socket.gethostname(), __version__

    def open(self) -> int:
        """Load the model; return the length of its vectors.

        Raises:
            ModelError: its weights are not on this host, or don't fit.
        """
        return self._model().dim

    def hash(
        self, files: Sequence[ImageFile], unwanted: Sequence[Path]
    ) -> list[bytes | UnreadableFile]:
        """Return each file's hash.

        Args:
            files: what to hash.
            unwanted: files of an earlier call that are not to be embedded.
        """
        for path in unwanted:
            release(path)
        return list(self._readers.map(self._hash, files))

    def embed(
        self, found: Sequence[tuple[bytes, ImageFile]]
    ) -> list[IndexedFile | UnreadableFile | None]:
        """Return the end of each file: a vector, or that it is not a picture.

        With a library on a server, the vectors are written to it, and ``WRITTEN`` comes in their
        place. What ``stop`` came before is None.

        Args:
            found: files and their hashes.
        """
        self._model()
        ends = list(self._decoders.map(self._prepare, found))
        batch = [end for end in ends if isinstance(end, PreparedImage)]
        done = iter(self._keep(self._encode(batch)))
        return [next(done) if isinstance(end, PreparedImage) else end for end in ends]

    def stop(self) -> None:
        """Begin no other picture; what is being decoded or encoded is brought to its end."""
        self._stopping.set()

    def _hash(self, file: ImageFile) -> bytes | UnreadableFile:
        try:
            return digest(file.path)
        except OSError as error:
            return _unread(file, f"The file can't be read: {error.strerror}.")

    def _model(self) -> ImageEmbedder:
        with self._opening:
            if self._embedder is None:
                self._embedder = self._job.load()
            return self._embedder

    def _prepare(
        self, found: tuple[bytes, ImageFile]
    ) -> PreparedImage | IndexedFile | UnreadableFile | None:
        content, file = found
        if self._stopping.is_set():
            return None
        embedder = self._model()
        try:
            picture = self._decoder.read(file.path, request_for(embedder.image_size))
        except AccessError as error:
            return _unread(file, str(error))
        except DecodeError as error:
            return IndexedFile(file, content, error=str(error), decoder=decoder_version())
        finally:
            release(file.path)
        frames = [embedder.prepare(frame) for frame in (picture.image, *picture.more)]
        return PreparedImage(file, content, picture.info, np.concatenate(frames))

    def _encode(self, batch: list[PreparedImage]) -> list[IndexedFile]:
        if not batch:
            return []
        pixels = np.concatenate([item.pixels for item in batch])
        starts = range(0, len(pixels), self._job.batch)
        embed, size = self._model().embed_images, self._job.batch
        with self._encoding:
            rows = np.concatenate([embed(pixels[start : start + size]) for start in starts])
        return finish(batch, rows, decoder_version())

    def _keep(self, done: list[IndexedFile]) -> list[IndexedFile]:
        """Write to a library that allows it; the head writes to any other."""
        if not open_library(self._job.settings).allows_parallel_writers:
            return done
        settled = [item for item in done if _is_settled(item.file)]
        if settled:
            writer = self._open_library(self._model().dim)
            writer.commit(self._job.model_id, settled)
        return [replace(item, vector=WRITTEN) if item in settled else item for item in done]

    def _open_library(self, dim: int) -> StoreWriter:
        with self._opening:
            if self._writer is None:
                library = open_library(self._job.settings)
                store = self._left_open.enter_context(library.open_store())
                writer = self._left_open.enter_context(store.writing(lambda: False))
                assert writer is not None
                writer.register_model(self._job.model_id, dim)
                self._writer = writer
            return self._writer


def _unread(file: ImageFile, reason: str) -> UnreadableFile:
    try:
        with file.path.open("rb"):
            return UnreadableFile(reason, opens=True)
    except OSError:
        return UnreadableFile(reason, opens=False)


def _is_settled(file: ImageFile) -> bool:
    """Whether the file is still what the scan saw; whoever scanned it looks again, and exactly."""
    if isinstance(file.path, RemotePath):
        return True  # As in `Commits.is_settled`.
    try:
        now = file.path.stat()
    except OSError:
        return False
    return now.st_size == file.size and abs(now.st_mtime_ns - file.mtime_ns) < _SLACK_NS
