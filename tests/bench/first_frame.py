"""The time from the command to the first frame, compared with a bare Textual app.

Both are started as new processes on pseudo-terminals, in turn, and timed from the start of the
process until the first frame's text arrives. Budget: a ratio of 1.3.

python -m tests.bench.first_frame [ROUNDS]
"""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import signal
import struct
import sys
import tempfile
import termios
import time
from pathlib import Path
from statistics import median

TEXT = "Folders"
SIZE = (45, 140)
PATIENCE = 30.0

BARE = f"""
from textual.app import App
from textual.widgets import Static

class Bare(App):
    def compose(self):
        yield Static({TEXT!r})

Bare().run()
"""


def first_frame(command: list[str], folder: Path) -> float:
    """Return the seconds from starting ``command`` to its first frame."""
    environment = {
        **os.environ,
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "PHOTOSEEK_DATA_DIR": str(folder / "data"),
        "PHOTOSEEK_CONFIG": str(folder / "config.toml"),
    }
    started = time.perf_counter()
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.execvpe(command[0], command, environment)
    try:
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", *SIZE, 0, 0))
        _wait_for(terminal, TEXT.encode())
        return time.perf_counter() - started
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(terminal)


def _wait_for(terminal: int, text: bytes) -> None:
    output = b""
    limit = time.perf_counter() + PATIENCE
    while text not in output:
        if not select.select([terminal], [], [], max(0.0, limit - time.perf_counter()))[0]:
            raise SystemExit(f"No first frame in {PATIENCE:.0f} s; got {output[-500:]!r}")
        try:
            output += os.read(terminal, 1 << 16)
        except OSError:
            raise SystemExit(f"It ended before its first frame: {output[-2000:]!r}") from None


def main(rounds: int = 7) -> None:
    """Measure and print."""
    ours: list[float] = []
    bare: list[float] = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "bare.py").write_text(BARE, encoding="utf-8")
        commands = [
            (bare, [sys.executable, str(folder / "bare.py")]),
            (ours, [sys.executable, "-m", "tui"]),
        ]
        for _, command in commands:  # so that the bytecode of both is on disk
            first_frame(command, folder)
        for number in range(1, rounds + 1):
            for times, command in commands:
                times.append(first_frame(command, folder))
            print(f"round {number}: photoseek {ours[-1]:.3f} s, bare Textual {bare[-1]:.3f} s")
    result = {
        "median_s": round(median(ours), 3),
        "bare_s": round(median(bare), 3),
        "ratio": round(median(ours) / median(bare), 2),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
