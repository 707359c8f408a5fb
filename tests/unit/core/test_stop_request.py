"""A wait that a signal or another thread ends."""

from __future__ import annotations

import os
import signal
import sys
import threading

import pytest

from tui.core.stop_request import StopRequest


def test_a_wait_ends_when_a_stop_is_or_was_requested() -> None:
    stop = StopRequest()
    threading.Timer(0.05, stop.set).start()
    stop.wait()
    assert stop.is_set()
    stop.wait()


def test_waking_is_not_a_request_and_counts_once() -> None:
    stop = StopRequest()
    stop.wake()
    stop.wake()
    stop.wait()
    assert not stop.is_set()
    threading.Timer(0.05, stop.wake).start()
    stop.wait()
    assert not stop.is_set()


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_a_signal_during_the_wait_ends_it() -> None:
    stop = StopRequest()
    before = signal.signal(signal.SIGUSR1, lambda *_: stop.set())
    threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGUSR1)).start()
    stop.wait()
    signal.signal(signal.SIGUSR1, before)
    assert stop.is_set()
