"""The connection to a Ray cluster: checks the address, loads Ray, connects, checks the head."""

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
from typing import TYPE_CHECKING

from tui.core.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

_CONNECT_SECONDS = 5.0
_CHECK_SECONDS = 2.0
"""How often the head node is contacted. If it is unavailable for 60 s, Ray ends the process that
uses it without a message."""

_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_DEDUP_LOGS_SKIP_REGEX": "^",  # Ray prints lost workers on stdout, which is data.
}
_LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
"""Without this, Ray replaces a loopback address with that of this host, and listens on all
addresses.
"""

_REMOTE = {"RAY_BACKEND_LOG_LEVEL": "fatal", "RAY_NUM_REDIS_GET_RETRIES": "1"}
"""Ray logs to stderr, and tries to connect twenty times, for 40 s each."""


@contextmanager
def connected(address: str) -> Iterator[ModuleType]:
    """Connect to a cluster; yield Ray's module.

    Args:
        address: as in ``ray.init``: ``auto``, ``local``, ``HOST:PORT``, ``ray://HOST:PORT``.

    Raises:
        ClusterError: Ray is not installed, or there is no cluster at the address.
    """
    _check(address)
    ray = _import_ray(address)
    _connect(ray, address)
    try:
        yield ray
    finally:
        ray.shutdown()


class HeadMonitor:
    """Checks whether the head node of the cluster is available."""

    def __init__(self, ray: ModuleType) -> None:
        self._address = None
        with suppress(Exception):  # Ray's client has no such address, and detects a loss itself
            self._address = _host_and_port(ray.get_runtime_context().gcs_address)
        self._last_contact = self._last_check = time.monotonic()

    @property
    def seconds_unavailable(self) -> float:
        """Return the time for which it was unavailable at the last check, 0 if available."""
        now = time.monotonic()
        if self._address is not None and now - self._last_check > _CHECK_SECONDS:
            self._last_check = now
            if _listens(*self._address, seconds=1.0):
                self._last_contact = now
        return self._last_check - self._last_contact


def _check(address: str) -> None:
    host_and_port = _host_and_port(address.removeprefix("ray://"))
    if host_and_port is None and address not in ("auto", "local"):
        raise ClusterError(
            "The address of a Ray cluster must be auto, local, HOST:PORT or ray://HOST:PORT, "
            f"not {address!r}."
        )
    if host_and_port is not None and not _listens(*host_and_port, seconds=_CONNECT_SECONDS):
        raise ClusterError(f"No Ray cluster answers at {address}; check the address.")


def _import_ray(address: str) -> ModuleType:
    # USearch exports its symbols globally; Ray aborts the process if USearch was loaded first.
    assert "usearch" not in sys.modules or "ray" in sys.modules, "Ray must be loaded first."
    host_and_port = _host_and_port(address)
    os.environ.update(_QUIET | ({} if address == "local" else _REMOTE))
    if address == "local" or (host_and_port and _is_loopback(host_and_port[0])):
        os.environ.update(_LOOPBACK)
    try:
        import ray
    except ImportError:
        raise ClusterError("Ray is not installed; run `pip install 'photoseek[ray]'`.") from None
    logging.getLogger("ray").setLevel(logging.CRITICAL)  # Ray's client ignores `logging_level`.
    return ray


def _connect(ray: ModuleType, address: str) -> None:
    options = {"include_dashboard": False} if address == "local" else {}
    try:
        with _silence():
            ray.init(address, log_to_driver=False, logging_level=logging.CRITICAL, **options)
    except (Exception, SystemExit) as error:
        reason = " ".join(str(error).split())[:200].rstrip(".")
        raise ClusterError(
            f"Can't join the Ray cluster at {address} ({reason}); check with `ray status` that "
            "this machine is a node, or use ray://HOST:PORT. The cluster may require a token "
            "(RAY_AUTH_MODE=token, RAY_AUTH_TOKEN)."
        ) from None


@contextmanager
def _silence() -> Iterator[None]:
    """Discard what Ray writes to stderr while it connects, and restore the SIGTERM handler."""
    handler = signal.getsignal(signal.SIGTERM)
    stderr, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(null)
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
