"""The README's commands, run in a shell as they are written."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.embedders import save_picture

ROOT = Path(__file__).resolve().parents[3]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands(first: str) -> str:
    """Return the indented block of commands that begins with these words."""
    blocks = re.findall(r"(?:^    .+\n)+", README, flags=re.M)
    block = next(block for block in blocks if block.startswith(f"    {first}"))
    return "".join(line.removeprefix("    ") for line in block.splitlines(keepends=True))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Three indexed pictures, with a blank in their folder's name."""
    for number, name in enumerate(("a.png", "b c.png", "d.png")):
        save_picture(tmp_path / "my pictures" / name, "red", note=number)
    shell(f"photoseek index {shlex.quote(str(tmp_path / 'my pictures'))}", tmp_path)
    return tmp_path


def shell(script: str, folder: Path) -> str:
    """Run a script in a POSIX shell in which ``photoseek`` is the program; return stdout."""
    program = f'photoseek() {{ {shlex.quote(sys.executable)} -m tui "$@"; }}\n'
    done = subprocess.run(
        ["sh", "-euc", program + script],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_best_pictures_are_copied_into_a_new_folder(home: Path) -> None:
    script = commands("mkdir -p /tmp/bridges").replace("/tmp/bridges", "bridges")
    assert "photoseek search" in script
    shell(script, home)
    copied = sorted(path.name for path in (home / "bridges").iterdir())
    assert copied == ["a.png", "b c.png", "d.png"]


def test_the_start_works_for_python_3_alone() -> None:
    started = re.findall(r"^    (\S+) run_project\.py", README, flags=re.M)
    assert len(started) == 2
    assert set(started) == {"python3"}
