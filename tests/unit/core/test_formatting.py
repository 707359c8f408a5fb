"""Displayed texts can't harm a terminal."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.core.domain import FileDetails, PictureInfo, Progress
from tui.core.formatting import (
    date_of,
    duration_text,
    plural,
    printable,
    progress_text,
    running_text,
    size_text,
)


@given(st.text(alphabet=st.characters()))
def test_any_text_becomes_one_plain_line(text: str) -> None:
    shown = printable(text)
    assert len(shown.splitlines()) <= 1
    assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in shown)
    shown.encode()


@given(st.binary())
def test_any_file_name_can_be_shown(name: bytes) -> None:
    printable(os.fsdecode(name)).encode()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("été 夏 👨\u200d👩.jpg", "été 夏 👨\u200d👩.jpg"),
        ("two\nlines", r"two\nlines"),
        ("\x1b[2J", r"\x1b[2J"),
        (os.fsdecode(b"caf\xe9.jpg"), r"caf\xe9.jpg"),
        ("\u202egpj.exe", r"\u202egpj.exe"),
    ],
)
def test_only_unprintable_characters_are_escaped(name: str, shown: str) -> None:
    assert printable(name) == shown


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (89, "89 s"), (600, "10 min"), (7500, "2 h 5 min")]
)
def test_durations_are_formatted(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


def test_counts_are_formatted() -> None:
    assert plural(1, "file") == "1 file"
    assert plural(1234, "file") == "1,234 files"


def test_progress_is_formatted_in_a_line() -> None:
    assert progress_text(Progress("scanning")) == "looking for pictures"
    run = Progress("embedding", done=1200, total=5000, failed=3, rate=21.6, seconds_left=176)
    assert progress_text(run) == "1,200/5,000 · 22/s · 3 min left · 3 failed"
    assert running_text(run) == progress_text(run)
    assert running_text(Progress("embedding")) == "loading model…"
    assert running_text(Progress("embedding", total=9)) == "0/9 · loading model…"
    assert progress_text(Progress("saving", done=5, total=5, rate=0.5)) == "5/5 · 0.5/s · saving"


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (1_234_567_890, "1.2 GB"),
        (5_000_000_000_000, "5,000.0 GB"),
    ],
)
def test_sizes_are_formatted(size: int, text: str) -> None:
    assert size_text(size) == text


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone can't be set")
def test_a_date_is_local_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Etc/GMT-5")  # five hours east of Greenwich
    time.tzset()
    try:
        dated = PictureInfo(8, 8, "JPEG", 10**18)
        dates = [
            date_of(FileDetails(1, Path("/p"), 1, mtime_ns, info))
            for mtime_ns, info in ((1, dated), (10**18, None), (2**63 * 1000, None))
        ]
        assert [date and date.isoformat() for date in dates] == [
            "2001-09-09T01:46:40",
            "2001-09-09T06:46:40",
            None,
        ]
    finally:
        monkeypatch.undo()
        time.tzset()
