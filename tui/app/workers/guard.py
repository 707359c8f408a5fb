"""What happens to an exception that a handler, a timer or a thread did not foresee.

Textual ends the program with a traceback then. Here the program goes on where it can: one sentence
says what happened, and the log has the details. A program that can't go on ends in order, with the
sentence on standard error.
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
"""The exit code of a program that can't go on."""

_MOST, _WITHIN = 8, 10.0
"""So many exceptions in so many seconds mean that going on is hopeless."""


class Guarded(MessagePump):
    """Goes on with the next message after a handler has failed; to be named before its base.

    Without this the loop of the widget ends at the exception, and the widget is deaf.
    """

    async def _dispatch_message(self, message: Message) -> None:
        try:
            await super()._dispatch_message(message)
        except Exception as error:
            self.app._handle_exception(error)


class Patience:
    """Counts exceptions, to tell when there are too many to go on.

    Args:
        now: tells the time in seconds.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._times: deque[float] = deque(maxlen=_MOST)

    def lasts(self) -> bool:
        """Count one more; False where that is one too many."""
        now = self._now()
        full = len(self._times) == _MOST and now - self._times[0] < _WITHIN
        self._times.append(now)
        return not full
