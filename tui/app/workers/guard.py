"""Handles unexpected exceptions of handlers, timers and threads.

Textual would end the program with a traceback. This app continues if it can: it shows one sentence
and writes the details to the log. Otherwise it exits with the sentence on standard error.
"""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

from textual.message_pump import MessagePump

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.message import Message

FAILED = 2
"""The exit code after an exception."""

_MOST, _WITHIN = 8, 10.0
"""The number of exceptions, within these seconds, after which the app exits."""


class Guarded(MessagePump):
    """Continues with the next message after an exception; name it before the other base class.

    Otherwise the message loop of the widget would end.
    """

    async def _dispatch_message(self, message: Message) -> None:
        try:
            await super()._dispatch_message(message)
        except Exception as error:
            self.app._handle_exception(error)


class Patience:
    """Counts exceptions, to decide when there are too many.

    Args:
        now: returns the time in seconds.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._times: deque[float] = deque(maxlen=_MOST)

    def lasts(self) -> bool:
        """Count an exception; return False if there are too many."""
        now = self._now()
        full = len(self._times) == _MOST and now - self._times[0] < _WITHIN
        self._times.append(now)
        return not full
