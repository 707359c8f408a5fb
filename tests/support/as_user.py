"""Run as an ordinary user: root ignores permissions, so tests of permissions need another user."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY = 65534
as_two_users = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can be two users at once"
)
_ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def unprivileged() -> Iterator[None]:
    """Run the process as an unprivileged user for a while, if it runs as root."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@contextmanager
def public_folder() -> Iterator[Path]:
    """Create a folder that every user can reach; pytest's own are closed to other users."""
    folder = Path(tempfile.mkdtemp(prefix="photoseek-"))
    folder.chmod(0o777)
    try:
        yield folder
    finally:
        folder.chmod(0o755)
        for below, names, _ in os.walk(folder):
            for path in (Path(below, name) for name in names):
                if not path.is_symlink():
                    path.chmod(0o755)  # before the test enters it
        shutil.rmtree(folder)


def as_another_user() -> list[str]:
    """Return a prefix that runs a command as another user; skip if that is impossible.

    If only root can read the interpreter or this checkout, that user may read everything, but not
    write more than otherwise.
    """
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root can become another user")
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv is not installed")
    become = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    reading = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
    for before in (become, [*become, *reading]):
        if _can_run_the_tests(before):
            return before
    pytest.skip("another user can't read this checkout and its environment")


def _can_run_the_tests(before: list[str]) -> bool:
    """Return whether a command with this prefix can read Python, its packages and the checkout."""
    python = [sys.executable, "-c", "import textual, tests.support.as_user, tui.cli"]
    done = subprocess.run([*before, *python], cwd=_ROOT, capture_output=True, check=False)
    return done.returncode == 0
