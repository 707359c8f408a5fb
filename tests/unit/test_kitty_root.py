"""The source of the tests' Debian root; creating it needs a network and is not tested."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.programs import kitty_root

DEB822 = """Types: deb
# a comment
URIs: http://mirror.example/debian-security
Suites: bookworm-security

Types: deb
URIs: https://mirror.example/debian/
Suites: bookworm
"""


@pytest.mark.parametrize(
    ("name", "text", "address"),
    [
        ("sources.list.d/debian.sources", DEB822, "https://mirror.example/debian"),
        ("sources.list", "deb http://a.example/debian bookworm main\n", "http://a.example/debian"),
        (
            "sources.list",
            "deb [arch=amd64 signed-by=/k] http://a.example/debian/ bookworm main\n",
            "http://a.example/debian",
        ),
        ("sources.list", "# deb http://a.example/debian bookworm main\n", ""),
        ("sources.list", "deb http://a.example/debian-security bookworm main\n", ""),
        ("sources.list.d/other.list", "deb http://a.example/ubuntu noble main\n", ""),
    ],
)
def test_the_mirror_is_the_one_of_apt(tmp_path: Path, name: str, text: str, address: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    assert kitty_root.mirror(tmp_path) == address


def test_without_sources_there_is_no_mirror(tmp_path: Path) -> None:
    assert kitty_root.mirror(tmp_path) == ""


def test_without_a_root_the_reason_names_the_command_that_creates_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PHOTOSEEK_TEST_KITTY_ROOT", str(tmp_path))
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert "python -m tests.support.programs.kitty_root" in kitty_root.why_not()
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert kitty_root.why_not() == "only root can enter another root"
    assert kitty_root.make() == "only root can make one"


def test_a_root_is_not_created_without_debootstrap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PHOTOSEEK_TEST_KITTY_ROOT", str(tmp_path / "root"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert kitty_root.make() == "debootstrap is not installed"
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHOTOSEEK_TEST_KITTY_ROOT", str(tmp_path / "cache" / "root"))
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("shutil.which", lambda name: name)
    monkeypatch.setattr(kitty_root, "mirror", lambda: "http://mirror.example/debian")
    failed = subprocess.CompletedProcess([], 1, "I: begun\nE: no such release\n", "")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: failed)
    assert kitty_root.make() == "debootstrap failed: E: no such release"
    assert list((tmp_path / "cache").iterdir()) == []
