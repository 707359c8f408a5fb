"""What is said of one picture."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.app.facts import copies_text, facts, score_text, size_text
from tui.domain import FileDetails, Hit, PictureInfo

FILE = FileDetails(1, Path("/a/b.png"), 2_345_678, 0, None)


def hit(score: float | None, strength: float | None = None, copies: int = 1) -> Hit:
    return Hit(1, score, FILE, strength, copies)


def test_a_score_is_a_bar_where_there_is_room() -> None:
    assert score_text(hit(0.25), 0.5, 40) == "━━━━╌╌╌╌ 0.25"
    assert score_text(hit(0.25), 0.5, 9) == "━━╌╌ 0.25"
    assert score_text(hit(0.25), 0.5, 8) == "0.25"
    assert score_text(hit(None), None, 40) == ""


def test_the_bar_is_the_strength_where_it_is_known() -> None:
    assert score_text(hit(0.25, strength=1.0), 0.5, 40) == "━━━━━━━━ 0.25"
    assert score_text(hit(0.25, strength=0.0), 0.5, 40) == "╌╌╌╌╌╌╌╌ 0.25"


@given(st.floats(-1, 1), st.floats(-1, 1) | st.none(), st.integers(0, 200))
def test_a_score_fits(score: float, best: float | None, width: int) -> None:
    assert len(score_text(hit(score), best, width)) <= max(width, len("-0.00"))


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (9_949, "9.9 kB"), (9_960, "10 kB"),
     (999_600, "1.0 MB"), (2_345_678, "2.3 MB"), (5 * 10**15, "5000 TB")],
)  # fmt: skip
def test_sizes(size: int, text: str) -> None:
    assert size_text(size) == text


def test_facts_leave_out_what_is_not_known() -> None:
    assert facts(FILE)[1:] == ["2.3 MB"]
    info = PictureInfo(4, 3, "PNG", camera="Fuji\x1b X")
    line = facts(FileDetails(1, Path("/a"), 5, 0, info))
    assert line[1:] == ["4 × 3", "5 B", "PNG", "Fuji\\x1b X"]  # noqa: RUF001 - a size


def test_copies_are_said_where_there_are_any() -> None:
    assert (copies_text(hit(0.1)), copies_text(hit(0.1, copies=3))) == ("", "3x")
