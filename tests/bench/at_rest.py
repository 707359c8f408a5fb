"""The cost of the idle app and its watcher, compared with two bare programs.

python -m tests.bench.at_rest [--pictures 723] [--seconds 60] [--idle 5]

The app runs on a pseudo-terminal, indexes a folder of generated photographs with the built-in model
and watches it, with words in the focused search input. After the watcher has freed the memory of
its model and the cursor has stopped blinking, all programs are observed for ``--seconds`` at the
same time:

* the app;
* the watcher, the app's indexing child with all processes that it starts;
* a bare Textual app with one focused ``Input``, whose cursor blinks;
* a bare Python program that watches the same folder with watchfiles.

``*_cpu_percent`` is the time that a program's threads ran, in percent of one core, and
``*_wakeups`` is how often they woke a second; Linux counts both in ``/proc``. ``*_mib`` is resident
memory at the end. ``--idle`` sets ``model_idle_seconds`` for the run, to avoid waiting minutes for
the watcher to free its memory. The last line is one JSON object. Budget: 0.2 % for the app, 0.1 %
and 150 MiB for the watcher.
"""

from __future__ import annotations

import argparse
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
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.bench.photographs import make_photographs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SIZE = (45, 140)
PATIENCE = 300.0
SETTLE = 20.0
"""Seconds from the last key until nothing is due: notices, the cursor, a collection."""

BARE_APP = """
from textual.app import App
from textual.widgets import Input

class Bare(App):
    def compose(self):
        yield Input()

Bare().run()
"""

BARE_WATCH = """
import sys
from watchfiles import watch

for _ in watch(sys.argv[1]):
    pass
"""


@dataclass(frozen=True, slots=True)
class Usage:
    """The usage of some processes so far: seconds on a core, and number of wakeups."""

    seconds: float
    wakeups: int


def usage(processes: Sequence[int]) -> Usage:
    """Add up the usage of the threads of some processes."""
    nanoseconds = wakeups = 0
    for process in processes:
        for thread in Path(f"/proc/{process}/task").iterdir():
            with suppress(OSError):  # it has ended
                nanoseconds += int((thread / "schedstat").read_text().split()[0])
                status = (thread / "status").read_text()
                wakeups += int(status.partition("\nvoluntary_ctxt_switches:")[2].split()[0])
    return Usage(nanoseconds / 1e9, wakeups)


def resident_mib(processes: Sequence[int]) -> float:
    """Return the resident memory of some processes."""
    status = [Path(f"/proc/{process}/status").read_text() for process in processes]
    return sum(int(text.partition("VmRSS:")[2].split()[0]) for text in status) / 1024


def descendants(process: int) -> list[int]:
    """Return all descendants of a process."""
    family = [process]
    for parent in family:
        for thread in Path(f"/proc/{parent}/task").iterdir():
            with suppress(OSError):
                family.extend(map(int, (thread / "children").read_text().split()))
    return family[1:]


class Screen:
    """Programs on pseudo-terminals, whose output is read and dropped."""

    def __init__(self) -> None:
        self._text: dict[int, bytes] = {}

    @contextmanager
    def running(self, command: list[str], environment: dict[str, str]) -> Iterator[int]:
        """Run a program; yield its process id."""
        process, terminal = pty.fork()
        if process == 0:
            os.execvpe(command[0], command, environment)
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", *SIZE, 0, 0))
        self._text[terminal] = b""
        try:
            yield process
        finally:
            del self._text[terminal]
            children = descendants(process)
            os.kill(process, signal.SIGTERM)
            os.waitpid(process, 0)
            os.close(terminal)
            while any(Path(f"/proc/{child}").exists() for child in children):
                time.sleep(0.1)

    def type(self, text: bytes) -> None:
        """Type on all terminals."""
        for terminal in self._text:
            os.write(terminal, text)

    def read(self, seconds: float, until: bytes | None = None) -> bool:
        """Read all output for some seconds, or until one program has written a text."""
        limit = time.monotonic() + seconds
        while (left := limit - time.monotonic()) > 0:
            for terminal in select.select(list(self._text), [], [], left)[0]:
                try:
                    self._text[terminal] = self._text[terminal][-65536:] + os.read(terminal, 65536)
                except OSError:
                    raise SystemExit(f"It has ended: {self._text[terminal]!r}") from None
            if until is not None and any(until in text for text in self._text.values()):
                return True
        return False


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pictures", type=int, default=723)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--idle", type=int, default=5)
    arguments = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        photos = folder / "photos"
        make_photographs(photos, 0.2, arguments.pictures)
        environment = {
            **os.environ,
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "PHOTOSEEK_DATA_DIR": str(folder / "data"),
            "PHOTOSEEK_CONFIG": str(folder / "config.toml"),
            "PHOTOSEEK_MODEL": "starter",
            "PHOTOSEEK_MODEL_IDLE_SECONDS": str(arguments.idle),
        }
        screen = Screen()
        run = screen.running
        app = stack.enter_context(run([sys.executable, "-m", "tui", str(photos)], environment))
        if not screen.read(PATIENCE, b"Watching"):
            raise SystemExit("The app does not watch the folder.")
        screen.type(b"red house")
        bare_app = stack.enter_context(run([sys.executable, "-c", BARE_APP], environment))
        command = [sys.executable, "-c", BARE_WATCH, str(photos)]
        bare_watch = stack.enter_context(run(command, environment))
        screen.read(SETTLE + arguments.idle)
        programs = {
            "app": [app],
            "watcher": descendants(app),
            "bare_app": [bare_app],
            "bare_watch": [bare_watch],
        }
        before = {name: usage(processes) for name, processes in programs.items()}
        screen.read(arguments.seconds)
        result: dict[str, float] = {"pictures": arguments.pictures}
        for name, processes in programs.items():
            after = usage(processes)
            seconds = after.seconds - before[name].seconds
            wakeups = after.wakeups - before[name].wakeups
            result[f"{name}_cpu_percent"] = round(100 * seconds / arguments.seconds, 3)
            result[f"{name}_wakeups"] = round(wakeups / arguments.seconds, 2)
            result[f"{name}_mib"] = round(resident_mib(processes), 1)
    for name in ("app", "watcher"):
        bare = result[f"bare_{name.replace('er', '')}_cpu_percent"]
        result[f"{name}_vs_bare"] = round(result[f"{name}_cpu_percent"] / bare, 2)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
