"""The workers on a Ray cluster, as the driver has them. The only module that touches Ray.

Ray starts the actors where there is room, starts them again when their process or host is lost
(``max_restarts``), and tells at once what they had in hand. That is given to whichever worker is
free rather than left to ``max_task_retries``, which would wait for the lost one's return; a lost
host may never return.

What the hosts need: the same photoseek with its ``ray`` extra; the folders at the same path (a
network disk) or in object storage; the model's weights, but for the built-in one. Credentials
travel in the actors' arguments, since Ray logs what is in a runtime environment; Ray's traffic is
plain unless its TLS is set up (``RAY_USE_TLS``). A cluster with token authentication asks every
host for ``RAY_AUTH_MODE=token`` and the token that ``ray get-auth-token --generate`` made.
"""

from __future__ import annotations

import logging
import os
import re
import signal
import socket
import sys
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from tui.core.domain import ClusterError, PhotoseekError
from tui.indexing.ray.worker import EMBED_CALLS, HASH_CALLS, Worker, WorkerJob
from tui.indexing.ray.worker_pool import Call, WorkerHandle, WorkerLost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import ModuleType

    from tui.core.domain import ImageEmbedder
    from tui.core.settings import Settings

_CORES = 4
"""Processor cores a worker, where there are no GPUs and the settings name no threads."""

_SHORT_CALLS = 2
"""Calls that must not wait for the long ones."""

_CREDENTIALS = ("PHOTOSEEK_MILVUS_", "AWS_", "FSSPEC_")
"""Variables of the environment that begin so go to the workers."""

_CONNECT_SECONDS = 5.0
_LOOK_SECONDS = 2.0
"""How often the head of the cluster is looked for: where it is away for 60 s, Ray ends the process
that uses it without a word."""

_PATIENCE_SECONDS = 30.0
"""How long the head may be away while there are workers."""

_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_DEDUP_LOGS_SKIP_REGEX": "^",  # Ray prints losses on stdout, which is data.
}
_LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
"""Without it, Ray takes a loopback address for this host's own, and listens on all there are."""

_REMOTE = {"RAY_BACKEND_LOG_LEVEL": "fatal", "RAY_NUM_REDIS_GET_RETRIES": "1"}
"""Ray logs on stderr; and it tries twenty times to connect, 40 s each."""


class RayWorkerPool:
    """The workers of one run, as ``Crew`` says.

    Args:
        ray: Ray, connected.
        address: of the cluster, to be told.
        load: gives the model.
        settings: of the run.
    """

    def __init__(
        self,
        ray: ModuleType,
        address: str,
        load: Callable[[], ImageEmbedder],
        settings: Settings,
    ) -> None:
        self.members: list[WorkerHandle] = []
        self._ray = ray
        self._address = address
        self._load = load
        self._settings = settings
        self._calls: dict[Any, tuple[WorkerHandle, Call]] = {}
        self._head = _HeadMonitor(ray)

    @property
    def busy(self) -> bool:
        """Whether any worker has work in hand."""
        return any(call.method in ("hash", "embed") for _, call in self._calls.values())

    def muster(self, model_id: str, batch: int) -> None:
        """Start the workers: one a GPU, else one a few cores."""
        nodes = [node["Resources"] for node in self._ray.nodes() if node["Alive"]]
        settings = self._settings
        count, cores, gpus = plan_workers(nodes, settings.threads, gpus=settings.device != "cpu")
        if not count:
            raise ClusterError(
                f"The Ray cluster at {self._address} has no processors; start nodes with some."
            )
        environ = {
            name: value for name, value in os.environ.items() if name.startswith(_CREDENTIALS)
        }
        job = WorkerJob(self._load, model_id, settings, threads=cores, batch=batch, environ=environ)
        actor = self._ray.remote(Worker).options(
            num_cpus=cores,
            num_gpus=gpus,
            max_concurrency=HASH_CALLS + EMBED_CALLS + _SHORT_CALLS,
            max_restarts=-1,
            max_task_retries=0,
        )
        self.members = [WorkerHandle(actor.remote(job)) for _ in range(count)]
        for member in self.members:
            self.begin(member)

    def begin(self, member: WorkerHandle) -> None:
        """Ask a worker to say when it is there."""
        method = member.actor.begin.options(max_task_retries=-1)
        self._ask(member, Call("begin"), method)

    def call(self, member: WorkerHandle, call: Call) -> None:
        """Ask a worker to do something; `answers` brings what it says."""
        method = getattr(member.actor, call.method)
        if call.method == "open":
            self._ask(member, call, method)
        elif call.method == "embed":
            self._ask(member, call, method, call.items)
        else:
            self._ask(member, call, method, call.items, member.unwanted)
            member.unwanted = []

    def stop(self) -> None:
        """Ask all to begin nothing more."""
        for member in self.members:
            if member.ready:
                with suppress(ConnectionError):  # Ray's client; `answers` tells
                    member.actor.stop.remote()

    def answers(self, seconds: float) -> Iterator[tuple[WorkerHandle, Call, Any]]:
        """Yield an answer if one comes in time."""
        if self._head.away > _PATIENCE_SECONDS:
            raise self._gone()
        if not self._calls:
            return
        try:
            ready, _ = self._ray.wait(list(self._calls), num_returns=1, timeout=seconds)
            for ref in ready:
                member, call = self._calls.pop(ref)
                member.calls.discard(call)
                yield member, call, self._value(ref, member)
        except ConnectionError:
            raise self._gone() from None

    def check(self) -> None:
        """Raise where no worker can come any more."""
        if self._head.away or all(member.dead for member in self.members):
            raise self._gone()

    def _ask(self, member: WorkerHandle, call: Call, method: Any, *arguments: Any) -> None:
        try:
            self._calls[method.remote(*arguments)] = member, call
        except ConnectionError:  # Ray's client
            raise self._gone() from None
        member.calls.add(call)

    def _value(self, ref: Any, member: WorkerHandle) -> Any:
        errors = self._ray.exceptions
        try:
            return self._ray.get(ref)
        except errors.RayTaskError as error:
            if isinstance(error.cause, PhotoseekError):
                where = f"On {member.host or 'a worker'}: "
                raise type(error.cause)(f"{where}{error.cause}") from None
            raise error.cause from None
        except errors.ActorDiedError as error:
            return WorkerLost(dead=True, why=_last_line(error))
        except errors.RayError as error:
            return WorkerLost(dead=False, why=_last_line(error))

    def _gone(self) -> ClusterError:
        return ClusterError(
            f"The Ray cluster at {self._address} has gone; what is indexed stays, "
            "and the next run goes on from there."
        )


class _HeadMonitor:
    """Watches whether the head of the cluster is still there."""

    def __init__(self, ray: ModuleType) -> None:
        self._place = None
        with suppress(Exception):  # Ray's client does not say where it is, and notices by itself.
            self._place = _host_and_port(ray.get_runtime_context().gcs_address)
        self._seen = self._looked = time.monotonic()

    @property
    def away(self) -> float:
        """For how many seconds it has been away, at the last look; 0 while it is there."""
        now = time.monotonic()
        if self._place is not None and now - self._looked > _LOOK_SECONDS:
            self._looked = now
            if _listens(*self._place, seconds=1.0):
                self._seen = now
        return self._looked - self._seen


@contextmanager
def connect_workers(
    address: str, load: Callable[[], ImageEmbedder], settings: Settings
) -> Iterator[RayWorkerPool]:
    """Connect to a cluster for one run.

    Args:
        address: as ``ray.init`` takes it: ``auto``, ``local``, ``HOST:PORT``, ``ray://HOST:PORT``.
        load: gives the model; travels to the workers.
        settings: travel to the workers.

    Raises:
        ClusterError: Ray is not installed, or there is no cluster.
    """
    _check(address)
    ray = _import_ray(address)
    _connect(ray, address)
    try:
        yield RayWorkerPool(ray, address, load, settings)
    finally:
        ray.shutdown()


def plan_workers(
    nodes: Sequence[Mapping[str, float]], cores: int, *, gpus: bool
) -> tuple[int, int, int]:
    """Cut a cluster into workers.

    Args:
        nodes: what Ray says each has (``CPU``, ``GPU``).
        cores: how many cores a worker gets; 0 to choose.
        gpus: take GPUs where there are any.

    Returns:
        How many workers, and how many cores and GPUs each.
    """
    with_gpus = [node for node in nodes if gpus and node.get("GPU", 0) >= 1]
    if with_gpus:
        each = max(1, int(min(node.get("CPU", 0) / node["GPU"] for node in with_gpus)))
        return sum(int(node["GPU"]) for node in with_gpus), min(cores or each, each), 1
    there = [int(node.get("CPU", 0)) for node in nodes if node.get("CPU", 0) >= 1]
    cores = min([cores or _CORES, *there])
    return sum(node // cores for node in there), cores, 0


def _check(address: str) -> None:
    place = _host_and_port(address.removeprefix("ray://"))
    if place is None and address not in ("auto", "local"):
        raise ClusterError(
            "A Ray cluster's address is auto, local, HOST:PORT or ray://HOST:PORT, "
            f"not {address!r}."
        )
    if place is not None and not _listens(*place, seconds=_CONNECT_SECONDS):
        raise ClusterError(f"No Ray cluster answers at {address}; check the address.")


def _import_ray(address: str) -> ModuleType:
    # USearch makes its symbols everybody's, and Ray's then abort the process.
    assert "usearch" not in sys.modules or "ray" in sys.modules, "Ray is to be loaded first."
    place = _host_and_port(address)
    os.environ.update(_QUIET | ({} if address == "local" else _REMOTE))
    if address == "local" or (place and _is_loopback(place[0])):
        os.environ.update(_LOOPBACK)
    try:
        import ray
    except ImportError:
        raise ClusterError(
            "Ray is not installed; install it with: pip install 'photoseek[ray]'."
        ) from None
    logging.getLogger("ray").setLevel(logging.CRITICAL)  # Ray's client does not ask for a level.
    return ray


def _connect(ray: ModuleType, address: str) -> None:
    options = {"include_dashboard": False} if address == "local" else {}
    try:
        with _silence():
            ray.init(address, log_to_driver=False, logging_level=logging.CRITICAL, **options)
    except (Exception, SystemExit) as error:
        why = " ".join(str(error).split())[:200].rstrip(".")
        raise ClusterError(
            f"The Ray cluster at {address} can't be joined ({why}); `ray status` says whether this "
            "machine is one of its nodes, and ray://HOST:PORT does without; it may want a token "
            "(RAY_AUTH_MODE=token, RAY_AUTH_TOKEN)."
        ) from None


@contextmanager
def _silence() -> Iterator[None]:
    """Keep stderr from what Ray says while it connects, and SIGTERM, which it takes for itself."""
    handler = signal.getsignal(signal.SIGTERM)
    stderr, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(nowhere)
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, handler)


def _host_and_port(address: str) -> tuple[str, int] | None:
    host, _, port = address.rpartition(":")
    return (host.strip("[]"), int(port)) if host and re.fullmatch(r"\d{1,5}", port) else None


def _is_loopback(host: str) -> bool:
    return host == "localhost" or host.startswith("127.") or host == "::1"


def _listens(host: str, port: int, seconds: float) -> bool:
    try:
        with socket.create_connection((host, port), timeout=seconds):
            return True
    except (OSError, OverflowError):
        return False


def _last_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return re.sub(r"\x1b\[[0-9;]*m", "", lines[-1]).strip().rstrip(".")[:200]
