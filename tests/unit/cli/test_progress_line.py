"""The progress line of the commands."""

from __future__ import annotations

from io import StringIO

import pytest

from tui.cli.terminal.progress_line import ProgressLine


class Terminal(StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True

    @property
    def texts(self) -> list[str]:
        """Return the texts that were written on the line, oldest first."""
        return [text.rstrip(" ") for text in self.getvalue().split("\r")[1:]]


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def terminal() -> Terminal:
    return Terminal()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_texts_that_follow_too_soon_are_skipped(terminal: Terminal, clock: Clock) -> None:
    line = ProgressLine(terminal, clock)
    for number in range(30):
        line.show(f"{number}/30")
        clock.seconds += 0.01
    assert terminal.texts == ["0/30", "10/30", "20/30"]


def test_a_new_stage_is_shown_at_once_and_is_timed(terminal: Terminal, clock: Clock) -> None:
    line = ProgressLine(terminal, clock)
    line.enter("copying")
    line.show("copying 1")
    clock.seconds += 3
    assert line.enter("copying") == 3
    line.show("copying 2")
    assert line.enter("comparing") == 0
    line.show("comparing 1")
    line.show("comparing 2")
    assert terminal.texts == ["copying 1", "copying 2", "comparing 1"]


def test_the_line_ends_with_the_last_text(terminal: Terminal, clock: Clock) -> None:
    line = ProgressLine(terminal, clock)
    line.show("99 %")
    line.show("100 %")
    line.leave()
    assert terminal.texts[-1] == "100 %\n"


def test_nothing_is_written_to_a_file() -> None:
    stream = StringIO()
    for line in (ProgressLine(stream), ProgressLine(None)):
        line.show("1/2")
        line.wipe()
        line.leave()
    assert stream.getvalue() == ""
