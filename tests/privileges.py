"""Permissions count for nothing to root: what such tests need to mean something for anyone."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_NOBODY = 65534


@contextmanager
def unprivileged() -> Iterator[None]:
    """Be nobody for a while where the tests run as root; the whole process is."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        yield
        return
    os.seteuid(_NOBODY)
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
