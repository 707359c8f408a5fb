"""The guards on which every other test relies."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from tests import conftest
from tests.support.pictures.sample_photos import label_of


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "pictures.example"])
def test_no_connection_leaves_the_machine(host: str) -> None:
    with pytest.raises(PermissionError, match="tests stay on this machine"):
        socket.create_connection((host, 80), timeout=1)
    assert conftest._calls_out
    conftest._calls_out.clear()


def test_loopback_is_permitted() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=5).close()
    assert not conftest._calls_out


def test_each_test_has_a_library_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    data = Path(os.environ["PHOTOSEEK_DATA_DIR"])
    assert not data.exists()
    assert data.is_relative_to(tmp_path_factory.getbasetemp())


def test_the_label_is_the_name_after_the_number() -> None:
    assert label_of(Path("n01644373_tree_frog.JPEG")) == "tree frog"
