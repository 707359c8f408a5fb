"""An SSH server on the loopback address, and a slow connection to it."""

from __future__ import annotations

import getpass
import os
import queue
import shutil
import socket
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tui.core.closing import Closing

if TYPE_CHECKING:
    from collections.abc import Iterator

CONFIGURATION = """
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host
AuthorizedKeysFile {folder}/key.pub
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
"""
_BLOCK = 2048


class SlowLine(Closing):
    """A TCP port of the loopback address that forwards bytes to another one, slowly.

    Args:
        port: the target port.
        rate: bytes a second in each direction.
        delay: seconds that each byte takes in each direction.

    Attributes:
        port: the port on which it listens.
    """

    def __init__(self, port: int, rate: float, delay: float) -> None:
        self._target, self._rate, self._delay = port, rate, delay
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 * _BLOCK)
        self.port = int(self._server.getsockname()[1])
        self._sockets: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._server.accept()
            except OSError:  # closed
                return
            far = socket.socket()
            far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 * _BLOCK)
            far.connect(("127.0.0.1", self._target))
            self._sockets += [near, far]
            for source, target in ((near, far), (far, near)):
                carried: queue.Queue[tuple[float, bytes]] = queue.Queue()
                threading.Thread(target=self._take, args=(source, carried), daemon=True).start()
                threading.Thread(target=self._give, args=(target, carried), daemon=True).start()

    def _take(self, source: socket.socket, carried: queue.Queue[tuple[float, bytes]]) -> None:
        block = b"start"
        while block:
            try:
                block = source.recv(_BLOCK)
            except OSError:
                block = b""
            time.sleep(len(block) / self._rate)  # the next block waits for this one
            carried.put((time.monotonic() + self._delay, block))

    def _give(self, target: socket.socket, carried: queue.Queue[tuple[float, bytes]]) -> None:
        while True:
            due, block = carried.get()
            time.sleep(max(0.0, due - time.monotonic()))
            try:
                if not block:
                    target.shutdown(socket.SHUT_WR)
                    return
                target.sendall(block)
            except OSError:
                return

    def close(self) -> None:
        """End all connections."""
        for open_socket in (self._server, *self._sockets):
            open_socket.close()


class SshServer(Closing):
    """An SSH server for this user; skips the test if none can run.

    Args:
        folder: for keys and settings.
    """

    def __init__(self, folder: Path) -> None:
        sshd = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
        if sshd is None or shutil.which("ssh") is None:
            pytest.skip("ssh and sshd are not both installed")
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # root's sshd requires it
        for name in ("host", "key"):
            keygen = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
            subprocess.run(keygen, check=True, timeout=20)
        self._folder = folder
        self.port = _free_port()
        (folder / "config").write_text(CONFIGURATION.format(port=self.port, folder=folder))
        self._process = subprocess.Popen(
            [sshd, "-D", "-e", "-f", str(folder / "config")], stderr=subprocess.DEVNULL
        )
        try:
            self._await_start()
        except BaseException:
            self.close()
            raise

    def command(self, port: int | None = None) -> list[str]:
        """Return the command that runs another one over SSH, by default directly."""
        return [
            "ssh", "-tt", "-p", str(port or self.port), "-i", str(self._folder / "key"),
            "-F", os.devnull, "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=no",
            "-o", "LogLevel=ERROR", "-o", f"UserKnownHostsFile={self._folder / 'known'}",
            f"{getpass.getuser()}@127.0.0.1",
        ]  # fmt: skip

    def _await_start(self) -> None:
        for _ in range(100):
            if self._process.poll() is not None:
                pytest.skip(f"sshd does not start here (exit code {self._process.returncode})")
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.05)

    def close(self) -> None:
        """End the server."""
        self._process.terminate()
        self._process.wait(10)


@pytest.fixture
def ssh_server(tmp_path: Path) -> Iterator[SshServer]:
    """A server that runs during the test."""
    folder = tmp_path / "ssh"
    folder.mkdir()
    with SshServer(folder) as server:
        yield server


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
