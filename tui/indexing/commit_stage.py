"""The last stage of an indexing run: what is known of files goes into the library."""

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
"""A commit has at most so many files, and so many vectors at most are made and not committed."""

TICK_SECONDS = 0.1
"""How long a stage waits before it looks whether it is to stop."""


class CommitStage:
    """Takes files from any thread; ``run`` commits them, in a thread of its own.

    Args:
        writer: of the library.
        model_id: whose vectors the files bring.
        ledger: knows which files wait for the bytes of others.
        tally: counts.
        on_commit: called after each commit with what says whether the run is to stop.
    """

    def __init__(
        self,
        writer: StoreWriter,
        model_id: str,
        *,
        ledger: ContentClaims,
        tally: ProgressCounter,
        on_commit: Callable[[Cancelled], object],
    ) -> None:
        self._writer = writer
        self._model_id = model_id
        self._ledger = ledger
        self._tally = tally
        self._on_commit = on_commit
        self._waiting: Channel[Sequence[IndexedFile]] = Channel(COMMIT_FILES)
        self._uncommitted = 0
        self._changed = threading.Condition()
        self._stopping = threading.Event()

    def put(self, *items: IndexedFile) -> None:
        """Hand files over, when there is room.

        Raises:
            ChannelAbortedError: committing has failed.
        """
        self._waiting.put(items)

    def hand_over(self, items: Sequence[IndexedFile], tick: Cancelled) -> bool:
        """Hand files over, and call ``tick`` several times a second while there is no room.

        Returns False where ``tick`` said stop: what follows the commit under way is then cut
        short, and the files are committed all the same.

        Raises:
            ChannelAbortedError: committing has failed.
        """
        while not self._waiting.offer(items, TICK_SECONDS):
            if tick():
                self._stopping.set()
                self._waiting.put(items)
                return False
        return True

    def give_up(self, file: ImageFile, reason: str) -> None:
        """Commit that a file can't be read, unless it has gone or changed meanwhile."""
        if self._is_as_seen(file):
            self.put(IndexedFile(file, error=reason))

    def is_settled(self, file: ImageFile) -> bool:
        """Whether the file is still what the scan saw; a file being written is not.

        An object in storage is there as a whole or not at all, so that what was read is settled:
        if it was newer than what the scan saw, the next scan sees a change.
        """
        return isinstance(file.path, RemotePath) or self._is_as_seen(file)

    def _is_as_seen(self, file: ImageFile) -> bool:
        try:
            now = file.path.stat()
        except OSError:
            self._tally.left(gone=True)
            return False
        same = (now.st_size, now.st_mtime_ns) == (file.size, file.mtime_ns)
        if not same:
            self._tally.left(gone=False)
        return same

    def make_room(self, vectors: int, stopped: Cancelled) -> bool:
        """Wait until so many vectors may be made: a kill must not lose over ``COMMIT_FILES``.

        Returns False where ``stopped``, asked several times a second, said so meanwhile.
        """
        with self._changed:
            while self._uncommitted and self._uncommitted + vectors > COMMIT_FILES:
                if stopped():
                    return False
                self._changed.wait(TICK_SECONDS)
            self._uncommitted += vectors
        return True

    def close(self) -> None:
        """Say that nothing comes any more."""
        self._waiting.close()

    def stop(self) -> None:
        """Say that nothing comes any more, and that what follows a commit is to be cut short."""
        self._stopping.set()
        self._waiting.close()

    def run(self) -> None:
        """Commit until there is nothing more to come."""
        try:
            self._commit_all()
        except BaseException:
            self._waiting.abort()  # Nobody must wait for room in it, or for a commit.
            raise
        finally:
            with self._changed:
                self._uncommitted = 0
                self._changed.notify_all()

    def _commit_all(self) -> None:
        """Commit what there is, while the next is being made: one commit has many files or few."""
        pending: list[IndexedFile] = []
        while pending or not self._waiting.finished:
            more = self._waiting.get(0 if pending else TICK_SECONDS)
            pending.extend(more or ())
            if pending and (more is None or len(pending) >= COMMIT_FILES):
                batch, pending = pending[:COMMIT_FILES], pending[COMMIT_FILES:]
                pending.extend(self._commit(batch))

    def _commit(self, batch: list[IndexedFile]) -> list[IndexedFile]:
        """Commit; return the files that waited for these bytes, to be committed next."""
        self._writer.commit(self._model_id, batch)
        self._tally.committed(batch)
        with self._changed:
            self._uncommitted -= sum(item.vector is not None for item in batch)
            self._changed.notify_all()
        self._on_commit(self._stopping.is_set)
        return [
            IndexedFile(file, item.digest, error=item.error, decoder=item.decoder)
            for item in batch
            if item.digest is not None
            for file in self._ledger.settle(item.digest)
            if self.is_settled(file)
        ]
