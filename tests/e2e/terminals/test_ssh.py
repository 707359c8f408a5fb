"""The application over SSH, to a server of its own on the loopback address."""

from __future__ import annotations

import getpass
import os
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.terminals.real_terminal import Terminal

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


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture
def ssh(tmp_path: Path) -> Iterator[list[str]]:
    """The command that runs another one on this machine over SSH."""
    sshd = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if sshd is None or shutil.which("ssh") is None:
        pytest.skip("ssh and sshd are not both installed")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # sshd of root wants it
    for name in ("host", "key"):
        keygen = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / name)]
        subprocess.run(keygen, check=True, timeout=20)
    port = free_port()
    (tmp_path / "config").write_text(CONFIGURATION.format(port=port, folder=tmp_path))
    server = subprocess.Popen(
        [sshd, "-D", "-e", "-f", str(tmp_path / "config")], stderr=subprocess.DEVNULL
    )
    command = [
        "ssh", "-tt", "-p", str(port), "-i", str(tmp_path / "key"), "-F", os.devnull,
        "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR",
        "-o", f"UserKnownHostsFile={tmp_path / 'known'}", f"{getpass.getuser()}@127.0.0.1",
    ]  # fmt: skip
    try:
        for _ in range(100):
            if server.poll() is not None:
                pytest.skip(f"sshd does not start here (exit code {server.returncode})")
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield command
    finally:
        server.terminate()
        server.wait(10)


def test_the_app_starts_takes_keys_and_quits_over_ssh(ssh: list[str], tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    library = os.environ["PHOTOSEEK_DATA_DIR"]
    inside = [sys.executable, "-m", "tui", "--data-dir", library, str(tmp_path / "pictures")]
    remote = f"cd {shlex.quote(str(Path.cwd()))} && {shlex.join(inside)}"
    with Terminal([*ssh, remote]) as terminal:
        terminal.wait_for("Describe a picture")
        terminal.type("fox")
        terminal.wait_for("fox")
        terminal.resize(60, 20)
        terminal.wait_until(lambda screen: "fox" in screen, what="the search after a resize")
        terminal.send("C-q")
        assert terminal.wait_for_end() == 0
        terminal.assert_restored()
