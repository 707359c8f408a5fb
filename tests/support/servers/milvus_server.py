"""A real Milvus server for tests: one a session, whatever the number of xdist's workers.

The server runs below a process of its own (``python -m tests.support.servers.milvus_server
FOLDER``) that stops it when its input closes, so that it ends with the tests, even if these are
killed.
"""

from __future__ import annotations

import fcntl
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

START_SECONDS = 120
PORTS = (20_000, 32_000)
ADDRESS = "address.json"
PARTS = ["rootCoord", "proxy", "queryCoord", "queryNode", "indexNode", "dataCoord", "dataNode"]


class MilvusServer:
    """Starts a server in a folder; in the same folder, it restores its data.

    Args:
        folder: created if it is missing.
        authorization: it requires ``root:Milvus``.
        lease: seconds after which a killed server's registration expires; a server ends itself
            if it can't do anything for that long.
        programs: the folder in which another server has unpacked its programs, which takes
            seconds.
    """

    def __init__(
        self,
        folder: Path,
        *,
        authorization: bool = False,
        lease: int = 10,
        programs: Path | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        if programs is not None and not (folder / "bin").exists():
            (folder / "bin").symlink_to(programs)
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(folder), str(int(authorization)), str(lease)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[3],
            start_new_session=True,  # it stops the server even if all of these tests are killed
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self.stop()
            pytest.fail(f"the Milvus server does not start: see {folder}/logs")
        told = json.loads(line)
        self.port: int = told["port"]
        self.pid: int = told["pid"]

    def kill(self) -> None:
        """End the server without a warning; acknowledged writes must not be lost."""
        os.kill(self.pid, signal.SIGKILL)
        self.stop()

    def stop(self) -> None:
        """End the server in order."""
        self._process.communicate(timeout=30)


@pytest.fixture(scope="session")
def milvus_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Yield the port of the session's server on 127.0.0.1."""
    pytest.importorskip("milvus", reason="the package milvus, a server, is not installed")
    pytest.importorskip("pymilvus", reason="the package pymilvus is not installed")
    with _shared(_folder(tmp_path_factory)) as port:
        yield port


@pytest.fixture(scope="session")
def milvus_programs(milvus_port: int, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder in which the session's server has unpacked its programs."""
    return _folder(tmp_path_factory) / "server" / "bin"


@pytest.fixture
def milvus_address(milvus_port: int) -> Iterator[str]:
    """Yield the address of a new library; its database is dropped after the test."""
    name = f"test_{uuid.uuid4().hex}"
    yield f"milvus://127.0.0.1:{milvus_port}/{name}"
    drop_database(milvus_port, name)


def drop_database(port: int, name: str) -> None:
    """Drop a database and its contents, if it exists."""
    with closing(connect(port)) as server, closing(connect(port, db_name=name)) as database:
        if name in server.list_databases():
            for collection in database.list_collections():
                database.drop_collection(collection)
            server.drop_database(name)


def connect(port: int, **arguments: Any) -> Any:
    """Return a separate client."""
    from pymilvus import MilvusClient

    return MilvusClient(f"http://127.0.0.1:{port}", timeout=10, dedicated=True, **arguments)


def _folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.getbasetemp()
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "milvus"


@contextmanager
def _shared(folder: Path) -> Iterator[int]:
    """Use the server that another worker has started, or start it and stop it after the last."""
    folder.mkdir(exist_ok=True)
    with (folder / "users").open("w") as users:
        server = None
        fcntl.flock(users, fcntl.LOCK_SH)
        if not (folder / ADDRESS).exists():
            fcntl.flock(users, fcntl.LOCK_UN)
            fcntl.flock(users, fcntl.LOCK_EX)
            if not (folder / ADDRESS).exists():
                server = MilvusServer(folder / "server")
                (folder / ADDRESS).write_text(json.dumps(server.port))
            fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield json.loads((folder / ADDRESS).read_text())
        finally:
            if server is not None:
                fcntl.flock(users, fcntl.LOCK_UN)
                fcntl.flock(users, fcntl.LOCK_EX)
                (folder / ADDRESS).unlink()
                server.stop()


# --- the process above the server -----------------------------------------------------------------


def _free_ports(count: int) -> list[int]:
    """Choose free ports below those that systems use for outgoing connections.

    Another test's connection could take one of those while a server is down, and the server's
    package would then move to the next port.
    """
    with ExitStack() as stack:
        ports: list[int] = []
        while len(ports) < count:
            port = random.randrange(*PORTS)
            with suppress(OSError):
                stack.enter_context(socket.create_server(("127.0.0.1", port)))
                ports.append(port)
    return ports


def _wait_until_free(ports: list[int]) -> None:
    """Wait for the processes of a killed server to release their ports."""
    patience = time.monotonic() + START_SECONDS
    for port in ports:
        while time.monotonic() < patience:
            with suppress(OSError), socket.create_server(("127.0.0.1", port)):
                break
            time.sleep(0.1)


def _serve(folder: Path, authorization: bool, lease: int) -> None:
    from milvus import MilvusServer

    server = MilvusServer(wait_for_started=False)
    server.set_base_dir(str(folder))
    server.webservice_port = _configure(server, folder)
    server.config.set("authorization_enabled", authorization)
    server.config.set("common.session.ttl", lease)
    server.start()
    pid = server.server_proc.pid
    try:
        if _is_up(server):
            print(json.dumps({"port": server.listen_port, "pid": pid}), flush=True)
            sys.stdin.read()
    finally:
        server.stop()
        Path(f"/tmp/milvus/server_id_{pid}").unlink(missing_ok=True)


def _configure(server: Any, folder: Path) -> int:
    """Give all parts their own ports, the same for the same folder; return the health port.

    A restarted server expects its own parts at their former ports.
    """
    names = [name for name in server.config_keys if name.endswith("_port")]
    file = folder / "ports.json"
    if not file.exists():
        file.write_text(json.dumps(_free_ports(len(names) + 3)))
    *ports, health, peers, clients = json.loads(file.read_text())
    _wait_until_free([*ports, health, peers, clients])
    for name, port in zip(names, ports, strict=True):
        server.config.set(name, port)
    for part in PARTS:
        server.config.set(f"{part}.ip", "127.0.0.1")
    server.config.set("queryCoord.checkInterval", 100)  # ms; collections are ready sooner
    server.config.set("queryCoord.distPullInterval", 100)
    server.config.set("log.level", "warn")
    # Without this file all servers of a machine use the same two ports for their etcd.
    etcd = folder / "etcd.yaml"
    etcd.write_text(
        f"listen-peer-urls: http://127.0.0.1:{peers}\n"
        f"listen-client-urls: http://127.0.0.1:{clients}\n"
        f"initial-advertise-peer-urls: http://127.0.0.1:{peers}\n"
        f"advertise-client-urls: http://127.0.0.1:{clients}\n"
        f"initial-cluster: default=http://127.0.0.1:{peers}\n"
    )
    os.environ["ETCD_CONFIG_PATH"] = str(etcd)
    return int(health)


def _is_up(server: Any) -> bool:
    patience = time.monotonic() + START_SECONDS
    health = f"http://127.0.0.1:{server.webservice_port}/healthz"
    while server.server_proc.poll() is None and time.monotonic() < patience:
        with suppress(OSError), urllib.request.urlopen(health, timeout=5) as answer:
            if b"OK" in answer.read():
                time.sleep(1)  # as MilvusServer does: the proxy is up a moment later
                return True
        time.sleep(0.1)
    return False


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), sys.argv[2] == "1", int(sys.argv[3]))
