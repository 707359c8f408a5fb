"""The workers of a run on a cluster, as the driver sees them, and the calls that it makes."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tui.core.domain import ImageFile

Method = Literal["handshake", "load", "hash", "embed"]
HashedFile = tuple[bytes, "ImageFile"]


@dataclass(eq=False)
class WorkerHandle:
    """A worker.

    Attributes:
        actor: Ray's handle.
        host: the name of its host, once it is ready.
        is_ready: it has started and answered.
        has_model: its model is loaded.
        is_dead: Ray will not restart it.
        calls: its unanswered calls.
        queue: files that it has hashed and that wait to be embedded; its host may still have
            them in memory.
        to_release: files that it has hashed and that will not be embedded. Its next ``hash``
            call frees its copies.
    """

    actor: Any
    host: str = ""
    is_ready: bool = False
    has_model: bool = False
    is_dead: bool = False
    calls: set[Call] = field(default_factory=set)
    queue: deque[HashedFile] = field(default_factory=deque)
    to_release: list[Path] = field(default_factory=list)

    def count(self, method: Method) -> int:
        """Return the number of unanswered calls of a method."""
        return sum(call.method == method for call in self.calls)


@dataclass(frozen=True, eq=False)
class Call:
    """A call of a worker's method; ``tries`` counts the workers that were lost during it."""

    method: Method
    items: Sequence[Any] = ()
    tries: int = 0


@dataclass(frozen=True)
class WorkerLost:
    """The result of a call whose worker was lost, permanently or until Ray restarts it."""

    is_dead: bool
    reason: str


class WorkerPool(Protocol):
    """The workers of one run; call all methods from one thread."""

    @property
    def workers(self) -> Sequence[WorkerHandle]:
        """The workers; none before ``start_workers``."""
        ...

    @property
    def is_busy(self) -> bool:
        """Whether any worker is hashing or embedding."""
        ...

    def start_workers(self, model_id: str, batch_size: int) -> None:
        """Start as many workers as the cluster can run, and call ``handshake`` on each.

        Args:
            model_id: the model that they load.
            batch_size: rows that they encode at once.

        Raises:
            ClusterError: the cluster can't run any.
        """
        ...

    def call(self, worker: WorkerHandle, call: Call) -> None:
        """Call a method of a worker; ``results`` yields its result."""
        ...

    def stop(self) -> None:
        """Ask all workers to start no more pictures."""
        ...

    def results(self, timeout: float) -> Iterator[tuple[WorkerHandle, Call, Any]]:
        """Wait ``timeout`` seconds for a result and yield it; ``WorkerLost`` for a lost worker.

        Raises:
            ClusterError: the cluster is unavailable.
            PhotoseekError: a worker raised it; so does any other error of a worker.
        """
        ...

    def check_available(self) -> None:
        """Check whether a worker can become ready, although none is ready now.

        Raises:
            ClusterError: none can.
        """
        ...
