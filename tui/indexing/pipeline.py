"""The stages of an indexing run: survey, hash, decode, encode, commit, each in threads of its own.

    survey -> hash -> decode and prepare -> collate and encode -> commit
    1         2       one a core            the caller's thread   1

Objects in storage are fetched where files are hashed, by 16 threads, into the ``download_cache``.

Between two stages lies a bounded channel, so that a stage works ahead of the next one and never
without end. What is in memory at one time, whatever the pictures' sizes:

* waiting for the hash: the files that the scan found, about half a KiB each, no pictures;
* being decoded: at most ``Decoder.budget`` for all threads together;
* decoded and shrunk, being prepared: one picture a decode thread, a few times the model's side;
* prepared: at most two batches waiting and one being encoded, ``image_size ** 2 * 3`` bytes a
  picture, four times that for an animation.

The model is loaded by the caller's thread when the first new picture has shown that it can be
read. Whatever happens, what has been encoded is committed if the library still takes it.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tui.core.domain import DecodeError
from tui.images.decode_types import DecodeRequest
from tui.images.decoder import AccessError, Decoder, request_for
from tui.indexing.channel import Channel, ChannelAbortedError
from tui.indexing.commit_stage import COMMIT_FILES, TICK_SECONDS, CommitStage
from tui.indexing.content_claims import ContentClaims
from tui.indexing.embed_stage import EmbedStage, PreparedImage
from tui.library.base.records import IndexedFile
from tui.storage.hashing import digest
from tui.storage.objects.download_cache import fetch_ahead, release
from tui.storage.objects.path import RemotePath

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tui.core.domain import Cancelled, ImageEmbedder, ImageFile
    from tui.images.decode_types import DecodedImage
    from tui.indexing.changes import FolderChanges, PendingFile
    from tui.indexing.progress import ProgressCounter
    from tui.library.base.store import Store, StoreWriter

_HASH_THREADS = 2
_CLAIMS = 32
_CLAIM_SECONDS = 0.05
"""So many files are asked for at once, unless it takes longer than that to hash them."""

_FETCH_THREADS = 16
"""Where objects are fetched from storage, which keeps one waiting and serves many at once."""

_NO_LIMIT = 1 << 62
_PROBE = DecodeRequest(1, 1, cover=True)


@dataclass(frozen=True, slots=True)
class PipelineOptions:
    """How the work is cut: decode threads, and pictures a batch."""

    threads: int
    batch: int


class Pipeline:
    """One run; ``run`` may be called once.

    Args:
        store: the library.
        writer: of the same library.
        model_id: whose vectors are wanted.
        load: gives that model.
        decoder_version: what decides which files can be read.
        knobs: how the work is cut.
        tally: counts.
        on_commit: called after each commit, in a thread of the run, with what says whether the
            run is to stop; what it does may take its time.
    """

    def __init__(
        self,
        store: Store,
        writer: StoreWriter,
        *,
        model_id: str,
        load: Callable[[], ImageEmbedder],
        decoder_version: str,
        knobs: PipelineOptions,
        tally: ProgressCounter,
        on_commit: Callable[[Cancelled], object],
    ) -> None:
        self._store = store
        self._writer = writer
        self._model_id = model_id
        self._load = load
        self._decoder_version = decoder_version
        self._knobs = knobs
        self._tally = tally
        self._ledger = ContentClaims(store, model_id, decoder_version)
        self._decoder = Decoder()
        self._to_hash: Channel[PendingFile] = Channel(_NO_LIMIT)
        self._to_decode: Channel[tuple[bytes, ImageFile]] = Channel(COMMIT_FILES)
        self._batches = EmbedStage(
            self._load_model, size=knobs.batch, decoder_version=decoder_version
        )
        self._commits = CommitStage(
            writer, model_id, ledger=self._ledger, tally=tally, on_commit=on_commit
        )
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._errors: list[BaseException] = []
        self._threads: list[threading.Thread] = []

    def run(self, surveys: Iterable[FolderChanges], tick: Cancelled) -> bool:
        """Do all the work that the surveys give.

        Args:
            surveys: one a folder.
            tick: called several times a second; True means stop.

        Returns:
            Whether all was done; False if ``tick`` stopped it.

        Raises:
            PhotoseekError, or anything that the embedder raises; what was encoded is committed.
        """
        surveys = list(surveys)
        remote = any(isinstance(survey.place.root, RemotePath) for survey in surveys)
        readers = _FETCH_THREADS if remote else _HASH_THREADS
        self._start("survey", 1, lambda: self._survey(surveys), self._to_hash.close)
        self._start("hash", readers, self._hash, self._to_decode.close)
        self._start("decode", self._knobs.threads, self._decode, self._batches.close)
        (committing,) = self._start("commit", 1, self._commits.run, lambda: None)
        try:
            done = self._encode(tick)
            self._commits.close()
            while committing.is_alive():
                if tick() or not done:
                    done = False
                    self._stop()
                committing.join(TICK_SECONDS)
        except ChannelAbortedError:
            done = False  # A stage failed; its error is raised below.
        finally:
            self._stop()
            for thread in self._threads:
                thread.join()
            self._decoder.close()
        if self._errors:
            raise self._errors[0]
        return done

    # --- threads ------------------------------------------------------------------------------

    def _start(
        self, name: str, count: int, work: Callable[[], None], after: Callable[[], None]
    ) -> list[threading.Thread]:
        """Run ``work`` in ``count`` threads; the last one to end calls ``after``."""
        left = [count]

        def target() -> None:
            try:
                work()
            except ChannelAbortedError:
                pass
            except BaseException as error:  # Whatever it is, the caller's thread raises it.
                self._errors.append(error)
                self._stop()
            with self._lock:
                left[0] -= 1
                is_last = left[0] == 0
            if is_last:
                after()

        threads = [threading.Thread(target=target, name=f"{name}-{n}") for n in range(count)]
        for thread in threads:
            thread.start()
        self._threads.extend(threads)
        return threads

    def _stop(self) -> None:
        """Let every stage end: those before the commit at once, that one after what it has."""
        self._stopping.set()
        self._to_hash.abort()
        self._to_decode.abort()
        self._batches.abort()
        self._commits.stop()

    # --- stages -------------------------------------------------------------------------------

    def _survey(self, surveys: Iterable[FolderChanges]) -> None:
        for survey in surveys:
            for task in survey.tasks(self._stopping.is_set):
                self._to_hash.put(task)
                self._tally.found()
            if self._stopping.is_set():
                return  # A part of the files was looked at: the others are not removed.
            removed = self._writer.remove_files(survey.vanished) if survey.vanished else 0
            if survey.mounts is not None:
                survey.mounts.keep(self._writer)
            if survey.place.deep or survey.missing:
                self._writer.set_available(survey.place.start, survey.missing)
            self._tally.surveyed(survey.unchanged, removed, survey.failures)
        self._tally.scan_ended()

    def _hash(self) -> None:
        """Hash files, and ask of some at once whether they are known: a server is not near."""
        hashed: list[tuple[bytes, PendingFile]] = []
        give_up = 0.0
        while (task := self._to_hash.get(0 if hashed else None)) is not None or hashed:
            if task is not None and (found := self._digest(task)) is not None:
                give_up = give_up if hashed else time.monotonic() + _CLAIM_SECONDS
                hashed.append((found, task))
            if task is None or len(hashed) >= _CLAIMS or time.monotonic() > give_up:
                self._claim(hashed)
                hashed.clear()

    def _digest(self, task: PendingFile) -> bytes | None:
        try:
            return self._known_digest(task) or digest(task.file.path)
        except OSError as error:
            self._commits.give_up(task.file, f"The file can't be read: {error.strerror}.")
            return None

    def _known_digest(self, task: PendingFile) -> bytes | None:
        return None if task.content_id is None else self._store.digest(task.content_id)

    def _claim(self, hashed: Sequence[tuple[bytes, PendingFile]]) -> None:
        """Have files embedded, or commit what is known of them; the others wait for these."""
        claims = self._ledger.claim_all([(found, task.file) for found, task in hashed])
        for (found, task), claim in zip(hashed, claims, strict=True):
            if claim.embed:
                if task.content_id is not None:
                    fetch_ahead(task.file.path)
                self._to_decode.put((found, task.file))
                continue
            release(task.file.path)
            if claim.known is not None and self._commits.is_settled(task.file):
                self._commits.put(claim.known)

    def _decode(self) -> None:
        for found, first in self._to_decode:
            file: ImageFile | None = first
            while file is not None:
                done = self._decode_one(found, file)
                release(file.path)
                file = None if done else self._ledger.hand_on(found)

    def _decode_one(self, found: bytes, file: ImageFile) -> bool:
        """Decode and prepare; return False where the next file of these bytes has to be tried."""
        try:
            embedder, picture = self._read(file)
        except AccessError as error:
            self._commits.give_up(file, str(error))
            return False
        except DecodeError as error:
            if not self._commits.is_settled(file):
                return False
            version = self._decoder_version
            self._commits.put(IndexedFile(file, found, error=str(error), decoder=version))
            return True
        if not self._commits.is_settled(file):
            return False
        frames = [embedder.prepare(frame) for frame in (picture.image, *picture.more)]
        self._batches.put(PreparedImage(file, found, picture.info, np.concatenate(frames)))
        return True

    def _read(self, file: ImageFile) -> tuple[ImageEmbedder, DecodedImage]:
        if not self._batches.has_model:
            self._decoder.read(file.path, _PROBE)  # What can't be read needs no model.
        embedder = self._batches.model()
        return embedder, self._decoder.read(file.path, request_for(embedder.image_size))

    def _encode(self, tick: Cancelled) -> bool:
        """Encode batch by batch in the caller's thread; return False where ``tick`` said stop."""
        while not self._batches.finished:
            if tick():
                return False
            batch = self._batches.collate()
            if batch:
                if not self._commits.make_room(len(batch), tick):
                    return False
                if not self._commits.hand_over(self._batches.embed(batch), tick):
                    return False
        return True

    def _load_model(self) -> ImageEmbedder:
        embedder = self._load()
        self._writer.register_model(self._model_id, embedder.dim)
        return embedder
