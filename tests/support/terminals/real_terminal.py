"""A command in a real terminal: tmux, on a socket and with settings of its own."""

from __future__ import annotations

import itertools
import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from tui.core.closing import Closing

_numbers = itertools.count()

DONE = "command-ended-with"
"""Printed with the exit code by the shell that ran the command."""


class Terminal(Closing):
    """A shell in tmux that runs one command, on a screen of a given size.

    The pane's own terminal stays open after the command, to check the state that it leaves.

    Args:
        command: the program and its arguments.
        environ: variables to add; None as a value removes one.
        size: columns and rows.
        redirect: text for the shell after the command, for example ``2>errors``.
        folder: the current folder.
    """

    def __init__(
        self,
        command: Sequence[str | os.PathLike[str]],
        *,
        environ: Mapping[str, str | None] | None = None,
        size: tuple[int, int] = (100, 30),
        redirect: str = "",
        folder: Path | None = None,
    ) -> None:
        if shutil.which("tmux") is None:
            pytest.skip("tmux is not installed")
        self._socket = f"photoseek-{os.getpid()}-{next(_numbers)}"
        environment = {**os.environ, "COLORTERM": "truecolor", **(environ or {})}
        for name in ("TMUX", "TMUX_PANE", "STY"):
            environment.pop(name, None)
        changes = [f"unset {name};" for name, value in environment.items() if value is None]
        changes += [
            f"export {name}={shlex.quote(value)};"
            for name, value in (environ or {}).items()
            if value is not None
        ]
        line = " ".join(shlex.quote(os.fspath(word)) for word in command)
        script = f"{' '.join(changes)} {line} {redirect}; echo {DONE} $?; exec sh -i"
        columns, rows = size
        self._environment = {k: v for k, v in environment.items() if v is not None}
        self._tmux(
            "-f", os.devnull, "new-session", "-d", "-x", str(columns), "-y", str(rows),
            "-c", str(folder or Path.cwd()), "sh", "-c", script,
        )  # fmt: skip

    def _tmux(self, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-L", self._socket, *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
        return done.stdout

    def send(self, *keys: str) -> None:
        """Press keys, in tmux's names: ``Enter``, ``Escape``, ``C-q``, ``Up``, ``q``."""
        self._tmux("send-keys", *keys)

    def type(self, text: str) -> None:
        """Type text literally."""
        self._tmux("send-keys", "-l", text)

    def screen(self, *, escapes: bool = False) -> str:
        """Return the text of the screen; with its colours as escape sequences on request."""
        return self._tmux("capture-pane", "-p", *(["-e"] if escapes else []))

    def resize(self, columns: int, rows: int) -> None:
        """Change the size of the screen."""
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def ask(self, what: str) -> str:
        """Return the value of one of tmux's formats, for example ``#{alternate_on}``."""
        return self._tmux("display-message", "-p", what).strip()

    def wait_for(self, text: str, seconds: float = 30) -> str:
        """Wait until the screen shows ``text`` and return the screen."""
        return self.wait_until(lambda screen: text in screen, seconds, f"{text!r}")

    def wait_until(
        self, holds: Callable[[str], bool], seconds: float = 30, what: str = "that"
    ) -> str:
        """Wait until the screen meets a condition and return it."""
        deadline = time.monotonic() + seconds
        while not holds(screen := self.screen()):
            if time.monotonic() > deadline:
                pytest.fail(f"the screen did not show {what} within {seconds} s:\n{screen}")
            time.sleep(0.05)
        return screen

    def wait_for_end(self, seconds: float = 30) -> int:
        """Wait until the command has ended and return its exit code."""
        screen = self.wait_for(DONE, seconds)
        print(screen)  # pytest shows it if the test fails
        return int(screen.split(DONE)[1].split()[0])

    def processes(self) -> list[int]:
        """Return the ids of the processes in the terminal, except its shell."""
        shell = int(self.ask("#{pane_pid}"))
        listing = subprocess.run(
            ["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True
        )
        pairs = [tuple(map(int, line.split())) for line in listing.stdout.splitlines()]
        family = {shell}
        for _ in pairs:
            grown = family | {pid for pid, parent in pairs if parent in family}
            if grown == family:
                break
            family = grown
        return sorted(family - {shell})

    def assert_restored(self) -> None:
        """Check that the terminal was restored: typed text is echoed."""
        assert self.ask("#{alternate_on} #{cursor_flag} #{mouse_any_flag}") == "0 1 0"
        self.type("stty -a")
        self.send("Enter")
        modes = self.wait_for("echoctl").replace("\n", " ").split()
        for mode in ("icanon", "echo", "isig", "icrnl", "opost"):
            assert mode in modes

    def close(self) -> None:
        """End the terminal and all processes in it."""
        subprocess.run(
            ["tmux", "-L", self._socket, "kill-server"], capture_output=True, check=False
        )
