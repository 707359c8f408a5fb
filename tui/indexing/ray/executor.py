"""Hashing, decoding and embedding on the workers of a Ray cluster.

    compare -> hash    -> claim  -> decode and encode -> commit
    driver     workers    driver    workers              driver; workers with a library on a server

Actors rather than Ray Data: the driver decides between two stages whether a file is embedded,
against all contents in flight, and files arrive while the scan continues.

At most a few batches a worker are in flight, so that nothing piles up. A worker embeds the files
that it hashed while it has time, since its host may still have them in memory.
"""

from __future__ import annotations

import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from tui import __version__
from tui.core.errors import ClusterError
from tui.indexing.commit_stage import TICK_SECONDS
from tui.indexing.ray.results import ResultHandler
from tui.indexing.ray.worker import EMBED_CALLS, HASH_CALLS, UnreadableFile
from tui.indexing.ray.worker_pool import Call, WorkerLost

if TYPE_CHECKING:
    from tui.core.domain import Cancelled
    from tui.indexing.changes import PendingFile
    from tui.indexing.executor import IndexRun
    from tui.indexing.ray.worker_pool import WorkerHandle, WorkerPool

_AHEAD = 4
"""The most batches that a worker has hashed but not begun to embed."""

_TRIES = 2
"""The most workers that may be lost during the same call."""

_CHECK_THREADS = 8
"""Threads that check whether files have changed since the scan."""

_START_SECONDS = 120.0
"""How long the driver waits for the first worker."""

_STOP_SECONDS = 30.0
"""How long a stopped run waits for the batches in flight."""


class RayExecutor:
    """Processes runs on the workers of a pool, each of which loads the model itself."""

    def __init__(self, pool: WorkerPool) -> None:
        self._pool = pool

    def process(self, run: IndexRun, tick: Cancelled) -> bool:
        """Process all files, as ``Executor`` describes.

        Raises:
            ClusterError: the cluster or its workers are unavailable.
        """
        with ThreadPoolExecutor(_CHECK_THREADS, "check") as checks:
            results = ResultHandler(run, checks, tick)
            return _Driver(run, self._pool, results).process(tick)


class _Driver:
    """Assigns calls to the workers of one run and handles their results, in the caller's thread.

    When a worker is lost, the next free worker repeats its calls, one at a time. If a second worker
    is lost during the same call, the call is split into one for each file, and a file during which
    yet another worker is lost counts as unreadable.
    """

    def __init__(self, run: IndexRun, pool: WorkerPool, results: ResultHandler) -> None:
        self._run = run
        self._pool = pool
        self._results = results
        self._batch_size = run.batch_size
        self._tasks: deque[PendingFile] = deque()
        self._retries: deque[Call] = deque()
        self._last_ready = time.monotonic()

    def process(self, tick: Cancelled) -> bool:
        """Process all files; return False if ``tick`` stopped it."""
        while self._gather():
            if tick():
                self._finish_batches(tick)
                return False
            self._assign()
            for worker, call, result in self._pool.results(TICK_SECONDS):
                self._handle(worker, call, result)
        return True

    def _gather(self) -> bool:
        """Take files from the scan; return whether any work remains."""
        pending = self._run.pending
        is_busy = bool(
            self._pool.is_busy or self._retries or any(w.queue for w in self._pool.workers)
        )
        while len(self._tasks) < _AHEAD * self._batch_size and not pending.finished:
            task = pending.get(0 if is_busy or self._tasks else TICK_SECONDS)
            if task is None:
                break
            self._tasks.append(task)
        return bool(is_busy or self._tasks or not pending.finished)

    # --- assigning calls ----------------------------------------------------------------------

    def _assign(self) -> None:
        if self._tasks and not self._pool.workers:
            self._pool.start_workers(self._run.model_id, self._batch_size)
        self._check_workers()
        for worker in self._pool.workers:
            if not worker.is_ready or any(call.tries for call in worker.calls):
                continue
            if self._retries:
                if not worker.calls:
                    self._pool.call(worker, self._retries.popleft())
                continue
            self._assign_hashing(worker)
            self._assign_embedding(worker)

    def _check_workers(self) -> None:
        workers = self._pool.workers
        if not workers or any(worker.is_ready for worker in workers):
            self._last_ready = time.monotonic()
            return
        self._pool.check_available()
        if time.monotonic() - self._last_ready > _START_SECONDS:
            raise ClusterError(
                f"No worker has started on the Ray cluster within {_START_SECONDS:.0f} s; "
                "`ray status` says whether its processors are taken."
            )

    def _assign_hashing(self, worker: WorkerHandle) -> None:
        while self._tasks:
            hashing = worker.count("hash")
            ahead = len(worker.queue) + hashing * self._batch_size
            if hashing >= HASH_CALLS or ahead >= _AHEAD * self._batch_size:
                return
            count = min(self._batch_size, len(self._tasks))
            hashed, unhashed = [], []
            for task in [self._tasks.popleft() for _ in range(count)]:
                digest = self._run.stored_digest(task)
                if digest is None:
                    unhashed.append(task.file)
                else:
                    hashed.append((digest, task.file))
            if hashed:
                self._results.claim(worker, hashed)
            if unhashed:
                self._pool.call(worker, Call("hash", unhashed))

    def _assign_embedding(self, worker: WorkerHandle) -> None:
        while worker.count("embed") < EMBED_CALLS and (owner := self._owner_for(worker)):
            if not worker.has_model:
                if not worker.count("load"):
                    self._pool.call(worker, Call("load"))
                return
            count = min(self._batch_size, len(owner.queue))
            batch = [owner.queue.popleft() for _ in range(count)]
            if owner is not worker:  # The owner has its own copies of the files that it hashed.
                owner.to_release.extend(file.path for _, file in batch)
            self._pool.call(worker, Call("embed", batch))

    def _owner_for(self, worker: WorkerHandle) -> WorkerHandle | None:
        """Return the worker from whose queue to take: this one, else the one with most files."""
        owner = worker if worker.queue else max(self._pool.workers, key=lambda w: len(w.queue))
        is_filling = owner.is_ready and owner.count("hash")
        is_ripe = len(owner.queue) >= self._batch_size or not is_filling
        return owner if owner.queue and is_ripe else None

    # --- handling results ---------------------------------------------------------------------

    def _handle(self, worker: WorkerHandle, call: Call, result: Any) -> None:
        if isinstance(result, WorkerLost):
            self._handle_loss(worker, call, result)
        elif call.method == "handshake":
            self._accept(worker, *result)
        elif call.method == "load":
            self._results.register_model(result)
            worker.has_model = True
        elif call.method == "hash":
            self._results.hashed(worker, call.items, result)
        else:
            self._results.embedded(worker, call.items, result)

    def _accept(self, worker: WorkerHandle, host: str, version: str) -> None:
        if version != __version__:
            raise ClusterError(
                f"{host} has photoseek {version} and this machine {__version__}; "
                "install the same on all hosts of the cluster."
            )
        worker.host, worker.is_ready = host, True

    def _handle_loss(self, worker: WorkerHandle, call: Call, loss: WorkerLost) -> None:
        if loss.is_dead and call.method == "handshake" and not worker.host:
            raise ClusterError(
                f"No worker can be started on the Ray cluster ({loss.reason}); "
                "install the same photoseek on all its hosts."
            )
        worker.is_dead = worker.is_dead or loss.is_dead
        worker.is_ready = worker.has_model = False
        if not worker.is_dead and not worker.count("handshake"):
            self._pool.call(worker, Call("handshake"))
        if call.method not in ("hash", "embed"):
            return
        tries = call.tries + 1
        if tries < _TRIES:
            self._retries.append(Call(call.method, call.items, tries))
        elif len(call.items) > 1:
            self._retries.extend(Call(call.method, [item], 1) for item in call.items)
        else:
            reason = "The worker was lost each time it read the file."
            self._results.failed(worker, call.items[0], UnreadableFile(reason, can_open=True))

    def _finish_batches(self, tick: Cancelled) -> None:
        """Wait for the batches in flight and commit them; start no others."""
        self._pool.stop()
        deadline = time.monotonic() + _STOP_SECONDS
        while time.monotonic() < deadline and any(w.count("embed") for w in self._pool.workers):
            tick()
            for worker, call, result in self._pool.results(TICK_SECONDS):
                if call.method == "embed" and not isinstance(result, WorkerLost):
                    self._handle(worker, call, result)
