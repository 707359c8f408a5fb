"""The application in a real terminal: what it shows, and what it leaves behind."""

from __future__ import annotations

import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.embedders import COLOURS, save_picture
from tests.support.pictures.sample_photos import label_of, photos_or_skip
from tests.support.terminals.real_terminal import Terminal

PHOTOSEEK = (sys.executable, "-m", "tui")
WANTED = "goldfish"
PROMPT = "Describe a picture"
COLOURED = re.compile(r"\x1b\[[\d;]*\b(3[0-8]|4[0-8]|9[0-7]|10[0-7])\b[\d;]*m")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a dozen photographs, one of a goldfish; generated pictures if there are none."""
    folder = tmp_path_factory.mktemp("pictures")
    try:
        photos = photos_or_skip()
    except pytest.skip.Exception:
        for number, colour in enumerate([*COLOURS, *COLOURS]):
            save_picture(folder / f"{number}_{colour}.png", colour, note=number)
        save_picture(folder / f"{WANTED}.png", "yellow", note=99)
    else:
        selected = [photo for photo in photos if WANTED in photo.name]
        for photo in [*selected, *photos[20:31]]:
            shutil.copy(photo, folder / f"{label_of(photo).replace(' ', '_')}.jpg")
    return folder


@pytest.fixture
def app(pictures: Path) -> Iterator[Terminal]:
    """The app on a folder that is not indexed yet, ready for keys."""
    with Terminal([*PHOTOSEEK, pictures]) as terminal:
        terminal.wait_for(PROMPT)
        yield terminal


def running(text: str) -> list[str]:
    """Return the command lines that contain ``text``; tmux's own contains the program's."""
    listing = subprocess.run(
        ["ps", "-A", "-ww", "-o", "args="], capture_output=True, text=True, check=True
    )
    lines = listing.stdout.splitlines()
    return [line for line in lines if text in line and not line.startswith("tmux")]


def wait_until_gone(text: str, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while alive := running(text):
        assert time.monotonic() < deadline, f"still running: {alive}"
        time.sleep(0.05)


def first_name(screen: str) -> str:
    """Return the caption of the first picture."""
    match = re.search(r"││╭─+ (?:▸ )?(.+?) ─+╮", screen)
    return match[1] if match else ""


def test_index_search_preview_and_quit(app: Terminal, pictures: Path) -> None:
    number = len(list(pictures.iterdir()))
    app.wait_for(f"All pictures  {number}", 120)
    app.type(WANTED)
    app.wait_until(lambda screen: WANTED in first_name(screen), 60, f"{WANTED} first")
    app.send("Down")
    app.send("Enter")
    preview = app.wait_for("JPEG")
    assert WANTED in preview.splitlines()[0]
    assert "▀" in app.wait_for("▀")
    assert str(pictures) in " ".join(preview.split())
    app.send("n")
    app.wait_until(lambda screen: WANTED not in screen.splitlines()[0], what="the next picture")
    app.send("Escape")
    app.wait_for("Search in")
    begin = time.monotonic()
    app.send("C-q")
    assert app.wait_for_end() == 0
    assert time.monotonic() - begin < 5
    app.assert_restored()
    wait_until_gone(str(pictures))


@pytest.mark.parametrize("key", ["C-q", "C-c"])
def test_quitting_at_once_restores_the_terminal(app: Terminal, key: str) -> None:
    app.send(key)
    assert app.wait_for_end(10) == 0
    app.assert_restored()
    assert app.processes() == []


def test_keys_typed_while_it_starts_are_not_lost(pictures: Path) -> None:
    with Terminal([*PHOTOSEEK, pictures]) as terminal:
        terminal.type("fox")
        terminal.wait_until(lambda screen: re.search(r"│ *fox", screen) is not None, 30, "fox")


def test_the_app_is_resized_while_running(app: Terminal) -> None:
    for columns, rows in ((20, 5), (140, 45), (1, 1), (40, 12), (20, 5), (100, 30)):
        app.resize(columns, rows)
        time.sleep(0.1)
    app.type("fox")
    screen = app.wait_for("Search in")
    assert "fox" in app.wait_for("fox")
    assert len(screen.splitlines()[0]) <= 100
    app.resize(20, 5)
    app.wait_until(lambda text: "fox" in text and "Search in" not in text, what="a small screen")


def test_quitting_while_indexing_leaves_no_process_behind(tmp_path: Path) -> None:
    for number in range(1000):
        save_picture(tmp_path / f"{number}.png", "red", note=number)
    with Terminal([*PHOTOSEEK, tmp_path]) as app:
        app.wait_for(PROMPT)
        app.wait_until(lambda screen: re.search(r"\d%", screen) is not None, 120, "progress")
        assert any("--supervised" in line for line in running(str(tmp_path)))
        begin = time.monotonic()
        app.send("C-q")
        assert app.wait_for_end(10) == 0
        assert time.monotonic() - begin < 3
        app.assert_restored()
        wait_until_gone(str(tmp_path))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_in_order(app: Terminal, pictures: Path, number: signal.Signals) -> None:
    os.kill(app.processes()[0], number)
    assert app.wait_for_end(10) == 128 + number
    app.assert_restored()
    wait_until_gone(str(pictures))


UNFORESEEN = """
import sys
from dataclasses import replace
from pathlib import Path
from tui.app.app import PhotoseekApp
from tui.app.model.app_state import AppState
from tui.app.workers.services import default_services
from tui.core.settings_file import load_settings

def by_mistake(*_):
    raise RuntimeError("as if by a mistake")

services = replace(default_services(), index_command=by_mistake)
memory = AppState(first_run=False)
app = PhotoseekApp(load_settings(), Path(sys.argv[1]), services=services, memory=memory)
app.run()
sys.exit(app.return_code)
"""


def test_an_unexpected_error_is_reported_and_the_app_continues(pictures: Path) -> None:
    with Terminal([sys.executable, "-c", UNFORESEEN, pictures], size=(160, 40)) as terminal:
        terminal.wait_for("as if by a mistake")
        terminal.wait_for(PROMPT)
        terminal.send("C-q")
        assert terminal.wait_for_end() == 0
        terminal.send("clear", "Enter")
        terminal.assert_restored()
    wait_until_gone(str(pictures))


def test_a_closed_terminal_ends_the_app(app: Terminal, pictures: Path) -> None:
    app.close()
    wait_until_gone(str(pictures))


def test_the_end_of_another_session_s_terminal_ends_the_app(pictures: Path) -> None:
    screen, terminal = pty.openpty()
    app = subprocess.Popen(
        [*PHOTOSEEK, pictures],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    )
    os.close(terminal)
    text = b""
    while b"escribe" not in text:
        text += os.read(screen, 1 << 16)
    os.close(screen)
    try:
        assert app.wait(30) == 128 + signal.SIGHUP
    finally:
        app.kill()
        app.wait()


def test_the_app_is_suspended_and_resumed(app: Terminal) -> None:
    process = app.processes()[0]
    os.kill(process, signal.SIGTSTP)
    app.wait_until(lambda _: app.ask("#{alternate_on} #{cursor_flag}") == "0 1", what="the shell")
    os.kill(process, signal.SIGCONT)
    app.wait_for("Search in")
    assert app.ask("#{alternate_on}") == "1"


def test_the_app_runs_without_colour(pictures: Path) -> None:
    with Terminal([*PHOTOSEEK, pictures], environ={"NO_COLOR": "1"}) as terminal:
        terminal.wait_for(PROMPT)
        assert COLOURED.search(terminal.screen(escapes=True)) is None
    with Terminal([*PHOTOSEEK, pictures], environ={"NO_COLOR": None}) as terminal:
        terminal.wait_for(PROMPT)
        assert COLOURED.search(terminal.screen(escapes=True)) is not None


@pytest.mark.parametrize(("redirect", "word"), [("2>errors", "error"), ("<input", "input")])
def test_a_redirection_is_rejected_in_one_sentence(
    tmp_path: Path, redirect: str, word: str
) -> None:
    (tmp_path / "input").write_text("fox\n")
    with Terminal(PHOTOSEEK, redirect=redirect, folder=tmp_path) as terminal:
        assert terminal.wait_for_end() == 2
        errors = tmp_path / "errors"
        message = errors.read_text() if errors.exists() else terminal.screen()
        assert word in message
        terminal.assert_restored()


def test_a_search_that_is_sent_at_once_is_typed_completely(app: Terminal) -> None:
    app.send("Down")
    app.wait_for("/ Search")
    app.type("/sandal / a")
    app.wait_for("│ sandal / a")
