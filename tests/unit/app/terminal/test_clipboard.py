"""Copied text goes to the local clipboard, and the message names its destination."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from tui.app.terminal import clipboard
from tui.app.terminal.clipboard import TERMINAL, ClipboardTool, clipboard_tool, copy_text
from tui.cli import main

TEXT = "/pictures/日本 a'b.jpg".encode()
EVERY = {"tmux", "wl-copy", "xclip", "xsel", "pbcopy"}


@pytest.mark.parametrize(
    ("environ", "programs", "platform", "name"),
    [
        ({"TMUX": "x", "DISPLAY": ":0", "WAYLAND_DISPLAY": "w"}, EVERY, "linux", "tmux"),
        ({"TMUX": "x", "DISPLAY": ":0"}, EVERY - {"tmux"}, "linux", TERMINAL.name),
        ({"WAYLAND_DISPLAY": "w", "DISPLAY": ":0"}, EVERY, "linux", "wl-copy"),
        ({"WAYLAND_DISPLAY": "w", "DISPLAY": ":0"}, {"xsel"}, "linux", "xsel"),
        ({"DISPLAY": ":0"}, EVERY, "linux", "xclip"),
        ({}, EVERY, "linux", TERMINAL.name),
        ({"DISPLAY": ":0"}, set(), "linux", TERMINAL.name),
        ({}, EVERY, "darwin", "pbcopy"),
        ({"SSH_CONNECTION": "x"}, EVERY, "darwin", TERMINAL.name),
    ],
)
def test_the_clipboard_depends_on_the_environment(
    environ: dict[str, str], programs: set[str], platform: str, name: str
) -> None:
    find = lambda program: program if program in programs else None  # noqa: E731
    assert clipboard_tool(environ, find=find, platform=platform).name == name


def program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_program_gets_the_bytes(programs: Path) -> None:
    program(programs, "xclip", 'cat > taken; echo "$@" > how')
    way = clipboard_tool({"DISPLAY": ":0"}, platform="linux")
    assert copy_text(TEXT, way)
    assert (programs / "taken").read_bytes() == TEXT
    assert (programs / "how").read_text() == "-selection clipboard\n"


def test_an_old_tmux_copies_without_the_terminal(programs: Path) -> None:
    program(programs, "tmux", '[ "$2" = -w ] && exit 1; cat > taken')
    way = copy_text(TEXT, clipboard_tool({"TMUX": "x"}, platform="linux"))
    assert way == " to tmux's buffer"
    assert (programs / "taken").read_bytes() == TEXT


def test_a_failing_program_copies_nothing(programs: Path) -> None:
    program(programs, "xclip", "exit 1")
    assert not copy_text(TEXT, clipboard_tool({"DISPLAY": ":0"}, platform="linux"))
    assert not copy_text(TEXT, ClipboardTool("none", ((("no-such-program",), ""),)))
    assert not copy_text(TEXT, TERMINAL)


def test_a_program_that_hangs_times_out(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clipboard, "_SECONDS", 0.2)
    program(programs, "xclip", "exec sleep 60")
    assert not copy_text(TEXT, clipboard_tool({"DISPLAY": ":0"}, platform="linux"))


def test_a_clipboard_program_that_keeps_running_does_not_block(programs: Path) -> None:
    program(programs, "wl-copy", "cat > taken; sleep 60 & echo $! > pid; exit 0")
    assert copy_text(TEXT, clipboard_tool({"WAYLAND_DISPLAY": "w"}, platform="linux"))
    os.kill(int((programs / "pid").read_text()), 9)


@pytest.fixture
def tmux(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    command = ["tmux", "-S", str(tmp_path / "socket")]
    monkeypatch.delenv("TMUX", raising=False)
    subprocess.run([*command, "-f", os.devnull, "new-session", "-d"], check=True)
    yield command
    subprocess.run([*command, "kill-server"], check=False)


def test_a_real_tmux_has_the_text_in_its_buffer(
    tmux: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMUX", f"{tmux[-1]},0,0")
    assert copy_text(TEXT, clipboard_tool(os.environ))
    done = subprocess.run([*tmux, "show-buffer"], capture_output=True, check=True)
    assert done.stdout == TEXT


@pytest.mark.skipif(sys.platform != "linux", reason="an X server")
def test_a_real_x_server_returns_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    if not shutil.which("xclip") or not shutil.which("Xvfb"):
        pytest.skip("xclip or Xvfb is not installed")
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-nolisten", "tcp"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    try:
        with os.fdopen(read) as told:
            monkeypatch.setenv("DISPLAY", f":{told.readline().strip()}")
        monkeypatch.delenv("TMUX", raising=False)
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        way = clipboard_tool(os.environ)
        assert way.name == "xclip"
        assert copy_text(TEXT, way)
        paste = ["xclip", "-selection", "clipboard", "-out"]
        assert subprocess.run(paste, capture_output=True, check=True).stdout == TEXT
    finally:
        server.terminate()
        server.wait()


def test_the_doctor_names_the_clipboard(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TMUX", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    lines = CliRunner().invoke(main, ["doctor"]).stdout.splitlines()
    assert lines[-1] == "Clipboard  the terminal (OSC 52), if it supports it"
    program(programs, "tmux", "cat")
    monkeypatch.setenv("TMUX", "x")
    lines = CliRunner().invoke(main, ["doctor"]).stdout.splitlines()
    assert lines[-1] == "Clipboard  tmux"
