"""The last stage of an indexing run: write the results to the library."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from tui.indexing.channel import Channel
from tui.library.base.records import IndexedFile
from tui.storage.objects.path import RemotePath

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tui.core.domain import Cancelled, ImageFile
    from tui.indexing.content_claims import ContentClaims
    from tui.indexing.progress import ProgressCounter
    from tui.library.base.store import StoreWriter

COMMIT_FILES = 64
"""The most files in a commit, and the most vectors that are computed but not yet committed."""

TICK_SECONDS = 0.1
"""Seconds that a stage waits before it checks whether the run stops."""


class CommitStage:
    """Accepts results from any thread; ``run`` commits them in a thread of its own.

    Args:
        writer: of the library.
        model_id: the model of the vectors.
        claims: the files that wait for each content.
        progress: counts the files.
        on_commit: called after each commit with a function that returns whether the run stops.
    """

    def __init__(
        self,
        writer: StoreWriter,
        model_id: str,
        *,
        claims: ContentClaims,
        progress: ProgressCounter,
        on_commit: Callable[[Cancelled], object],
    ) -> None:
        self._writer = writer
        self._model_id = model_id
        self._claims = claims
        self._progress = progress
        self._on_commit = on_commit
        self._queue: Channel[Sequence[IndexedFile]] = Channel(COMMIT_FILES)
        self._uncommitted = 0
        self._changed = threading.Condition()
        self._stopping = threading.Event()

    def put(self, *items: IndexedFile) -> None:
        """Queue results; wait while the queue is full.

        Raises:
            ChannelAbortedError: a commit has failed.
        """
        self._queue.put(items)

    def submit(self, items: Sequence[IndexedFile], tick: Cancelled) -> bool:
        """Queue results; call ``tick`` several times a second while the queue is full.

        Returns False if ``tick`` stopped it: the results are still committed, but ``on_commit`` is
        cut short.

        Raises:
            ChannelAbortedError: a commit has failed.
        """
        while not self._queue.offer(items, TICK_SECONDS):
            if tick():
                self._stopping.set()
                self._queue.put(items)
                return False
        return True

    def fail(self, file: ImageFile, reason: str) -> None:
        """Queue the failure of an unreadable file, unless the file was deleted or changed."""
        if self._matches_scan(file):
            self.put(IndexedFile(file, error=reason))

    def is_unchanged(self, file: ImageFile) -> bool:
        """Whether the file is still as the scan recorded it; a file being written is not.

        An object in storage appears complete or not at all, so it always counts as unchanged: the
        next scan detects a newer version.
        """
        return isinstance(file.path, RemotePath) or self._matches_scan(file)

    def _matches_scan(self, file: ImageFile) -> bool:
        try:
            status = file.path.stat()
        except OSError:
            self._progress.skip(is_deleted=True)
            return False
        is_same = (status.st_size, status.st_mtime_ns) == (file.size, file.mtime_ns)
        if not is_same:
            self._progress.skip(is_deleted=False)
        return is_same

    def reserve(self, vectors: int, tick: Cancelled) -> bool:
        """Wait until this many more vectors may be computed.

        A killed process thus loses at most ``COMMIT_FILES`` vectors. Returns False if ``tick``,
        called several times a second, stopped it.
        """
        with self._changed:
            while self._uncommitted and self._uncommitted + vectors > COMMIT_FILES:
                if tick():
                    return False
                self._changed.wait(TICK_SECONDS)
            self._uncommitted += vectors
        return True

    def close(self) -> None:
        """Accept no more results."""
        self._queue.close()

    def stop(self) -> None:
        """Accept no more results, and cut ``on_commit`` short."""
        self._stopping.set()
        self._queue.close()

    def run(self) -> None:
        """Commit until the queue is closed and empty."""
        try:
            self._commit_all()
        except BaseException:
            self._queue.abort()  # Other threads must not wait for space, or for a commit.
            raise
        finally:
            with self._changed:
                self._uncommitted = 0
                self._changed.notify_all()

    def _commit_all(self) -> None:
        """Commit the queued results, few or many, while the earlier stages work."""
        pending: list[IndexedFile] = []
        while pending or not self._queue.finished:
            items = self._queue.get(0 if pending else TICK_SECONDS)
            pending.extend(items or ())
            if pending and (items is None or len(pending) >= COMMIT_FILES):
                batch, pending = pending[:COMMIT_FILES], pending[COMMIT_FILES:]
                pending.extend(self._commit(batch))

    def _commit(self, batch: list[IndexedFile]) -> list[IndexedFile]:
        """Commit a batch; return the results of the files that waited for its contents."""
        self._writer.commit(self._model_id, batch)
        self._progress.add_committed(batch)
        with self._changed:
            self._uncommitted -= sum(item.vector is not None for item in batch)
            self._changed.notify_all()
        self._on_commit(self._stopping.is_set)
        return [
            IndexedFile(file, item.digest, error=item.error, decoder=item.decoder)
            for item in batch
            if item.digest is not None
            for file in self._claims.mark_committed(item.digest)
            if self.is_unchanged(file)
        ]
