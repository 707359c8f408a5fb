"""The workers on a Ray cluster.

Ray starts the actors on nodes with free resources, restarts them when their process or host is lost
(``max_restarts``), and reports failed calls at once. The driver assigns these to any free worker
instead of using ``max_task_retries``, which would wait for the lost worker; a lost host may never
return.

The hosts need the same photoseek with its ``ray`` extra; the folders at the same path (a network
disk) or in object storage; the weights of the model, unless it is the built-in one. Credentials are
sent in the arguments of the actors, since Ray logs the runtime environment. Ray's traffic is not
encrypted unless its TLS is set up (``RAY_USE_TLS``). A cluster with token authentication requires
on every host ``RAY_AUTH_MODE=token`` and the token that ``ray get-auth-token --generate`` created.
"""

from __future__ import annotations

import os
import re
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from tui.core.errors import ClusterError, PhotoseekError
from tui.indexing.ray.connection import HeadMonitor, connected
from tui.indexing.ray.worker import EMBED_CALLS, HASH_CALLS, Worker, WorkerJob
from tui.indexing.ray.worker_pool import Call, WorkerHandle, WorkerLost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import ModuleType

    from tui.core.domain import ImageEmbedder
    from tui.core.settings import Settings

_CORES = 4
"""Processor cores for each worker, without GPUs and without a number of threads in the settings."""

_SHORT_CALLS = 2
"""Calls that must not wait for the long ones."""

_CREDENTIALS = ("PHOTOSEEK_MILVUS_", "AWS_", "FSSPEC_")
"""The workers get the environment variables with these prefixes."""

_PATIENCE_SECONDS = 30.0
"""How long the head node may be unavailable while there are workers."""


class RayWorkerPool:
    """The workers of one run; see ``WorkerPool``.

    Args:
        ray: Ray's module, connected.
        address: of the cluster, for messages.
        load: loads the model.
        settings: of the run.
    """

    def __init__(
        self,
        ray: ModuleType,
        address: str,
        load: Callable[[], ImageEmbedder],
        settings: Settings,
    ) -> None:
        self.workers: list[WorkerHandle] = []
        self._ray = ray
        self._address = address
        self._load = load
        self._settings = settings
        self._calls: dict[Any, tuple[WorkerHandle, Call]] = {}
        self._head = HeadMonitor(ray)

    @property
    def is_busy(self) -> bool:
        """Whether any worker is hashing or embedding."""
        return any(call.method in ("hash", "embed") for _, call in self._calls.values())

    def start_workers(self, model_id: str, batch_size: int) -> None:
        """Start a worker for each GPU, or for each few cores without GPUs."""
        nodes = [node["Resources"] for node in self._ray.nodes() if node["Alive"]]
        settings = self._settings
        count, cores, gpus = plan_workers(nodes, settings.threads, gpus=settings.device != "cpu")
        if not count:
            raise ClusterError(f"The Ray cluster at {self._address} has no processors; add a node.")
        environ = {
            name: value for name, value in os.environ.items() if name.startswith(_CREDENTIALS)
        }
        job = WorkerJob(
            self._load, model_id, settings, threads=cores, batch_size=batch_size, environ=environ
        )
        actor = self._ray.remote(Worker).options(
            num_cpus=cores,
            num_gpus=gpus,
            max_concurrency=HASH_CALLS + EMBED_CALLS + _SHORT_CALLS,
            max_restarts=-1,
            max_task_retries=0,
        )
        self.workers = [WorkerHandle(actor.remote(job)) for _ in range(count)]
        for worker in self.workers:
            self.call(worker, Call("handshake"))

    def call(self, worker: WorkerHandle, call: Call) -> None:
        """Call a method of a worker; ``results`` yields its result."""
        method = getattr(worker.actor, call.method)
        arguments: tuple[Any, ...] = ()
        if call.method == "handshake":
            method = method.options(max_task_retries=-1)
        elif call.method == "embed":
            arguments = (call.items,)
        elif call.method == "hash":
            arguments = (call.items, worker.to_release)
            worker.to_release = []
        try:
            self._calls[method.remote(*arguments)] = worker, call
        except ConnectionError:  # Ray's client
            raise self._unavailable() from None
        worker.calls.add(call)

    def stop(self) -> None:
        """Ask all workers to start no more pictures."""
        for worker in self.workers:
            if worker.is_ready:
                with suppress(ConnectionError):  # Ray's client; `results` raises it
                    worker.actor.stop.remote()

    def results(self, timeout: float) -> Iterator[tuple[WorkerHandle, Call, Any]]:
        """Yield a result if one arrives within ``timeout`` seconds."""
        if self._head.seconds_unavailable > _PATIENCE_SECONDS:
            raise self._unavailable()
        if not self._calls:
            return
        try:
            ready, _ = self._ray.wait(list(self._calls), num_returns=1, timeout=timeout)
            for ref in ready:
                worker, call = self._calls.pop(ref)
                worker.calls.discard(call)
                yield worker, call, self._value(ref, worker)
        except ConnectionError:
            raise self._unavailable() from None

    def check_available(self) -> None:
        """Raise if no worker can become ready."""
        if self._head.seconds_unavailable or all(worker.is_dead for worker in self.workers):
            raise self._unavailable()

    def _value(self, ref: Any, worker: WorkerHandle) -> Any:
        errors = self._ray.exceptions
        try:
            return self._ray.get(ref)
        except errors.RayTaskError as error:
            if isinstance(error.cause, PhotoseekError):
                host = f"On {worker.host or 'a worker'}: "
                raise type(error.cause)(f"{host}{error.cause}") from None
            raise error.cause from None
        except errors.ActorDiedError as error:
            return WorkerLost(is_dead=True, reason=_last_line(error))
        except errors.RayError as error:
            return WorkerLost(is_dead=False, reason=_last_line(error))

    def _unavailable(self) -> ClusterError:
        return ClusterError(
            f"The Ray cluster at {self._address} is no longer available; progress is saved, "
            "and the next run resumes."
        )


@contextmanager
def connect_workers(
    address: str, load: Callable[[], ImageEmbedder], settings: Settings
) -> Iterator[RayWorkerPool]:
    """Connect to a cluster for one run.

    Args:
        address: as in ``ray.init``: ``auto``, ``local``, ``HOST:PORT``, ``ray://HOST:PORT``.
        load: loads the model; sent to the workers.
        settings: sent to the workers.

    Raises:
        ClusterError: Ray is not installed, or there is no cluster at the address.
    """
    with connected(address) as ray:
        yield RayWorkerPool(ray, address, load, settings)


def plan_workers(
    nodes: Sequence[Mapping[str, float]], cores: int, *, gpus: bool
) -> tuple[int, int, int]:
    """Divide a cluster into workers.

    Args:
        nodes: the resources of each node in Ray's terms (``CPU``, ``GPU``).
        cores: how many cores a worker gets; 0 for the default.
        gpus: use GPUs if there are any.

    Returns:
        The number of workers, and of cores and GPUs for each.
    """
    with_gpus = [node for node in nodes if gpus and node.get("GPU", 0) >= 1]
    if with_gpus:
        each = max(1, int(min(node.get("CPU", 0) / node["GPU"] for node in with_gpus)))
        return sum(int(node["GPU"]) for node in with_gpus), min(cores or each, each), 1
    node_cores = [int(node.get("CPU", 0)) for node in nodes if node.get("CPU", 0) >= 1]
    cores = min([cores or _CORES, *node_cores])
    return sum(count // cores for count in node_cores), cores, 0


def _last_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return re.sub(r"\x1b\[[0-9;]*m", "", lines[-1]).strip().rstrip(".")[:200]
