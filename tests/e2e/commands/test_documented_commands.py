"""The commands of the README and the manual, run in a shell as they are written.

`PARSED` lists those that are only parsed, with the reason.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.support.documents import (
    MANUAL,
    ROOT,
    blocks,
    check_arguments,
    photoseek_commands,
    title_of,
)
from tests.support.embedders import save_picture
from tests.support.terminals.real_terminal import Terminal
from tui.app.model.app_state import AppState, save

PARSED = {
    r"^(PIP_EXTRA_INDEX_URL=\S+ )?python3 run_project\.py": "it installs the project",
    r"^pip install": "it downloads packages",
    r"models pull": "it downloads a model",
    r"--model clip": "it needs the weights of CLIP",
    r"milvus://": "it needs a Milvus server",
    r"s3://": "it needs object storage",
    r"--ray": "it needs a Ray cluster",
}
"""The lines that are only parsed."""


def _quit(terminal: Terminal) -> None:
    terminal.wait_for("3 pictures")
    terminal.send("C-q")


def _pick(terminal: Terminal) -> None:
    terminal.wait_for("#1")
    terminal.send("Down")
    terminal.wait_for("Choose")
    terminal.send("Enter")
    terminal.wait_for("mpv plays")


def _agree(terminal: Terminal) -> None:
    terminal.wait_for("Remove them?")
    terminal.type("y")
    terminal.send("Enter")


IN_A_TERMINAL: dict[str, Callable[[Terminal], None]] = {
    "photoseek --images halfcell ~/Pictures": _quit,
    'mpv "$(photoseek --pick)"': _pick,
    "photoseek forget ~/Downloads": _agree,
}
"""The lines that ask a question or fill the screen, each with the keys of its user."""

UNTIL_STOPPED = "photoseek index --watch ~/Pictures"
"""The line that runs until Ctrl-C."""

CODES = {"photoseek status --failures": 1}
"""The exit codes of lines that find nothing in the library of this test."""

BLOCKS = [
    pytest.param(block, id=f"{title_of(file)}: {block[0]}")
    for file in MANUAL
    for block in blocks(file.read_text(encoding="utf-8"))
]


def is_parsed(line: str) -> bool:
    return any(re.search(pattern, line) for pattern in PARSED)


@pytest.fixture(scope="module")
def variables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str | None]:
    """Return variables of a home with two indexed folders, None to unset one.

    The path contains programs that replace photoseek, mpv and an editor.
    """
    folder = tmp_path_factory.mktemp("documented")
    home = folder / "home"
    for number, name in enumerate(("a.png", "b c.png", "d.png")):
        save_picture(home / "Pictures" / name, "red", note=number)
    save_picture(home / "Downloads" / "e.png", "blue")
    save_picture(home / "srv" / "f.png", "green")
    (home / "Pictures" / "old").mkdir()
    (folder / "bin").mkdir()
    program = 'from tui.cli import main; main(prog_name="photoseek")'
    command = f'exec {shlex.quote(sys.executable)} -c {shlex.quote(program)} "$@"'
    _script(folder / "bin" / "photoseek", command)
    _script(folder / "bin" / "mpv", 'test -f "$1" && echo mpv plays')
    data = home / ".local" / "share" / "photoseek"
    variables = {
        **dict.fromkeys(("PHOTOSEEK_CONFIG", "VISUAL", "XDG_CONFIG_HOME")),
        "HOME": str(home),
        "PHOTOSEEK_DATA_DIR": str(data),
        "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "EDITOR": "true",
    }
    save(AppState(first_run=False), data)
    shell("photoseek index ~/Pictures ~/Downloads", variables)
    return variables


def _script(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def environment(variables: Mapping[str, str | None]) -> dict[str, str]:
    """Return the environment with these variables."""
    changed = {**os.environ, **variables}
    return {name: value for name, value in changed.items() if value is not None}


def shell(script: str, variables: Mapping[str, str | None], *, code: int = 0) -> None:
    """Run a script that must end with this code."""
    name = "bash" if "bash_source" in script else "sh"
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    done = subprocess.run(
        [name, "-euc", script],
        cwd=variables["HOME"],
        env=environment(variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr


def stop(line: str, variables: Mapping[str, str | None]) -> None:
    """Run a line, and press Ctrl-C when it watches, which it reports only on a terminal."""
    terminal, side = os.openpty()
    with subprocess.Popen(
        ["sh", "-c", f"exec {line}"],
        cwd=variables["HOME"],
        env=environment(variables),
        stderr=side,
    ) as process:
        os.close(side)
        patience = threading.Timer(60, process.kill)
        patience.start()
        text = b""
        while b"Watching for changes" not in text and process.poll() is None:
            text += os.read(terminal, 1 << 16)
        process.send_signal(signal.SIGINT)
        code = process.wait()
        patience.cancel()
    os.close(terminal)
    assert code == 0, text


def fitted(line: str, home: str) -> str:
    """Adapt a line to this machine: use a folder and a group that exist here."""
    return line.replace("/srv/photos", f"{home}/srv").replace("-g photos", f"-g {os.getgid()}")


@pytest.mark.parametrize("block", BLOCKS)
def test_the_commands_work_as_written(block: list[str], variables: dict[str, str | None]) -> None:
    home = Path(str(variables["HOME"]))
    for line in (line for line in block if not is_parsed(line)):
        if line in IN_A_TERMINAL:
            with Terminal(["sh", "-c", line], environ=variables, folder=home) as terminal:
                IN_A_TERMINAL[line](terminal)
                assert terminal.wait_for_end() == 0
        elif line == UNTIL_STOPPED:
            stop(line, variables)
        else:
            shell(fitted(line, str(home)), variables, code=CODES.get(line, 0))


@pytest.mark.parametrize("block", BLOCKS)
def test_the_commands_that_are_only_parsed_are_valid(block: list[str]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for line in filter(is_parsed, block):
        words = shlex.split(line)
        if "pip" in words:
            name, extra = re.fullmatch(r"(\w+)\[(\w+)\]", words[-1]).groups()  # type: ignore[union-attr]
            assert name == project["project"]["name"]
            assert extra in project["project"]["optional-dependencies"]
        elif "run_project.py" in words:
            assert (ROOT / "run_project.py").is_file()
            assert words[words.index("run_project.py") - 1] == "python3"
        else:
            (arguments,) = photoseek_commands(f"    {line}\n")
            check_arguments(arguments)


def test_the_keys_of_the_readme_add_and_remove_a_folder(
    variables: dict[str, str | None],
) -> None:
    home = Path(str(variables["HOME"]))
    save_picture(home / "Zoo" / "g.png", "yellow")
    command = ["photoseek", "--images", "off"]
    with Terminal(command, environ=variables, folder=home) as terminal:
        terminal.wait_for("~/Pictures")
        terminal.send("F8")
        terminal.wait_for("Add a folder")
        terminal.type("Zo")
        terminal.wait_for("Zoo/")
        terminal.send("Tab", "Enter")
        terminal.wait_for("Search in Zoo")
        terminal.wait_for("g.png")
        shell('photoseek status --json | grep -q "/Zoo"', variables)
        terminal.send("BTab")
        terminal.wait_for("Search here")
        terminal.send("End", "d")
        terminal.wait_for("Remove ~/Zoo from the library?")
        terminal.wait_for("1 picture (1 embedding) is removed; the files are not touched.")
        terminal.send("y")
        terminal.wait_for("Search in all pictures")
        terminal.send("C-q")
        assert terminal.wait_for_end() == 0
    assert (home / "Zoo" / "g.png").exists()
    shell('! photoseek status --json | grep -q "/Zoo"', variables)
