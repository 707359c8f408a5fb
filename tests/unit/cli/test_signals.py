"""The first signal asks, the second one interrupts; afterwards all is as before."""

from __future__ import annotations

import os
import signal

import pytest

from tui.cli.terminal.signals import cancel_on_signals


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_cancels_and_the_second_interrupts(
    number: signal.Signals, capsys: pytest.CaptureFixture[str]
) -> None:
    before = signal.getsignal(number)
    with cancel_on_signals(quiet=False) as stop:
        assert not stop.is_set()
        os.kill(os.getpid(), number)
        assert stop.is_set()
        assert "once more" in capsys.readouterr().err
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
    assert signal.getsignal(number) is before


def test_a_quiet_run_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with cancel_on_signals(quiet=True) as stop:
        os.kill(os.getpid(), signal.SIGINT)
        assert stop.is_set()
    assert capsys.readouterr().err == ""
