"""Hashing, decoding and embedding in threads of this process.

    hash -> decode and prepare -> collate and encode
    2       one a core            the caller's thread

Sixteen threads hash if some files are in object storage, which serves many requests at once; they
download each object into the ``download_cache``.

The caller's thread loads the model when the first new picture has proved readable, so a run
without new pictures never loads it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tui.core.errors import DecodeError
from tui.images.decode_types import DecodeRequest
from tui.images.decoder import Decoder, request_for
from tui.images.errors import AccessError
from tui.indexing.channel import Channel
from tui.indexing.commit_stage import COMMIT_FILES
from tui.indexing.embed_stage import EmbedStage, prepare_image
from tui.library.base.records import IndexedFile
from tui.storage.hashing import digest
from tui.storage.objects.download_cache import fetch_ahead, release

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tui.core.domain import Cancelled, ImageEmbedder, ImageFile
    from tui.images.decode_types import DecodedImage
    from tui.indexing.changes import PendingFile
    from tui.indexing.executor import IndexRun

_HASH_THREADS = 2
_DOWNLOAD_THREADS = 16

_CLAIMS = 32
_CLAIM_SECONDS = 0.05
"""A group is claimed when it has ``_CLAIMS`` files, or after this time."""

_PROBE = DecodeRequest(1, 1, cover=True)


class LocalExecutor:
    """Processes runs in this process.

    Args:
        load: loads the model.
        threads: decode threads.
        has_remote_files: some files are in object storage.
    """

    def __init__(
        self, load: Callable[[], ImageEmbedder], *, threads: int, has_remote_files: bool = False
    ) -> None:
        self._load = load
        self._decode_threads = threads
        self._hash_threads = _DOWNLOAD_THREADS if has_remote_files else _HASH_THREADS

    def process(self, run: IndexRun, tick: Cancelled) -> bool:
        """Process all files; see ``Executor``."""
        stages = _LocalStages(run, self._load)
        run.threads.start("hash", self._hash_threads, stages.hash, stages.decode_queue.close)
        run.threads.start("decode", self._decode_threads, stages.decode, stages.embed_stage.close)
        return stages.embed(tick)


class _LocalStages:
    """The stages of one run."""

    def __init__(self, run: IndexRun, load: Callable[[], ImageEmbedder]) -> None:
        self._run = run
        self._load = load
        self._commits = run.commits
        self._decoder = Decoder()
        self.decode_queue: Channel[tuple[bytes, ImageFile]] = Channel(COMMIT_FILES)
        self.embed_stage = EmbedStage(
            self._load_model, size=run.batch_size, decoder_version=run.decoder_version
        )
        run.resources.callback(self._decoder.close)
        run.threads.on_stop(self.decode_queue.abort, self.embed_stage.abort)

    def hash(self) -> None:
        """Hash files and claim them in groups, since the library may be on a server."""
        hashed: list[tuple[bytes, PendingFile]] = []
        claim_time = 0.0
        while (task := self._run.pending.get(0 if hashed else None)) is not None or hashed:
            if task is not None and (content := self._digest(task)) is not None:
                claim_time = claim_time if hashed else time.monotonic() + _CLAIM_SECONDS
                hashed.append((content, task))
            if task is None or len(hashed) >= _CLAIMS or time.monotonic() > claim_time:
                self._claim(hashed)
                hashed.clear()

    def _digest(self, task: PendingFile) -> bytes | None:
        try:
            return self._run.stored_digest(task) or digest(task.file.path)
        except OSError as error:
            self._commits.fail(task.file, f"The file can't be read: {error.strerror}.")
            return None

    def _claim(self, hashed: Sequence[tuple[bytes, PendingFile]]) -> None:
        """Queue files to decode, and commit those whose content the library has."""
        claims = self._run.claims.claim([(content, task.file) for content, task in hashed])
        for (content, task), claim in zip(hashed, claims, strict=True):
            if claim.embed:
                if task.content_id is not None:
                    fetch_ahead(task.file.path)
                self.decode_queue.put((content, task.file))
                continue
            release(task.file.path)
            if claim.reused is not None and self._commits.is_unchanged(task.file):
                self._commits.put(claim.reused)

    def decode(self) -> None:
        """Decode each content from the first of its files that can be used."""
        for content, first in self.decode_queue:
            file: ImageFile | None = first
            while file is not None:
                is_done = self._decode_one(content, file)
                release(file.path)
                file = None if is_done else self._run.claims.pass_to_next_file(content)

    def _decode_one(self, content: bytes, file: ImageFile) -> bool:
        """Decode and prepare; return False if another file with these bytes must be tried."""
        try:
            embedder, image = self._read(file)
        except AccessError as error:
            self._commits.fail(file, str(error))
            return False
        except DecodeError as error:
            if not self._commits.is_unchanged(file):
                return False
            version = self._run.decoder_version
            self._commits.put(IndexedFile(file, content, error=str(error), decoder=version))
            return True
        if not self._commits.is_unchanged(file):
            return False
        self.embed_stage.put(prepare_image(file, content, image, embedder))
        return True

    def _read(self, file: ImageFile) -> tuple[ImageEmbedder, DecodedImage]:
        if not self.embed_stage.has_model:
            self._decoder.read(file.path, _PROBE)  # An unreadable file does not need the model.
        embedder = self.embed_stage.model()
        return embedder, self._decoder.read(file.path, request_for(embedder.image_size))

    def embed(self, tick: Cancelled) -> bool:
        """Embed batch by batch in the caller's thread; return False if ``tick`` stopped it."""
        while not self.embed_stage.finished:
            if tick():
                return False
            batch = self.embed_stage.collate()
            if batch:
                if not self._commits.reserve(len(batch), tick):
                    return False
                if not self._commits.submit(self.embed_stage.embed(batch), tick):
                    return False
        return True

    def _load_model(self) -> ImageEmbedder:
        embedder = self._load()
        self._run.writer.register_model(self._run.model_id, embedder.dim)
        return embedder
