"""What the driver of a run on a cluster knows of its workers, and what it asks of them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tui.core.domain import ImageFile

Method = Literal["begin", "open", "hash", "embed"]
HashedFile = tuple[bytes, "ImageFile"]


@dataclass(eq=False)
class WorkerHandle:
    """A worker.

    Attributes:
        actor: Ray's handle.
        host: its host's name, once known.
        ready: it is there.
        opened: its model is loaded.
        dead: it will not come again.
        calls: what it has in hand.
        queue: files to embed that it has hashed, so that its host may still have them in memory.
        unwanted: files that it has hashed and that are not to be embedded.
    """

    actor: Any
    host: str = ""
    ready: bool = False
    opened: bool = False
    dead: bool = False
    calls: set[Call] = field(default_factory=set)
    queue: deque[HashedFile] = field(default_factory=deque)
    unwanted: list[Path] = field(default_factory=list)

    def count(self, method: Method) -> int:
        """How many calls of a kind it has in hand."""
        return sum(call.method == method for call in self.calls)


@dataclass(frozen=True, eq=False)
class Call:
    """Something that a worker was asked to do; ``tries`` counts the workers lost with it."""

    method: Method
    items: Sequence[Any] = ()
    tries: int = 0


@dataclass(frozen=True)
class WorkerLost:
    """In the place of an answer: the worker is lost, for good or until Ray has it again."""

    dead: bool
    why: str


class WorkerPool(Protocol):
    """The workers of one run; all is called from one thread."""

    @property
    def members(self) -> Sequence[WorkerHandle]:
        """The workers, none before ``muster``."""
        ...

    @property
    def busy(self) -> bool:
        """Whether any worker has work in hand."""
        ...

    def muster(self, model_id: str, batch: int) -> None:
        """Start as many workers as the cluster has room for.

        Args:
            model_id: the model that they load.
            batch: rows that they encode at once.

        Raises:
            ClusterError: it has room for none.
        """
        ...

    def begin(self, member: WorkerHandle) -> None:
        """Ask a worker to say when it is there."""
        ...

    def call(self, member: WorkerHandle, call: Call) -> None:
        """Ask a worker to do something; `answers` brings what it says."""
        ...

    def stop(self) -> None:
        """Ask all to begin nothing more."""
        ...

    def answers(self, seconds: float) -> Iterator[tuple[WorkerHandle, Call, Any]]:
        """Wait for an answer, at most so long; yield it, ``WorkerLost`` where none comes.

        Raises:
            ClusterError: the cluster is away.
            PhotoseekError, or whatever else a worker raised.
        """
        ...

    def check(self) -> None:
        """Look whether workers may come where there are none just now.

        Raises:
            ClusterError: they may not.
        """
        ...
