"""The limits of the decode process, read from the system that enforces them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.pictures.odd_images import scene
from tui.images.decode_types import DecodeCost, DecodeRequest
from tui.images.sandbox.process import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@pytest.fixture
def process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Yield the /proc folder of a decode process that has limited itself."""
    monkeypatch.setenv("PHOTOSEEK_MILVUS_TOKEN", "user:password")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    scene().save(tmp_path / "a.tif")
    sandbox = Sandbox()
    sandbox.decode(tmp_path / "a.tif", DecodeRequest(8, 8, cover=True), lambda _: None)
    yield Path(f"/proc/{sandbox.pid}")
    sandbox.close()


def test_no_token_reaches_the_decode_process(process: Path) -> None:
    names = {entry.partition(b"=")[0] for entry in (process / "environ").read_bytes().split(b"\0")}
    assert b"PATH" in names
    assert not names & {b"PHOTOSEEK_MILVUS_TOKEN", b"AWS_SECRET_ACCESS_KEY", b"HF_TOKEN"}
    assert not [name for name in names if b"TOKEN" in name or b"SECRET" in name]


def test_hard_limits_are_lowered_with_the_soft_ones(process: Path) -> None:
    limits = {}
    for line in (process / "limits").read_text().splitlines()[1:]:
        limits[line[:26].strip()] = line[26:].split()[:2]
    assert limits["Max file size"] == ["0", "0"]
    assert limits["Max core file size"] == ["0", "0"]
    soft, hard = limits["Max address space"]
    assert soft == hard != "unlimited"
    soft, hard = limits["Max cpu time"]
    assert int(soft) <= int(hard)


def test_the_decode_process_has_no_network(process: Path) -> None:
    if _unshare_is_denied():
        pytest.skip("this system denies network namespaces")
    interfaces = (process / "net" / "dev").read_text().splitlines()[2:]
    assert [line.split(":")[0].strip() for line in interfaces] == ["lo"]
    assert (process / "net" / "route").read_text().splitlines()[1:] == []
    assert (process / "ns" / "net").readlink() != Path("/proc/self/ns/net").readlink()


def test_new_privileges_are_dropped(process: Path) -> None:
    status = (process / "status").read_text()
    assert "NoNewPrivs:\t1" in status


def _unshare_is_denied() -> bool:
    script = "from tui.images.sandbox.limits import leave_network as leave; print(leave())"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    return done.stdout.strip() != b"True"


def test_memory_is_requested_before_pixels_are_decoded(tmp_path: Path) -> None:
    scene().save(tmp_path / "a.tif")
    costs: list[DecodeCost] = []
    sandbox = Sandbox()
    sandbox.decode(tmp_path / "a.tif", DecodeRequest(8, 8, cover=True), costs.append)
    sandbox.close()
    assert [cost.memory > 0 for cost in costs] == [True]
