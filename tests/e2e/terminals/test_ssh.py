"""The application over SSH, to a server of its own on the loopback address."""

from __future__ import annotations

import os
import re
import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.pictures.noise import index_noise
from tests.support.servers.ssh_server import SlowLine, SshServer, ssh_server  # noqa: F401 (fixture)
from tests.support.terminals.counting_terminal import CountingTerminal
from tests.support.terminals.real_terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable

MEGABIT = 125_000.0
DELAY = 0.08
UNDER_WAY = 64_000
"""The most bytes for which a key's echo may wait."""
PICTURES = 40
RIGHT, PAGE_DOWN, QUIT = "\x1b[C", "\x1b[6~", "\x11"


def remote(*arguments: str) -> str:
    """Return the shell command that starts the application with this test's library."""
    library = os.environ["PHOTOSEEK_DATA_DIR"]
    inside = [sys.executable, "-m", "tui", "--data-dir", library, *arguments]
    return f"cd {shlex.quote(str(Path.cwd()))} && COLORTERM=truecolor exec {shlex.join(inside)}"


def test_the_app_starts_takes_keys_and_quits_over_ssh(
    ssh_server: SshServer,  # noqa: F811
    tmp_path: Path,
) -> None:
    (tmp_path / "pictures").mkdir()
    command = [*ssh_server.command(), remote(str(tmp_path / "pictures"))]
    with Terminal(command) as terminal:
        terminal.wait_for("Describe a picture")
        terminal.type("fox")
        terminal.wait_for("fox")
        terminal.resize(60, 20)
        terminal.wait_until(lambda screen: "fox" in screen, what="the search after a resize")
        terminal.send("C-q")
        assert terminal.wait_for_end() == 0
        terminal.assert_restored()


@pytest.fixture
def noise(tmp_path: Path) -> Path:
    """Return indexed pictures with a different colour in each cell."""
    folder = tmp_path / "pictures"
    index_noise(folder, PICTURES)
    return folder


def step(terminal: CountingTerminal, name: str, keys: str, holds: Callable[[], bool]) -> int:
    """Press keys, wait until a condition holds and all has arrived; print and return the bytes."""
    start, begin = len(terminal.received), time.monotonic()
    terminal.send(keys)
    terminal.wait_until(lambda _: holds())
    shown = time.monotonic() - begin
    terminal.settle(1.5)
    size, complete = len(terminal.received) - start, max(shown, terminal.last_paint - begin)
    print(f"{name:28}{shown:14.2f}{complete:10.2f}{size:10,}")
    return size


def test_a_slow_line_carries_little_and_a_key_before_pictures(
    ssh_server: SshServer,  # noqa: F811
    noise: Path,
) -> None:
    with SlowLine(ssh_server.port, MEGABIT, DELAY) as line:
        command = [*ssh_server.command(line.port), remote("--images", "halfcell", str(noise))]
        environ = {**os.environ, "TERM": "xterm-256color"}
        print(f"\n{'1 Mbit/s, 80 ms each way':28}{'change, s':>14}{'all, s':>10}{'bytes':>10}")
        with CountingTerminal(command, environ) as terminal:
            step(terminal, "first frame, pictures", "", lambda: "Describe" in terminal.text())
            assert terminal.text().count("▀") > 1000
            word = step(
                terminal, "a word, other pictures", "name:b", lambda: not shows(terminal, "a")
            )
            length = len(terminal.received)
            same = step(
                terminal, "a letter, same pictures", " ", lambda: len(terminal.received) > length
            )
            assert same < 1000
            terminal.send("\r")
            terminal.settle()
            first = terminal.cursor()
            moves = step(terminal, "ten moves", RIGHT * 10, lambda: terminal.cursor()[0] > first[0])
            assert moves < 10 * 4000
            page_before = names(terminal.text())
            page = step(
                terminal, "a page", PAGE_DOWN, lambda: names(terminal.text()) != page_before
            )
            assert word < 200_000
            assert page < 200_000
            assert_echo_before_pictures(terminal)
            terminal.send(QUIT)
            terminal.read(2)


def shows(terminal: CountingTerminal, letter: str) -> bool:
    return re.search(rf"\b{letter}\d\d\.png", terminal.text()) is not None


def assert_echo_before_pictures(terminal: CountingTerminal) -> None:
    """Turn the page and move the cursor while the page's pictures are being sent."""
    terminal.send("\x1b[H")
    terminal.settle()
    before = len(terminal.received)
    terminal.send(PAGE_DOWN)
    page = terminal.text()
    terminal.wait_until(lambda text: names(text) != names(page))
    start, cursor = len(terminal.received), terminal.cursor()
    terminal.send(RIGHT)
    while terminal.cursor() == cursor:
        terminal.read(0.02)
    echoed = len(terminal.received) - start
    terminal.settle()
    total = len(terminal.received) - before
    print(f"{'a move while a page comes':28}{echoed:34,} of {total:,}")
    assert echoed < UNDER_WAY


def names(text: str) -> list[str]:
    return re.findall(r"[ab]\d\d\.png", text)
