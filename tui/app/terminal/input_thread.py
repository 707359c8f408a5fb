"""Reads the terminal without waking up while no input arrives.

Textual's input thread checks ten times a second whether it has to end, and whether an Escape was a
key or began a sequence. This one waits for input or for the end, and checks for a single Escape
only after input.
"""

from __future__ import annotations

import os
import signal
import sys
from codecs import getincrementaldecoder
from contextlib import suppress
from select import select
from threading import Event
from typing import TYPE_CHECKING, Any

from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.constants import ESCAPE_DELAY

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.driver import Driver
    from textual.message import Message

_BLOCK = 4096
_LOOKS = 2
"""The number of checks after input, in case the first one is a moment too early."""


class PipeEvent(Event):
    """An event whose file descriptor is readable while it is set."""

    def __init__(self) -> None:
        super().__init__()
        self._read_end, self._write_end = os.pipe()

    def fileno(self) -> int:
        """Return the file descriptor."""
        return self._read_end

    def set(self) -> None:
        """Set the event."""
        if not self.is_set():
            os.write(self._write_end, b"x")
        super().set()

    def clear(self) -> None:
        """Clear the event."""
        if self.is_set():
            os.read(self._read_end, 1)
        super().clear()


def read_input(
    terminal: int, end: PipeEvent, parser: XTermParser, process: Callable[[Message], object]
) -> None:
    """Read a terminal and process its input, until ``end`` is set or the terminal closes.

    Bytes that are not UTF-8 become replacement characters.

    Args:
        terminal: the file descriptor.
        end: ends the reading.
        parser: converts the text to messages.
        process: receives the messages.
    """
    decode = getincrementaldecoder("utf-8")("replace").decode
    looks = 0
    while not end.is_set():
        ready, _, _ = select([terminal, end.fileno()], [], [], ESCAPE_DELAY if looks else None)
        looks = max(0, looks - 1)
        if terminal in ready:
            looks = _LOOKS
            try:
                block = os.read(terminal, _BLOCK)
            except OSError:
                block = b""
            if not block:
                return
            for message in parser.feed(decode(block)):
                process(message)
        for message in parser.tick():
            process(message)
    with suppress(EOFError, ParseError):
        list(parser.feed(""))


def waiting_driver(driver: type[Driver]) -> type[Driver]:
    """Return a driver whose input thread waits for input; the same one on Windows."""
    if sys.platform == "win32":
        return driver
    from textual.drivers.linux_driver import LinuxDriver

    if not issubclass(driver, LinuxDriver):
        return driver

    class WaitingDriver(driver):  # type: ignore[misc, valid-type]
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            self.exit_event = PipeEvent()

        def run_input_thread(self) -> None:
            parser = XTermParser(self._debug)
            read_input(self.fileno, self.exit_event, parser, self.process_message)
            if not self.exit_event.is_set():  # the kernel notifies only the terminal's own session
                os.kill(os.getpid(), signal.SIGHUP)

    return WaitingDriver
