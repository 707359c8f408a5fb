"""An indexing run that has its files hashed, decoded and encoded on a Ray cluster.

    survey -> hash -> claim -> decode and encode -> commit
    here      there   here     there                here, or there with a library on a server

Actors rather than Ray Data: whether a file is to be embedded is decided here between two stages,
against all that is in flight, and the work comes while the scan still runs.

In flight are at most a few batches a worker, so that nothing piles up. Files are embedded where
they were hashed while that worker has time, since its host may still have them in memory. When a
worker is lost, what it had in hand is given to the next that is free, alone; what a second worker
is lost with is taken apart, and a file that one more is lost with counts as unreadable.
"""

from __future__ import annotations

import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from tui import __version__
from tui.core.domain import ClusterError
from tui.indexing.commit_stage import TICK_SECONDS
from tui.indexing.pipeline import Pipeline
from tui.indexing.ray.cluster import connect_workers
from tui.indexing.ray.worker import EMBED_CALLS, HASH_CALLS, UnreadableFile
from tui.indexing.ray.worker_pool import Call, WorkerHandle, WorkerLost, WorkerPool
from tui.library.base.records import IndexedFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tui.core.domain import Cancelled, ImageEmbedder, ImageFile
    from tui.core.settings import Settings
    from tui.indexing.changes import PendingFile
    from tui.indexing.ray.worker_pool import HashedFile
    from tui.library.base.store import Store, StoreWriter

_AHEAD = 4
"""Batches that a worker may have hashed and not begun to embed."""

_TRIES = 2
"""Workers that may be lost with the same work."""

_LOOKERS = 8
"""Threads that look whether files are still what the scan saw."""

_START_SECONDS = 120.0
"""How long to wait while no worker is there."""

_STOP_SECONDS = 30.0
"""How long to wait, once told to stop, for what is in hand."""


@contextmanager
def on_cluster(
    address: str, load: Callable[[], ImageEmbedder], settings: Settings
) -> Iterator[Callable[..., RayPipeline]]:
    """Give the stand-in for `Pipeline` in one run; arguments and errors as ``connect_workers``."""
    with connect_workers(address, load, settings) as team:
        yield partial(RayPipeline, team=team)


class RayPipeline(Pipeline):
    """One run on a cluster; takes the arguments of `Pipeline`.

    Args:
        store: the library.
        writer: of the same library.
        team: the workers.
        arguments: the others of `Pipeline`; the workers load the model, each its own.
    """

    def __init__(
        self, store: Store, writer: StoreWriter, *, team: WorkerPool, **arguments: Any
    ) -> None:
        super().__init__(store, writer, **arguments)
        self._team = team
        self._size = self._knobs.batch
        self._tasks: deque[PendingFile] = deque()
        self._again: deque[Call] = deque()
        self._is_registered = False
        self._last_ready = time.monotonic()
        self._tick: Cancelled = lambda: False
        self._lookers = ThreadPoolExecutor(_LOOKERS, "look")

    def _hash(self) -> None:
        """Leave it to the workers."""

    def _decode(self) -> None:
        """Leave it to the workers."""

    def _encode(self, tick: Cancelled) -> bool:
        """Hand out work and take answers, in the caller's thread; False where told to stop."""
        self._tick = tick
        with self._lookers:
            while self._gather():
                if tick():
                    return self._end(tick)
                self._hand_out()
                for member, call, answer in self._team.answers(TICK_SECONDS):
                    self._take(member, call, answer, tick)
        return True

    # --- handing out ----------------------------------------------------------------------------

    def _gather(self) -> bool:
        """Take up what the scan has found; return whether there is anything left to do."""
        busy = self._team.busy or self._again or any(m.queue for m in self._team.members)
        while len(self._tasks) < _AHEAD * self._size and not self._to_hash.finished:
            task = self._to_hash.get(0 if busy or self._tasks else TICK_SECONDS)
            if task is None:
                break
            self._tasks.append(task)
        return bool(busy or self._tasks or not self._to_hash.finished)

    def _hand_out(self) -> None:
        if self._tasks and not self._team.members:
            self._team.muster(self._model_id, self._size)
        self._look_for_workers()
        for member in self._team.members:
            if not member.ready or any(call.tries for call in member.calls):
                continue
            if self._again:
                if not member.calls:
                    self._team.call(member, self._again.popleft())
                continue
            self._hand_hashing(member)
            self._hand_embedding(member)

    def _look_for_workers(self) -> None:
        members = self._team.members
        if not members or any(member.ready for member in members):
            self._last_ready = time.monotonic()
            return
        self._team.check()
        if time.monotonic() - self._last_ready > _START_SECONDS:
            raise ClusterError(
                f"No worker has started on the Ray cluster within {_START_SECONDS:.0f} s; "
                "`ray status` says whether its processors are taken."
            )

    def _hand_hashing(self, member: WorkerHandle) -> None:
        while self._tasks:
            hashing = member.count("hash")
            if hashing >= HASH_CALLS or len(member.queue) + hashing * self._size >= (
                _AHEAD * self._size
            ):
                return
            some = [self._tasks.popleft() for _ in range(min(self._size, len(self._tasks)))]
            known = [
                (self._store.digest(task.content_id), task.file)
                for task in some
                if task.content_id is not None
            ]
            if known:
                self._sort_out(member, known)
            new = [task.file for task in some if task.content_id is None]
            if new:
                self._team.call(member, Call("hash", new))

    def _hand_embedding(self, member: WorkerHandle) -> None:
        while member.count("embed") < EMBED_CALLS and (owner := self._owner_for(member)):
            if not member.opened:
                if not member.count("open"):
                    self._team.call(member, Call("open"))
                return
            some = [owner.queue.popleft() for _ in range(min(self._size, len(owner.queue)))]
            if owner is not member:  # which has copies of its own of what it hashed
                owner.unwanted.extend(file.path for _, file in some)
            self._team.call(member, Call("embed", some))

    def _owner_for(self, member: WorkerHandle) -> WorkerHandle | None:
        """Return whose queue to take from: the worker's own, else that of whoever has most left."""
        owner = member if member.queue else max(self._team.members, key=lambda m: len(m.queue))
        fills = owner.ready and owner.count("hash")
        return owner if owner.queue and (len(owner.queue) >= self._size or not fills) else None

    # --- taking answers -------------------------------------------------------------------------

    def _take(self, member: WorkerHandle, call: Call, answer: Any, tick: Cancelled) -> None:
        if isinstance(answer, WorkerLost):
            self._lose(member, call, answer)
        elif call.method == "begin":
            self._welcome(member, *answer)
        elif call.method == "open":
            self._register(answer)
            member.opened = True
        elif call.method == "hash":
            self._take_hashes(member, call.items, answer)
        else:
            self._take_ends(member, call.items, answer, tick)

    def _welcome(self, member: WorkerHandle, host: str, version: str) -> None:
        if version != __version__:
            raise ClusterError(
                f"{host} has photoseek {version} and this machine {__version__}; "
                "install the same on all hosts of the cluster."
            )
        member.host, member.ready = host, True

    def _register(self, dim: int) -> None:
        if not self._is_registered:
            self._writer.register_model(self._model_id, dim)
            self._is_registered = True

    def _lose(self, member: WorkerHandle, call: Call, lost: WorkerLost) -> None:
        if lost.dead and call.method == "begin" and not member.host:
            raise ClusterError(
                f"No worker can be started on the Ray cluster ({lost.why}); "
                "install the same photoseek on all its hosts."
            )
        member.dead = member.dead or lost.dead
        member.ready = member.opened = False
        if not member.dead and not member.count("begin"):
            self._team.begin(member)
        if call.method not in ("hash", "embed"):
            return
        tries = call.tries + 1
        if tries < _TRIES:
            self._again.append(Call(call.method, call.items, tries))
        elif len(call.items) > 1:
            self._again.extend(Call(call.method, [item], 1) for item in call.items)
        else:
            reason = "The worker was lost each time it read the file."
            self._give_up(member, call.items[0], UnreadableFile(reason, opens=True))

    def _take_hashes(
        self,
        member: WorkerHandle,
        files: Sequence[ImageFile],
        answers: Sequence[bytes | UnreadableFile],
    ) -> None:
        found = []
        for file, answer in zip(files, answers, strict=True):
            if isinstance(answer, UnreadableFile):
                self._give_up(member, file, answer)
            else:
                found.append((answer, file))
        self._sort_out(member, found)

    def _sort_out(self, member: WorkerHandle, found: Sequence[HashedFile]) -> None:
        """Queue what is to be embedded; commit what is known; the rest waits for these."""
        known = []
        for item, claim in zip(found, self._ledger.claim_all(found), strict=True):
            if claim.embed:
                member.queue.append(item)
            else:
                member.unwanted.append(item[1].path)
            if claim.known is not None:
                known.append(claim.known)
        settled = [item for item, is_settled in self._looked_at(known) if is_settled]
        self._commits.hand_over(settled, self._tick)

    def _take_ends(
        self,
        member: WorkerHandle,
        found: Sequence[HashedFile],
        ends: Sequence[IndexedFile | UnreadableFile | None],
        tick: Cancelled,
    ) -> None:
        for item, end in zip(found, ends, strict=True):
            if isinstance(end, UnreadableFile):
                self._give_up(member, item, end)
        done = []
        for end, is_settled in self._looked_at([e for e in ends if isinstance(e, IndexedFile)]):
            if is_settled:
                done.append(end)
            elif end.digest is not None:
                self._hand_on(member, end.digest)
        self._commits.make_room(sum(item.vector is not None for item in done), tick)
        self._commits.hand_over(done, tick)

    def _looked_at(self, items: Sequence[IndexedFile]) -> Iterator[tuple[IndexedFile, bool]]:
        """Yield each with whether its file is still what the scan saw."""
        files = [item.file for item in items]
        return zip(items, self._lookers.map(self._commits.is_settled, files), strict=True)

    def _give_up(
        self, member: WorkerHandle, item: ImageFile | HashedFile, unread: UnreadableFile
    ) -> None:
        """Commit that a file can't be read; a worker that sees none of them ends the run."""
        digest, file = item if isinstance(item, tuple) else (None, item)
        if not unread.opens and _opens(file):
            raise ClusterError(
                f"{member.host} does not see {file.path}, which is here; "
                "have the folder at the same path on all hosts of the cluster."
            )
        self._commits.give_up(file, unread.reason)
        if digest is not None:
            self._hand_on(member, digest)

    def _hand_on(self, member: WorkerHandle, digest: bytes) -> None:
        """Let the next file of the same bytes be tried."""
        file = self._ledger.hand_on(digest)
        if file is not None:
            member.queue.append((digest, file))

    # --- the end --------------------------------------------------------------------------------

    def _end(self, tick: Cancelled) -> bool:
        """Take what the workers have in hand, and no more."""
        self._team.stop()
        deadline = time.monotonic() + _STOP_SECONDS
        while time.monotonic() < deadline and any(m.count("embed") for m in self._team.members):
            tick()
            for member, call, answer in self._team.answers(TICK_SECONDS):
                if call.method == "embed" and not isinstance(answer, WorkerLost):
                    self._take(member, call, answer, tick)
        return False


def _opens(file: ImageFile) -> bool:
    try:
        with file.path.open("rb"):
            return True
    except OSError:
        return False
