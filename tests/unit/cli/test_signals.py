"""The first signal stops in order, the second interrupts; then the handlers are restored."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import BinaryIO

import pytest

from tui.cli.terminal.signals import cancel_on_signals, parent_requests
from tui.core.stop_request import StopRequest


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_cancels_and_the_second_interrupts(
    number: signal.Signals, capsys: pytest.CaptureFixture[str]
) -> None:
    before = signal.getsignal(number)
    with cancel_on_signals(quiet=False) as stop:
        assert not stop.is_set()
        os.kill(os.getpid(), number)
        assert stop.is_set()
        assert "press Ctrl-C again" in capsys.readouterr().err
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
    assert signal.getsignal(number) is before


def test_a_quiet_run_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with cancel_on_signals(quiet=True) as stop:
        os.kill(os.getpid(), signal.SIGINT)
        assert stop.is_set()
    assert capsys.readouterr().err == ""


@pytest.fixture
def parent(monkeypatch: pytest.MonkeyPatch) -> Iterator[BinaryIO]:
    """Yield the parent's end of standard input."""
    read_end, write_end = os.pipe()
    real = os.read
    monkeypatch.setattr(
        "tui.cli.terminal.signals.os.read", lambda fd, size: real(fd or read_end, size)
    )
    with os.fdopen(write_end, "wb", buffering=0) as pipe:
        yield pipe


def test_requests_arrive_in_order_until_the_parent_closes(parent: BinaryIO) -> None:
    stop = StopRequest()
    requests = parent_requests(stop)
    parent.write(b'{"index": []}\n{"mou')
    assert next(requests) == {"index": []}
    parent.write(b'nts": []}\n')
    assert next(requests) == {"mounts": []}
    parent.close()
    assert list(requests) == []
    assert stop.is_set()


def test_cancel_ends_the_requests(parent: BinaryIO) -> None:
    stop = StopRequest()
    requests = parent_requests(stop)
    parent.write(b'{"load": true}\n')
    assert next(requests) == {"load": True}
    parent.write(b"can")
    parent.write(b"cel\n")
    assert list(requests) == []
    assert stop.is_set()
