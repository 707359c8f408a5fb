"""Fixtures of every test: its own library and settings, and only loopback connections."""

from __future__ import annotations

import ipaddress
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from tests.support.servers.milvus_server import milvus_address, milvus_port, milvus_programs  # noqa: F401 (fixtures)
from tests.support.servers.s3_server import s3, s3_server  # noqa: F401 (fixtures)
from tui.storage.objects.access import StorageAccess, access

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Before any test module imports a library that reads it, and inherited by every child process.
os.environ["HF_HUB_OFFLINE"] = "1"

# Workers of pytest-xdist inherit the size of a terminal that is not the one that a test opens.
for _name in ("COLUMNS", "LINES"):
    os.environ.pop(_name, None)

# Programs in the background of a shell ignore Ctrl-C, and so do programs that a test starts there.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A slow machine is not a failure.
settings.register_profile(
    "any-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any-machine")

_calls_out: list[str] = []


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests with a Milvus server in one worker, which creates each library there once."""
    for item in items:
        if "milvus_port" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("milvus"))


def _is_local(host: object) -> bool:
    name = os.fsdecode(host) if isinstance(host, str | bytes) else str(host)
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return name in ("", "None", "localhost")


def _refuse_calls_out(event: str, args: tuple[Any, ...]) -> None:
    """Reject every connection and look-up that is not loopback; an audit hook (PEP 578)."""
    if event in ("socket.connect", "socket.sendto"):
        address = args[1]
        host = address[0] if isinstance(address, tuple) else "localhost"  # Unix sockets are local
    elif event == "socket.getaddrinfo":
        host = args[0]
    else:
        return
    if not _is_local(host):
        _calls_out.append(f"{event} to {host}")
        raise PermissionError(f"tests stay on this machine: {event} to {host}")


sys.addaudithook(_refuse_calls_out)


@pytest.fixture(autouse=True)
def _no_typed_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start each test without typed addresses and without a rule of an open library."""
    for name, value in vars(StorageAccess()).items():
        monkeypatch.setattr(access, name, value)


@pytest.fixture(autouse=True)
def _own_library(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test, and its children, an empty data folder and no configuration file."""
    for name in [name for name in os.environ if name.startswith("PHOTOSEEK_")]:
        if not name.startswith("PHOTOSEEK_TEST_"):
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("photoseek")
    monkeypatch.setenv("PHOTOSEEK_DATA_DIR", str(home / "data"))
    monkeypatch.setenv("PHOTOSEEK_CONFIG", str(home / "config.toml"))
    return home


@pytest.fixture(autouse=True)
def _no_calls_out() -> Iterator[None]:
    """Fail a test that tried to leave the machine, even if the program caught the rejection."""
    _calls_out.clear()
    yield
    assert not _calls_out
