"""``photoseek library copy`` as a real process."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.libraries.library_factory import make_library, random_directions
from tests.support.libraries.transfer_fixtures import dump
from tests.support.terminals.command_line import PHOTOSEEK, photoseek
from tui.library.local.catalog.reader import Catalog

MANY = 6_000
MODEL = "m"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    names = [f"{number}.jpg" for number in range(MANY)]
    pictures = dict(zip(names, random_directions(MANY, 4), strict=True))
    make_library(tmp_path / "source", tmp_path, MODEL, pictures)
    return tmp_path / "source"


def files(library: Path) -> int:
    with Catalog.open(library, read_only=True) as catalog:
        return catalog.count()


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_an_interrupted_copy_resumes(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    command = [*PHOTOSEEK, "library", "copy", str(source), str(target)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 30
        while not (begun := files(target)) and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    copied = files(target)
    assert begun <= copied < MANY
    assert process.returncode == 130
    assert f"{copied:,} files copied, 0 already in DST" in errors
    assert "run again to resume" in errors
    again = photoseek("library", "copy", str(source), str(target))
    assert again.code == 0, again.stderr
    assert f"{MANY - copied:,} files copied, {copied:,} already in DST" in again.stderr
    assert f"{MANY:,} files with {MANY:,} contents are in both; 300 vectors" in again.stderr
    with Catalog.open(source) as ours, Catalog.open(target) as theirs:
        assert dump(ours) == dump(theirs)


def test_an_unusable_library_address_is_one_sentence(source: Path, tmp_path: Path) -> None:
    none = photoseek("library", "copy", str(tmp_path / "none"), str(tmp_path / "target"))
    assert none.code == 2
    assert "There is no library in" in none.error_line
    other = tmp_path / "other"
    make_library(other, tmp_path / "elsewhere", MODEL, {"x.jpg": random_directions(1, 4)[0]})
    refused = photoseek("library", "copy", str(source), str(other))
    assert refused.code == 2
    assert "pass --merge to keep both" in refused.error_line
    assert files(other) == 1
