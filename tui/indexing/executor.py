"""The contract between a pipeline and the executor that hashes, decodes and embeds its files."""

from __future__ import annotations

import sys
import threading
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from tui.indexing.channel import Channel, ChannelAbortedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.core.domain import Cancelled
    from tui.indexing.changes import PendingFile
    from tui.indexing.commit_stage import CommitStage
    from tui.indexing.content_claims import ContentClaims
    from tui.library.base.store import Store, StoreWriter


class StageThreads:
    """The threads of one run; an error in any of them stops all.

    Attributes:
        stopping: set when the run ends early, or has ended.
        errors: the errors that the stages raised, oldest first.
    """

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.errors: list[BaseException] = []
        self._threads: list[threading.Thread] = []
        self._on_stop: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    def start(
        self, name: str, count: int, work: Callable[[], None], after: Callable[[], None]
    ) -> list[threading.Thread]:
        """Run ``work`` in ``count`` threads; the last one to end calls ``after``."""
        running = count

        def target() -> None:
            nonlocal running
            try:
                work()
            except ChannelAbortedError:
                pass
            except BaseException as error:  # `run_pipeline` raises it in the caller's thread.
                self.errors.append(error)
                self.stop()
            with self._lock:
                running -= 1
                is_last = running == 0
            if is_last:
                after()

        threads = [threading.Thread(target=target, name=f"{name}-{n}") for n in range(count)]
        for thread in threads:
            thread.start()
        self._threads.extend(threads)
        return threads

    def on_stop(self, *callbacks: Callable[[], None]) -> None:
        """Register functions that wake waiting stages; they are called when the run stops."""
        with self._lock:
            self._on_stop.extend(callbacks)
            if not self.stopping.is_set():
                return
        for callback in callbacks:
            callback()

    def stop(self) -> None:
        """Ask every stage to end; may be called more than once."""
        with self._lock:
            self.stopping.set()
            callbacks = list(self._on_stop)
        for callback in callbacks:
            callback()

    def join(self) -> None:
        """Wait until all threads have ended."""
        for thread in self._threads:
            thread.join()


@dataclass(frozen=True, slots=True, eq=False)
class IndexRun:
    """The resources of an executor during one run.

    Attributes:
        store: the library.
        writer: of the same library.
        model_id: the model whose vectors are computed.
        decoder_version: recorded with each picture; failed files are retried when it changes.
        batch_size: rows that the model encodes at once.
        claims: decide which contents are embedded, and by which file.
        commits: takes the results.
        pending: new and changed files, while the scan continues; closed after the last one.
        threads: of the run; an executor may add its own.
        resources: closed after all threads have ended.
    """

    store: Store
    writer: StoreWriter
    model_id: str
    decoder_version: str
    batch_size: int
    claims: ContentClaims
    commits: CommitStage
    pending: Channel[PendingFile] = field(default_factory=lambda: Channel(sys.maxsize))
    threads: StageThreads = field(default_factory=StageThreads)
    resources: ExitStack = field(default_factory=ExitStack)

    def stored_digest(self, task: PendingFile) -> bytes | None:
        """Return the hash of a file whose content is in the library; None for any other file."""
        return None if task.content_id is None else self.store.digest(task.content_id)


class Executor(Protocol):
    """Hashes, decodes and embeds the files of a run, on this machine or on others."""

    def process(self, run: IndexRun, tick: Cancelled) -> bool:
        """Take every pending file to the commit stage.

        Args:
            run: the channels and stages to use.
            tick: call it in the caller's thread, several times a second; True means stop.

        Returns:
            Whether all files were processed; False if ``tick`` stopped it.

        Raises:
            ChannelAbortedError: a stage has failed, or the run stops.
            PhotoseekError: the files can't be processed; so does any error of the model.
        """
        ...
