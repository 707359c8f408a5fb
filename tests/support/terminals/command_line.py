"""The command line as a real process."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

PHOTOSEEK = [sys.executable, "-m", "tui"]


def bound_by_permissions() -> list[str]:
    """Return a prefix that makes file permissions apply to a command; skip if there is none.

    They do not apply to root, who loses that privilege through setpriv.
    """
    if sys.platform == "win32":
        pytest.skip("POSIX permissions")
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("permissions do not bind root, and setpriv is not installed")
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]


@dataclass(frozen=True)
class CommandResult:
    """The result of a process; streams are bytes, since names may be any."""

    code: int
    stdout: bytes
    stderr: str

    @property
    def error_line(self) -> str:
        """The one line on stderr."""
        lines = self.stderr.splitlines()
        assert len(lines) == 1, self.stderr
        assert lines[0].startswith("photoseek: ")
        return lines[0]


def photoseek(*args: str | bytes, before: Sequence[str] = (), **options: Any) -> CommandResult:
    """Run a command to its end; its streams are pipes unless ``options`` say otherwise."""
    settings = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    done = subprocess.run(
        [*before, *PHOTOSEEK, *args], timeout=120, check=False, **{**settings, **options}
    )
    stderr = (done.stderr or b"").decode()
    assert "Traceback" not in stderr, stderr
    return CommandResult(done.returncode, done.stdout or b"", stderr)
