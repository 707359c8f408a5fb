"""A walk through the application, driven in a pseudo-terminal and recorded.

    python -m tests.docs.walk [CAST]

writes an asciicast of version 2 (https://docs.asciinema.org/manual/asciicast/v2/): a header line,
then one line an event, ``[seconds, "o", text]``. ``asciinema play tests/docs/walk.cast`` shows it.
The pictures are painted, the home folder is a new one, and the model is the built-in one.
"""

from __future__ import annotations

import codecs
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import sys
import tempfile
import termios
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pyte

from tests.support.pictures.painted_scenes import paint_all

if TYPE_CHECKING:
    from collections.abc import Iterator

    Cells = list[list[pyte.screens.Char]]

CAST = Path(__file__).with_name("walk.cast")
COLUMNS, ROWS = 92, 28
PATIENCE = 90.0
LONGEST = 1.2
"""The longest still time that is shown, in seconds."""

HURRY = 5.0
"""How much faster a wait for the machine is shown, after its first second."""

FRAME = 0.08
"""Output within this many seconds is one frame."""

CLEAR = "\x1b[?25l\x1b[2J"
UNKNOWN = re.compile(r"\x1b\[[<>=][0-9;]*[a-zA-Z]")
SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[()].|[=>78cM]|\][^\x07\x1b]*(?:\x07|\x1b\\))")
UP, DOWN, RIGHT, TAB, ENTER, ESCAPE = "\x1b[A", "\x1b[B", "\x1b[C", "\t", "\r", "\x1b"
F1 = "\x1bOP"


@dataclass(frozen=True)
class Step:
    """Press keys, wait until the screen contains a text, and show it for a while.

    Attributes:
        keys: the typed keys.
        until: the text to wait for.
        pause: seconds to show it.
        gap: seconds between two keys.
    """

    keys: str
    until: str = ""
    pause: float = 1.2
    gap: float = 0.06


WALK = (
    Step("", "Welcome to photoseek", 2.5),
    Step(ESCAPE, "18 pictures indexed", 1),
    Step("full moon", "Full moon.png", 1.5),
    Step(DOWN, "Preview", 0.8),
    Step(ENTER, "1/18", 2),
    Step("n", "", 1.2),
    Step(ESCAPE, "", 1),
    Step("/first snow in:20", "Search in Pictures", 1, 0.1),
    Step(TAB, "2022", 1.2),
    Step(DOWN, "", 0.5),
    Step(ENTER, "in:20", 1.5),
    Step(ENTER, "Preview", 0.4),
    Step("v", "", 1.5),
    Step("  ", "2 marked", 1.5, 0.3),
    Step("?", "Tab: what can be typed", 2),
    Step(TAB, "boats on a lake", 2.5),
    Step(ESCAPE, "", 1),
    Step("q", "", 0.5),
)
EXPECTED = tuple(step.until for step in WALK if step.until)


@dataclass
class Recorder:
    """Records the output to a terminal, with its times."""

    terminal: int
    now: float = 0.0
    pace: float = 1.0
    last: float = field(default_factory=time.monotonic)
    events: list[tuple[float, str]] = field(default_factory=list)
    since: str = ""
    _decoder: codecs.IncrementalDecoder = field(
        default_factory=codecs.getincrementaldecoder("utf-8")
    )

    def listen(self, seconds: float) -> bool:
        """Record for a while; False once the program has ended."""
        end = time.monotonic() + seconds
        while (remaining := end - time.monotonic()) > 0:
            if not select.select([self.terminal], [], [], remaining)[0]:
                break
            try:
                data = os.read(self.terminal, 1 << 16)
            except OSError:
                return False
            text = self._decoder.decode(data)
            self.events.append((self.tick(), text))
            self.since += text
        self.tick()
        return True

    def tick(self) -> float:
        """Return the time in the recording."""
        last, self.last = self.last, time.monotonic()
        self.now += (self.last - last) * self.pace
        return self.now

    def take(self, step: Step) -> None:
        """Do one step."""
        self.since = ""
        for key in _keys(step.keys):
            os.write(self.terminal, key.encode())
            self.listen(step.gap)
        begin = time.monotonic()
        while step.until and step.until not in shown(self.since):
            waited = time.monotonic() - begin
            self.pace = 1 / HURRY if waited > 1 else 1.0
            if waited > PATIENCE or not self.listen(0.1):
                raise SystemExit(f"{step} never showed that, but {shown(self.since)[-3000:]!r}")
        self.pace = 1.0
        self.listen(step.pause)


def _keys(text: str) -> list[str]:
    return re.findall(r"\x1b\[.|\x1bO.|.", text, re.DOTALL)


def shown(text: str) -> str:
    """Return the text without control sequences."""
    return SEQUENCE.sub("", text)


def record(home: Path) -> list[tuple[float, str]]:
    """Record the walk through the application with this home folder."""
    paint_all(home / "Pictures")
    environ = {
        name: os.environ[name] for name in ("PATH", "LANG", "PYTHONPATH") if name in os.environ
    }
    environment = {
        **environ,
        "HOME": str(home),
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
        "TZ": "UTC",
    }
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(home)
        command = [sys.executable, "-m", "tui", "--images", "halfcell", "Pictures"]
        os.execve(sys.executable, command, environment)
    try:
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        recorder = Recorder(terminal)
        for step in WALK:
            recorder.take(step)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(terminal)
    return recorder.events


def cast(events: list[tuple[float, str]]) -> str:
    """Return events as an asciicast, with long waits shortened, after a typed command."""
    header = {
        "version": 2,
        "width": COLUMNS,
        "height": ROWS,
        "title": "photoseek",
        "env": {"TERM": "xterm-256color", "SHELL": "/bin/sh"},
    }
    lines = [json.dumps(header)]
    now, last = 0.0, 0.0
    for key in "$ photoseek ~/Pictures":
        now += 0.07
        lines.append(json.dumps([round(now, 3), "o", key]))
    lines.append(json.dumps([round(now + 0.5, 3), "o", "\r\n"]))
    now += 0.6
    for moment, text in frames(events):
        now += min(moment - last, LONGEST)
        last = moment
        lines.append(json.dumps([round(now, 3), "o", text], ensure_ascii=False))
    return "\n".join(lines) + "\n"


def frames(events: list[tuple[float, str]]) -> Iterator[tuple[float, str]]:
    """Yield the changes of each frame on the screen; simultaneous output is one frame.

    The application repaints whole panes, which costs a line little and a file much.
    """
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.Stream(screen)
    before: list[list[pyte.screens.Char]] = []
    began, waiting = 0.0, ""
    for moment, text in [*events, (events[-1][0] + FRAME, "")]:
        if waiting and moment - began >= FRAME:
            # Sequences that pyte does not support: the keyboard protocols and modes of newer
            # terminals.
            stream.feed(UNKNOWN.sub("", waiting))
            cells = [[screen.buffer[y][x] for x in range(COLUMNS)] for y in range(ROWS)]
            yield began, changes(before, cells) if before else CLEAR + changes([], cells)
            before, waiting = cells, ""
        if not waiting:
            began = moment
        waiting += text


def changes(before: Cells, after: Cells) -> str:
    """Return the output between two screens (ECMA-48: CUP moves the cursor, SGR sets colours)."""
    written: list[str] = []
    style: Style | None = None
    for y, row in enumerate(after):
        cursor_row = -1
        for x, cell in enumerate(row):
            if (before and before[y][x] == cell) or not cell.data:
                continue
            if cursor_row != x:
                written.append(f"\x1b[{y + 1};{x + 1}H")
            new = Style.of(cell)
            written += [new.after(style), cell.data]
            style = new
            cursor_row = (
                x + 1 + (x + 1 < COLUMNS and not row[x + 1].data)
            )  # a wide character takes two
    return "".join(written)


class Style(NamedTuple):
    """The style of a cell: parameters of SGR."""

    marks: str
    front: str
    back: str

    @classmethod
    def of(cls, cell: pyte.screens.Char) -> Style:
        """Read it from a cell of the emulator, which writes colours as six hexadecimal digits."""
        attributes = (
            (cell.bold, "1"),
            (cell.italics, "3"),
            (cell.underscore, "4"),
            (cell.reverse, "7"),
        )
        marks = "".join(f";{code}" for on, code in attributes if on)
        return cls(marks, _colour(38, cell.fg), _colour(48, cell.bg))

    def after(self, before: Style | None) -> str:
        """Return the sequence that changes one style into this one."""
        if before == self:
            return ""
        simple = before and before.marks == self.marks and self.front and self.back
        if before and simple:
            parts = [new for old, new in zip(before[1:], self[1:], strict=True) if old != new]
        else:
            parts = [f"0{self.marks}", *filter(None, self[1:])]
        return f"\x1b[{';'.join(parts)}m"


def _colour(first: int, colour: str) -> str:
    """Return a colour in 32 steps a channel, which look almost like 256."""
    if len(colour) != 6:
        return ""
    return f"{first};2;{';'.join(str(value & 0xF8) for value in bytes.fromhex(colour))}"


def main(target: str = str(CAST)) -> None:
    """Record and write."""
    with tempfile.TemporaryDirectory() as folder:
        events = record(Path(folder))
    text = cast(events)
    if folder in text:
        raise SystemExit(f"The recording names {folder}.")
    Path(target).write_text(text, encoding="utf-8")
    seconds = json.loads(text.splitlines()[-1])[0]
    print(f"{target}: {seconds:.0f} s, {len(text.encode()):,} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
