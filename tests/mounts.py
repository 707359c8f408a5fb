"""Folders that are mounted under a second name."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def bind_mount(folder: Path, name: Path) -> Iterator[Path]:
    """Give a folder, or a file, a second name; skips where that is not allowed."""
    if folder.is_dir():
        name.mkdir()
    else:
        name.touch()
    mount = ["mount", "--bind", str(folder), str(name)]
    try:
        done = subprocess.run(mount, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount command")
    if done.returncode:
        pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")
    try:
        yield name
    finally:
        subprocess.run(["umount", "--lazy", str(name)], check=True)
