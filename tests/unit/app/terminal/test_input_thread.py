"""The thread that reads the terminal."""

from __future__ import annotations

import os
import queue
import sys
import threading
from collections.abc import Iterator
from select import select
from typing import TYPE_CHECKING, Any

import pytest
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.events import Key

from tui.app.terminal import input_thread
from tui.app.terminal.input_thread import PipeEvent, read_input, waiting_driver

if TYPE_CHECKING:
    from textual.message import Message

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes as terminals")
PATIENCE = 20.0


class Reader:
    """A thread that reads a pipe as a terminal; counts how often it waits."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.terminal, self.keyboard = os.pipe()
        self.end = PipeEvent()
        self.messages: queue.Queue[Message] = queue.Queue()
        self.timeouts: queue.Queue[float | None] = queue.Queue()

        def counting(*arguments: Any) -> Any:
            self.timeouts.put(arguments[3])
            return select(*arguments)

        monkeypatch.setattr(input_thread, "select", counting)
        arguments = (self.terminal, self.end, XTermParser(False), self.messages.put)
        self.thread = threading.Thread(target=read_input, args=arguments, daemon=True)
        self.thread.start()

    def type(self, text: bytes) -> None:
        os.write(self.keyboard, text)

    def key(self) -> str:
        message = self.messages.get(timeout=PATIENCE)
        assert isinstance(message, Key)
        return message.key

    def wait_until_blocked(self) -> int:
        """Wait until the thread waits without a timeout; return the number of other waits."""
        waits = 0
        while self.timeouts.get(timeout=PATIENCE) is not None:
            waits += 1
        return waits


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    reader = Reader(monkeypatch)
    yield reader
    reader.end.set()
    reader.thread.join(PATIENCE)
    assert not reader.thread.is_alive()


def test_keys_arrive_in_order_and_a_sequence_is_one_key(reader: Reader) -> None:
    reader.type(b"a\x1b[A\xc3")
    reader.type(b"\xa9")
    assert [reader.key() for _ in range(3)] == ["a", "up", "\u00e9"]


def test_bytes_that_are_not_utf8_do_not_end_the_thread(reader: Reader) -> None:
    reader.type(b"\xff\xc3a")
    assert [reader.key() for _ in range(3)] == [*["replacement_character"] * 2, "a"]


def test_an_escape_alone_is_a_key(reader: Reader) -> None:
    reader.type(b"\x1b")
    assert reader.key() == "escape"


def test_it_waits_without_a_timeout_while_nothing_is_typed(reader: Reader) -> None:
    assert reader.wait_until_blocked() == 0
    reader.type(b"x")
    assert reader.key() == "x"
    assert reader.wait_until_blocked() <= input_thread._LOOKS
    assert reader.timeouts.empty()


def test_it_ends_when_the_terminal_closes(reader: Reader) -> None:
    os.close(reader.keyboard)
    reader.thread.join(PATIENCE)
    assert not reader.thread.is_alive()


def test_the_event_can_be_set_again() -> None:
    event = PipeEvent()
    for _ in range(2):
        event.set()
        event.set()
        event.clear()
        event.clear()
        assert not event.is_set()
    os.set_blocking(event.fileno(), False)
    with pytest.raises(BlockingIOError):
        os.read(event.fileno(), 1)


def test_only_the_terminal_driver_is_replaced() -> None:
    from textual.drivers.headless_driver import HeadlessDriver

    assert waiting_driver(HeadlessDriver) is HeadlessDriver
    usual = App[None]().driver_class
    assert issubclass(waiting_driver(usual), usual)
    assert waiting_driver(usual) is not usual
