"""Permissions count for nothing to root: what such tests need to mean something for anyone."""

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


@contextmanager
def unprivileged() -> Iterator[None]:
    """Be nobody for a while where the tests run as root; the whole process is."""
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
    """Make a folder that anyone can get at; pytest's own are closed to all but their owner."""
    folder = Path(tempfile.mkdtemp(prefix="photoseek-"))
    folder.chmod(0o777)
    try:
        yield folder
    finally:
        for below, _, _ in os.walk(folder):
            Path(below).chmod(0o755)
        shutil.rmtree(folder)


def as_nobody() -> list[str]:
    """Return what to put before a command so that another user runs it; skip if we can't.

    Where only root can get at the interpreter, that user may read everything, and write no more
    than without.
    """
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root can become another user")
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv is not installed")
    become = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    trial = subprocess.run([*become, sys.executable, "-c", ""], capture_output=True, check=False)
    if trial.returncode == 0:
        return become
    return [*become, "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
