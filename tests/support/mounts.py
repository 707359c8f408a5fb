"""Mounts for tests: a small disk that can be filled, a folder under a second name."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def set_writable(disk: Path, writable: bool) -> None:
    """Remount such a disk, read-only or writable."""
    options = f"remount,{'rw' if writable else 'ro'}"
    subprocess.run(["mount", "-o", options, str(disk)], check=True)


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """Mount a tmpfs of a size on a new folder; skip if that is not allowed."""
    folder.mkdir()
    with _mounted(["-t", "tmpfs", "-o", f"size={size}", "tmpfs"], folder):
        yield folder


@contextmanager
def bind_mount(folder: Path, name: Path) -> Iterator[Path]:
    """Give a folder, or a file, a second name; skip if that is not allowed."""
    if folder.is_dir():
        name.mkdir()
    else:
        name.touch()
    with _mounted(["--bind", str(folder)], name):
        yield name


@contextmanager
def overlay(lower: Path, disk: Path) -> Iterator[Path]:
    """Show a folder of a disk through an overlay; skip if that is not allowed."""
    upper, work, name = (disk / part for part in ("upper", "work", "overlay"))
    for folder in (upper, work, name):
        folder.mkdir()
    options = f"lowerdir={lower},upperdir={upper},workdir={work}"
    with _mounted(["-t", "overlay", "overlay", "-o", options], name):
        yield name


@contextmanager
def _mounted(options: list[str], point: Path) -> Iterator[None]:
    command = ["mount", *options, str(point)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount command")
    if done.returncode:
        pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(point)], check=True)
