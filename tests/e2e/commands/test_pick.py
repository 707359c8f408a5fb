"""``photoseek --pick`` in a real terminal: the screen is drawn there, the paths go to stdout."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.embedders import save_picture
from tests.support.terminals.real_terminal import Terminal

PHOTOSEEK = (sys.executable, "-m", "tui")
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Three pictures, one of them with a line break in its name, indexed."""
    for number, name in enumerate(("a.png", "b c.png", "d\ne.png")):
        save_picture(tmp_path / "pictures" / name, "red", note=number)
    environment = {**os.environ, "PHOTOSEEK_DATA_DIR": str(tmp_path / "data")}
    command = [*PHOTOSEEK, "index", str(tmp_path / "pictures")]
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT, env=environment)
    return tmp_path


def picking(home: Path, *options: str, redirect: str) -> Terminal:
    environ = {
        "PHOTOSEEK_DATA_DIR": str(home / "data"),
        "PHOTOSEEK_CONFIG": str(home / "none.toml"),
        "PYTHONPATH": str(ROOT),
    }
    return Terminal(
        [*PHOTOSEEK, "--pick", *options], environ=environ, redirect=redirect, folder=home
    )


def test_the_selected_pictures_are_printed_to_the_pipe(home: Path) -> None:
    with picking(home, "-0", redirect="2>errors </dev/null | cat >chosen") as terminal:
        terminal.wait_for("#1")
        terminal.send("Down")
        terminal.wait_for("Choose")
        terminal.send("Space")
        terminal.wait_for("1 marked")
        terminal.send("Space")
        terminal.wait_for("2 marked")
        terminal.send("Enter")
        assert terminal.wait_for_end() == 0
        terminal.assert_restored()
    paths = (home / "chosen").read_bytes().split(b"\0")
    assert len(paths) == 3
    assert all(Path(os.fsdecode(path)).is_file() for path in paths[:2])
    assert (home / "errors").read_bytes() == b""


def test_a_name_with_a_line_break_is_not_picked_as_two(home: Path) -> None:
    with picking(home, redirect=">chosen; echo code $?") as terminal:
        terminal.wait_for("#1")
        terminal.send("Down")
        terminal.wait_for("Choose")
        terminal.send("*")
        terminal.wait_for("3 marked")
        terminal.send("Enter")
        terminal.wait_for("has a line break; use -0.")
        terminal.send("C-q")
        terminal.wait_for("code 1")
    assert (home / "chosen").read_bytes() == b""


def test_the_highlighted_picture_becomes_an_argument_of_a_command(home: Path) -> None:
    script = f'printf "<%s>\\n" "$({shlex.quote(sys.executable)} -m tui --pick)"; echo code $?'
    with Terminal(
        ["sh", "-c", script],
        environ={
            "PHOTOSEEK_DATA_DIR": str(home / "data"),
            "PHOTOSEEK_CONFIG": str(home / "none.toml"),
            "PYTHONPATH": str(ROOT),
        },
        folder=home,
        size=(120, 35),
    ) as terminal:
        terminal.wait_for("#1")
        terminal.send("Down")
        terminal.wait_for("Choose")
        terminal.send("Right")  # the first one has a line break in its name
        terminal.wait_for("#2")
        terminal.send("Enter")
        screen = terminal.wait_for("code 0")
        assert f"<{home}/pictures/" in screen.replace("\n", "")


def test_quitting_picks_nothing(home: Path) -> None:
    redirect = ">chosen; echo code $?"
    with picking(home, redirect=redirect) as terminal:
        terminal.wait_for("#1")
        terminal.send("C-q")
        terminal.wait_for("code 1")
    assert (home / "chosen").read_bytes() == b""


def test_pick_without_a_terminal_names_the_alternative(home: Path) -> None:
    done = subprocess.run(
        ["setsid", *PHOTOSEEK, "--pick"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "PHOTOSEEK_DATA_DIR": str(home / "data")},
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert "search --paths" in done.stderr
