"""Leaving in order when the system asks: SIGTERM, and SIGHUP when the terminal goes away."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 3.0
"""Seconds for leaving in order; writing to a terminal that has gone may never return."""


def leave_on_signals(leave: Callable[[int], object]) -> None:
    """Call ``leave`` with the exit code that shells expect, 128 and the signal's number.

    Call it on the running event loop of the main thread.
    """
    if sys.platform == "win32":
        return
    loop = asyncio.get_running_loop()
    with suppress(RuntimeError, ValueError):  # not the main thread
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, _leave, leave, 128 + number)


def _leave(leave: Callable[[int], object], code: int) -> None:
    last_resort = threading.Timer(PATIENCE, os._exit, (code,))
    last_resort.daemon = True
    last_resort.start()
    leave(code)
