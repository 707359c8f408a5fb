"""``photoseek forget`` asks for confirmation in a terminal."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.embedders import save_picture
from tests.support.libraries.library_factory import make_library, random_directions
from tests.support.terminals.command_line import photoseek
from tui.library.local.catalog.reader import Catalog

pty = pytest.importorskip("pty")


@pytest.mark.parametrize(("answer", "remaining"), [(b"n\n", 1), (b"y\n", 0), (b"\x04", 1)])
def test_only_the_answer_yes_removes_a_folder(
    tmp_path: Path, answer: bytes, remaining: int
) -> None:
    data_dir = Path(os.environ["PHOTOSEEK_DATA_DIR"])
    make_library(data_dir, tmp_path, "m", {"1.jpg": random_directions(1, 4)[0]})
    ours, its = pty.openpty()
    os.write(ours, answer)
    outcome = photoseek("forget", str(tmp_path), stdin=its)
    os.close(ours)
    os.close(its)
    assert "1 file in 1 folder will" in outcome.stderr
    assert outcome.code == (130 if answer == b"\x04" else 0)
    with Catalog.open(data_dir, read_only=True) as catalog:
        assert catalog.count() == remaining


@pytest.mark.parametrize(("answer", "indexed"), [(b"n\n", 0), (b"y\n", 1)])
def test_index_asks_before_it_adds_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: bytes, indexed: int
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    save_picture(tmp_path / "red.png", "red")
    ours, its = pty.openpty()
    os.write(ours, answer)
    outcome = photoseek("index", str(tmp_path), stdin=its)
    os.close(ours)
    os.close(its)
    assert "is your whole home folder. Index it?" in outcome.stderr
    assert outcome.code == 0
    with Catalog.open(Path(os.environ["PHOTOSEEK_DATA_DIR"]), read_only=True) as catalog:
        assert catalog.count() == indexed
