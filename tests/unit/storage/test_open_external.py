"""Pictures are passed to other programs."""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path

import pytest

from tui.core.errors import PhotoseekError
from tui.storage.open_external import launch, open_command, reveal_command

A, B = Path("/a b.jpg"), Path("/c.jpg")


@pytest.mark.parametrize(
    ("opener", "platform", "command"),
    [
        ("", "linux", ["xdg-open", "/a b.jpg"]),
        ("", "darwin", ["open", "/a b.jpg"]),
        ("", "win32", ["explorer", "/a b.jpg"]),
        ("feh -F", "linux", ["feh", "-F", "/a b.jpg", "/c.jpg"]),
        ("'my viewer' {} --end", "linux", ["my viewer", "/a b.jpg", "/c.jpg", "--end"]),
    ],
)
def test_the_opener_command_is_split_and_filled(
    opener: str, platform: str, command: list[str]
) -> None:
    assert open_command(opener, [A, B], platform) == command


def test_an_invalid_opener_is_reported() -> None:
    with pytest.raises(PhotoseekError, match="opener"):
        open_command("feh 'x", [A])


def test_the_file_manager_shows_the_file_or_opens_the_folder() -> None:
    assert reveal_command(A, "darwin") == ["open", "-R", "/a b.jpg"]
    assert reveal_command(A, "win32") == ["explorer", "/select,/a b.jpg"]
    assert reveal_command(A, "linux", lambda _: None) == ["xdg-open", "/"]
    assert "['file:///a%20b.jpg']" in reveal_command(A, "linux", lambda _: "/usr/bin/gdbus")


def test_a_missing_or_failing_program_is_reported() -> None:
    with pytest.raises(PhotoseekError, match="nothing-of-that-name was not found"):
        launch(["nothing-of-that-name"])
    with pytest.raises(PhotoseekError, match="exit code 3"):
        launch([sys.executable, "-c", "raise SystemExit(3)"])


@pytest.mark.skipif(shutil.which("sleep") is None, reason="needs sleep")
def test_a_viewer_does_not_block() -> None:
    begin = time.monotonic()
    launch(["sleep", "6"])
    assert time.monotonic() - begin < 5
