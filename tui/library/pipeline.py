"""The stages of an indexing run: survey, hash, decode, encode, commit, each in threads of its own.

    survey -> hash -> decode and prepare -> collate and encode -> commit
    1         2       one a core            the caller's thread   1

Between two stages lies a bounded channel, so that a stage works ahead of the next one and never
without end. What is in memory at one time, whatever the pictures' sizes:

* waiting for the hash: the files that the scan found, about half a KiB each, no pictures;
* being decoded: at most ``Decoder.budget`` for all threads together;
* decoded and shrunk, being prepared: one picture a decode thread, a few times the model's side;
* prepared: at most two batches waiting and one being encoded, ``image_size ** 2 * 3`` bytes a
  picture, four times that for an animation.

The model is loaded by the caller's thread when the first picture needs it, hence never in a run
that finds nothing new. Whatever happens, what has been encoded is committed if the catalog still
takes it.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tui.domain import DecodeError
from tui.library.channel import Channel, ChannelAbortedError
from tui.library.decode import FRAMES, AccessError, Decoder
from tui.library.decode_core import Wanted
from tui.library.hashing import digest
from tui.library.ledger import Ledger
from tui.library.records import IndexedFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tui.domain import ImageEmbedder, ImageFile, PictureInfo, Pixels
    from tui.library.catalog import Catalog
    from tui.library.catalog_write import CatalogWriter
    from tui.library.survey import Survey, Task
    from tui.library.tally import Tally

COMMIT_FILES = 64
"""A commit has at most so many files, and so many vectors at most are made and not committed."""

_HASH_THREADS = 2
_LINGER_SECONDS = 1.0
"""How long a batch waits to be full; encoding many at once is what makes a batch worth while."""

_TICK_SECONDS = 0.1
_NO_LIMIT = 1 << 62


@dataclass(frozen=True, slots=True)
class Knobs:
    """How the work is cut: decode threads, and pictures a batch."""

    threads: int
    batch: int


@dataclass(frozen=True, slots=True, eq=False)
class _Prepared:
    file: ImageFile
    digest: bytes
    info: PictureInfo
    pixels: Pixels


class _ModelWanted:
    """In the place of a picture: the first one is ready to be prepared."""


class Pipeline:
    """One run; ``run`` may be called once."""

    def __init__(
        self,
        catalog: Catalog,
        writer: CatalogWriter,
        *,
        model_id: str,
        load: Callable[[], ImageEmbedder],
        decoder_version: str,
        knobs: Knobs,
        tally: Tally,
        on_commit: Callable[[], object],
    ) -> None:
        self._catalog = catalog
        self._writer = writer
        self._model_id = model_id
        self._load = load
        self._decoder_version = decoder_version
        self._knobs = knobs
        self._tally = tally
        self._on_commit = on_commit
        self._ledger = Ledger(catalog, model_id, decoder_version)
        self._decoder = Decoder()
        self._to_hash: Channel[Task] = Channel(_NO_LIMIT)
        self._to_decode: Channel[tuple[bytes, ImageFile]] = Channel(COMMIT_FILES)
        self._to_encode: Channel[_Prepared | _ModelWanted] = Channel(2 * knobs.batch)
        self._to_commit: Channel[list[IndexedFile]] = Channel(COMMIT_FILES)
        self._embedder: ImageEmbedder | None = None
        self._model_is_there = threading.Event()
        self._model_was_asked_for = False
        self._uncommitted = 0
        self._commits = threading.Condition()
        self._lock = threading.Lock()
        self._errors: list[BaseException] = []
        self._threads: list[threading.Thread] = []

    def run(self, surveys: Iterable[Survey], tick: Callable[[], bool]) -> bool:
        """Do all the work that the surveys give.

        Args:
            surveys: one a folder.
            tick: called several times a second; True means stop.

        Returns:
            Whether all was done; False if ``tick`` stopped it.

        Raises:
            PhotoseekError, or anything that the embedder raises; what was encoded is committed.
        """
        self._start("survey", 1, lambda: self._survey(surveys), self._to_hash.close)
        self._start("hash", _HASH_THREADS, self._hash, self._to_decode.close)
        self._start("decode", self._knobs.threads, self._decode, self._to_encode.close)
        committing = self._start("commit", 1, self._commit, lambda: None)
        try:
            done = self._encode(tick)
            if done:
                self._to_commit.close()
            else:
                self._stop()
            while any(thread.is_alive() for thread in committing):
                tick()
                committing[0].join(_TICK_SECONDS)
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
        self._model_is_there.set()
        for channel in (self._to_hash, self._to_decode, self._to_encode):
            channel.abort()
        self._to_commit.close()

    # --- stages -------------------------------------------------------------------------------

    def _survey(self, surveys: Iterable[Survey]) -> None:
        for survey in surveys:
            for task in survey:
                self._to_hash.put(task)
                self._tally.found()
            removed = self._writer.remove_files(survey.vanished) if survey.vanished else 0
            if survey.place.deep or survey.missing:
                self._writer.set_available(survey.place.start, survey.missing)
            self._tally.surveyed(survey.unchanged, removed, survey.failures)
        self._tally.scan_ended()

    def _hash(self) -> None:
        for task in self._to_hash:
            try:
                known = task.content_id and self._catalog.digest(task.content_id)
                found = known or digest(task.file.path)
            except OSError as error:
                self._give_up(task.file, f"The file can't be read: {error.strerror}.")
                continue
            claim = self._ledger.claim(found, task.file)
            if claim.embed:
                self._to_decode.put((found, task.file))
            elif claim.known is not None and self._is_settled(task.file):
                self._to_commit.put([claim.known])

    def _decode(self) -> None:
        for found, first in self._to_decode:
            file: ImageFile | None = first
            while file is not None and not self._decode_one(found, file):
                file = self._ledger.hand_on(found)

    def _decode_one(self, found: bytes, file: ImageFile) -> bool:
        """Decode and prepare; return False where the next file of these bytes has to be tried."""
        embedder = self._model()
        side = 2 * embedder.image_size
        try:
            picture = self._decoder.read(file.path, Wanted(side, side, cover=True, frames=FRAMES))
        except AccessError as error:
            self._give_up(file, str(error))
            return False
        except DecodeError as error:
            if not self._is_settled(file):
                return False
            failed = IndexedFile(file, found, error=str(error), decoder=self._decoder_version)
            self._to_commit.put([failed])
            return True
        if not self._is_settled(file):
            return False
        frames = [embedder.prepare(frame) for frame in (picture.image, *picture.more)]
        self._to_encode.put(_Prepared(file, found, picture.info, np.concatenate(frames)))
        return True

    def _encode(self, tick: Callable[[], bool]) -> bool:
        """Encode batch by batch in the caller's thread; return False where ``tick`` said stop."""
        while not self._to_encode.finished:
            if tick():
                return False
            batch = self._collate()
            if batch:
                self._await_commits(len(batch))
                self._to_commit.put(self._embed(batch))
        return True

    def _commit(self) -> None:
        try:
            self._commit_all()
        except BaseException:
            self._to_commit.abort()  # Nobody must wait for room in it, or for a commit.
            raise
        finally:
            with self._commits:
                self._uncommitted = 0
                self._commits.notify_all()

    def _commit_all(self) -> None:
        """Commit what there is, while the next is being made: one commit has many files or few."""
        pending: list[IndexedFile] = []
        while pending or not self._to_commit.finished:
            more = self._to_commit.get(0 if pending else _TICK_SECONDS)
            pending.extend(more or ())
            if pending and (more is None or len(pending) >= COMMIT_FILES):
                batch, pending = pending[:COMMIT_FILES], pending[COMMIT_FILES:]
                pending.extend(self._commit_batch(batch))

    # --- steps --------------------------------------------------------------------------------

    def _commit_batch(self, batch: list[IndexedFile]) -> list[IndexedFile]:
        """Commit; return the files that waited for these bytes, to be committed next."""
        self._writer.commit(self._model_id, batch)
        self._tally.committed(batch)
        with self._commits:
            self._uncommitted -= sum(item.vector is not None for item in batch)
            self._commits.notify_all()
        self._on_commit()
        return [
            IndexedFile(file, item.digest, error=item.error, decoder=item.decoder)
            for item in batch
            if item.digest is not None
            for file in self._ledger.settle(item.digest)
            if self._is_settled(file)
        ]

    def _await_commits(self, more: int) -> None:
        """Wait until ``more`` vectors may be made: a kill must not lose over ``COMMIT_FILES``."""
        with self._commits:
            self._commits.wait_for(
                lambda: not self._uncommitted or self._uncommitted + more <= COMMIT_FILES
            )
            self._uncommitted += more

    def _collate(self) -> list[_Prepared]:
        """Return a batch, empty where nothing came for a moment."""
        batch: list[_Prepared] = []
        rows, deadline = 0, 0.0
        while rows < self._knobs.batch:
            wait = deadline - time.monotonic() if batch else _TICK_SECONDS
            item = self._to_encode.get(max(0.0, wait))
            if isinstance(item, _ModelWanted):
                self._load_model()
            elif item is not None:
                deadline = deadline if batch else time.monotonic() + _LINGER_SECONDS
                batch.append(item)
                rows += len(item.pixels)
            else:
                break
        return batch

    def _embed(self, batch: list[_Prepared]) -> list[IndexedFile]:
        """Give each picture one unit vector; that of an animation is the mean of its frames."""
        assert self._embedder is not None
        rows = self._embedder.embed_images(np.concatenate([item.pixels for item in batch]))
        done = []
        for item in batch:
            frames, rows = rows[: len(item.pixels)], rows[len(item.pixels) :]
            mean = frames.mean(axis=0)
            vector = mean / max(float(np.linalg.norm(mean)), 1e-12)
            done.append(
                IndexedFile(
                    item.file, item.digest, item.info, vector, decoder=self._decoder_version
                )
            )
        return done

    def _model(self) -> ImageEmbedder:
        """Return the model; ask the caller's thread for it and wait, the first time."""
        if not self._model_is_there.is_set():
            with self._lock:
                ask, self._model_was_asked_for = not self._model_was_asked_for, True
            if ask:
                self._to_encode.put(_ModelWanted())
            self._model_is_there.wait()
        if self._embedder is None:
            raise ChannelAbortedError
        return self._embedder

    def _load_model(self) -> None:
        embedder = self._load()
        self._writer.register_model(self._model_id, embedder.dim)
        self._embedder = embedder
        self._model_is_there.set()

    def _give_up(self, file: ImageFile, reason: str) -> None:
        """Commit that a file can't be read, unless it has gone or changed meanwhile."""
        if self._is_settled(file):
            self._to_commit.put([IndexedFile(file, error=reason)])

    def _is_settled(self, file: ImageFile) -> bool:
        """Whether the file is still what the scan saw; a file being written is not."""
        try:
            now = file.path.stat()
        except OSError:
            self._tally.left(gone=True)
            return False
        same = (now.st_size, now.st_mtime_ns) == (file.size, file.mtime_ns)
        if not same:
            self._tally.left(gone=False)
        return same
