"""Without a terminal for the screen, one sentence names the alternative."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.terminals.command_line import bound_by_permissions, photoseek

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pty = pytest.importorskip("pty")


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """Yield both ends of a pseudo-terminal: ours, and the one for the program."""
    ours, its = pty.openpty()
    yield ours, its
    os.close(its)
    os.close(ours)


@pytest.mark.parametrize(
    ("piped", "named"),
    [("stdin", "standard input"), ("stdout", "standard output"), ("stderr", "standard error")],
)
def test_each_stream_must_be_a_terminal(terminal: tuple[int, int], piped: str, named: str) -> None:
    ours, its = terminal
    streams: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), its)
    del streams[piped]
    outcome = photoseek(**streams)
    message = outcome.stderr if piped == "stderr" else os.read(ours, 10_000).decode()
    assert outcome.code == 2
    assert named in message
    assert "photoseek search" in message


def test_a_dumb_terminal_is_refused_in_one_sentence(terminal: tuple[int, int]) -> None:
    ours, its = terminal
    environment = {**os.environ, "TERM": "dumb"}
    outcome = photoseek(stdin=its, stdout=its, stderr=its, env=environment)
    message = os.read(ours, 10_000).decode()
    assert outcome.code == 2
    assert "TERM=dumb" in message
    assert "photoseek search" in message
    assert "\x1b" not in message


def test_a_missing_folder_and_a_file_are_rejected(tmp_path: Path) -> None:
    missing = photoseek(str(tmp_path / "missing"))
    assert missing.code == 2
    assert "was not found" in missing.error_line
    file = tmp_path / "file"
    file.touch()
    assert "is not a folder" in photoseek(str(file)).error_line


def test_an_unreadable_folder_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0)
    outcome = photoseek(str(tmp_path / "locked"), before=bound_by_permissions())
    assert outcome.code == 2
    assert "can't be read" in outcome.error_line
