"""The bytes that the application sends to a real terminal: only the cells that change."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.pictures.noise import index_noise
from tests.support.terminals.counting_terminal import CountingTerminal

PICTURES = 24
DOWN, RIGHT, PAGE_DOWN, HOME = "\x1b[B", "\x1b[C", "\x1b[6~", "\x1b[H"
F5, ESCAPE, PALETTE = "\x1b[15~", "\x1b", "\x10"
MOVE, SAME = 4000, 1000
"""The most bytes for a move of the cursor, and for a letter that changes no result."""


@pytest.fixture
def terminal(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[CountingTerminal]:
    """Yield photoseek over noise, which has a different colour in each cell.

    The parameter, if there is one, is added to the environment.
    """
    folder = tmp_path / "pictures"
    index_noise(folder, PICTURES)
    environ = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    for name in ("TMUX", "STY", "NO_COLOR"):
        environ.pop(name, None)
    added = getattr(request, "param", {})
    environ.update(added)
    options = [] if added else ["--images", "halfcell"]
    command = [sys.executable, "-m", "tui", *options, str(folder)]
    with CountingTerminal(command, environ) as terminal:
        terminal.wait_until(lambda screen: re.search(r"[ab]\d\d\.png", screen) is not None)
        settle(terminal)
        yield terminal


def settle(terminal: CountingTerminal) -> None:
    """Wait until the screen hardly changes: the cursor of the input may blink."""
    while len(terminal.read(1)) > 200:
        pass


def sent_by(terminal: CountingTerminal, key: str) -> int:
    """Press a key and return how many bytes follow."""
    settle(terminal)
    terminal.send(key)
    return len(terminal.read(1.5))


def assert_shows_what_a_redraw_shows(terminal: CountingTerminal) -> None:
    settle(terminal)
    before = [dict(row) for row in terminal.screen.buffer.values()]
    assert sent_by(terminal, F5) > 10_000, "the screen is sent whole"
    assert [dict(row) for row in terminal.screen.buffer.values()] == before


def test_moves_and_letters_that_change_nothing_cost_little(terminal: CountingTerminal) -> None:
    terminal.send("name:a")
    terminal.wait_until(lambda screen: "b01" not in screen)
    assert 0 < sent_by(terminal, " ") < SAME
    terminal.send("\r")
    for key in (RIGHT, DOWN, RIGHT):
        assert 0 < sent_by(terminal, key) < MOVE


def test_a_move_beside_the_preview_costs_little_more_than_its_picture(
    terminal: CountingTerminal,
) -> None:
    """The texts are sent first; the cells of the picture follow."""
    terminal.send("\rv")
    settle(terminal)
    assert sent_by(terminal, "P") > MOVE
    assert "Pixels" in "\n".join(terminal.screen.display)
    for key in (DOWN, DOWN, RIGHT):
        settle(terminal)
        terminal.send(key)
        sent = terminal.read(1.5)
        runs = re.split(rb"(?=\x1b\[\d+;\d+H)", sent)
        picture = [run for run in runs if "▀".encode() in run]
        assert sum(map(len, picture)) > 5_000, "another picture"
        assert 0 < sum(map(len, runs)) - sum(map(len, picture)) < MOVE
        texts = [sent.index(run) for run in runs if b".png" in run]
        assert max(texts) < sent.index(picture[0]), "texts come first"


def test_the_screen_equals_a_full_redraw(terminal: CountingTerminal) -> None:
    terminal.send("name:b\r")
    terminal.wait_until(lambda screen: "a00" not in screen)
    for keys in (RIGHT, DOWN, "?", ESCAPE, PALETTE, "the", ESCAPE, "\r", "n", "n", ESCAPE, "l"):
        sent_by(terminal, keys)
    assert_shows_what_a_redraw_shows(terminal)
    for size in ((90, 30), (140, 45)):
        start = len(terminal.received)
        terminal.resize(*size)
        settle(terminal)
        terminal.wait_until(lambda screen: "b01" in screen and "Keys" in screen)
        rows = re.findall(rb"\x1b\[(\d+);\d+H", terminal.received[start:])
        assert max(map(int, rows)) <= size[1], "nothing is painted in the former layout"
        assert_shows_what_a_redraw_shows(terminal)


def test_a_terminal_that_stops_reading_gets_only_the_newest_screen(
    terminal: CountingTerminal,
) -> None:
    terminal.send("\r")
    page = max(sent_by(terminal, key) for key in (PAGE_DOWN, HOME))
    assert page > 50_000
    for key in (PAGE_DOWN, HOME) * 6:
        terminal.send(key)
        time.sleep(0.4)
    start = len(terminal.received)
    settle(terminal)
    assert len(terminal.received) - start < 4 * page
    assert_shows_what_a_redraw_shows(terminal)


@pytest.mark.parametrize("terminal", [{"NO_COLOR": "1"}], indirect=True)
def test_no_colours_are_sent_with_no_color(terminal: CountingTerminal) -> None:
    for keys in ("zzz", "\x7f\x7f\x7f", "name:zzz", ESCAPE, "\r", RIGHT, "?", ESCAPE, PALETTE):
        sent_by(terminal, keys)
    styles = set(re.findall(rb"\x1b\[([\d;]*)m", terminal.received))
    assert len(styles) > 3
    codes = {code for style in styles for code in style.split(b";")}
    assert codes <= {b"0", b"1", b"2", b"3", b"4", b"7", b"9", b"39", b"49"}, styles


def test_the_screen_is_sent_whole_after_the_program_was_stopped(
    terminal: CountingTerminal,
) -> None:
    terminal.send("\r")
    settle(terminal)
    terminal.signal(signal.SIGTSTP)
    assert b"\x1b[?1049l" in terminal.read(1)
    terminal.signal(signal.SIGCONT)
    again = terminal.read(3).partition(b"\x1b[?1049h")[2].decode(errors="replace")
    assert again.count("▀") > 1000
    assert re.search(r"[ab]\d\d\.png", again)
