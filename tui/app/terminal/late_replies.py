"""Answers of the terminal that come when the app runs already, and must not be typed into it.

Needed only where ``probe`` gave up before the last answer. Textual takes a sequence that it does
not know for keys, so that the answers are taken out of what is read, before its parser.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.driver import Driver

_SECONDS = 30.0
"""An answer that takes longer than this is not expected any more."""

_KEY_PATIENCE = 0.05
"""Seconds to wait for the rest of what may be Escape, or Alt and a key: about a frame or two."""

_ANSWER_PATIENCE = 1.0
"""Seconds to wait for the rest of what is no key, over a network that stutters."""

_MOST_OF_A_KEY = 2
"""Characters of an answer's beginning that may be a key: Escape alone or with one more."""

_ANSWER = re.compile(
    r"""\x1b(?:
        \[\?[\d;]{0,99}(?P<last>c)                  # primary device attributes, asked for last
        | \[[46];\d{1,9};\d{1,9}t                   # size of the screen or of a cell
        | (?:_G|P>\|)[^\x00-\x1f]{0,255}\x1b\\      # Kitty graphics; XTVERSION
    )""",
    re.VERBOSE,
)
_BEGINNING = re.compile(
    r"""\x1b(?:
        \[(?:\?[\d;]{0,99} | [46](?:;\d{0,9}){0,2})?
        | _(?:G(?:[^\x00-\x1f]{0,255}\x1b?))?
        | P(?:>(?:\|[^\x00-\x1f]{0,255}\x1b?)?)?
    )?\Z""",
    re.VERBOSE,
)


def beginning(text: str) -> str:
    """Return the end of ``text`` that may be the beginning of an answer; may be empty."""
    found = _BEGINNING.search(text)
    return found[0] if found else ""


class LateReplyFilter:
    """Takes answers out of what the terminal sends, until the last has come or it is too late.

    Args:
        begun: the beginning of an answer that was read before.
        clock: seconds.
    """

    def __init__(self, begun: str = "", clock: Callable[[], float] = time.monotonic) -> None:
        self._held = begun
        self._clock = clock
        self._until = clock() + _SECONDS
        self._fed = clock()
        self._due = True

    def feed(self, text: str) -> str:
        """Return what was typed in ``text``; the beginning of an answer is held back."""
        data, self._held = self._held + text, ""
        self._fed = self._clock()
        if self._fed > self._until:
            self._due = False
        typed = ""
        while self._due and (answer := _ANSWER.search(data)):
            typed += data[: answer.start()]
            data = data[answer.end() :]
            self._due = answer["last"] is None
        if self._due:
            self._held = beginning(data)
        return typed + data[: len(data) - len(self._held)]

    @property
    def patience(self) -> float | None:
        """Seconds without input after which to call ``release``; None where nothing is held."""
        if not self._held:
            return None
        whole = _KEY_PATIENCE if len(self._held) <= _MOST_OF_A_KEY else _ANSWER_PATIENCE
        return max(0.0, self._fed + whole - self._clock())

    def release(self) -> str:
        """Return what is held: it was typed after all, as nothing followed."""
        held, self._held = self._held, ""
        return held


def filtering_driver(driver: type[Driver], late: LateReplyFilter) -> type[Driver]:
    """Return a driver that keeps late answers from the app; other drivers than Unix's as they are.

    Args:
        driver: what the app would use.
        late: is fed with all that is read.
    """
    import os
    import selectors
    from codecs import getincrementaldecoder

    from textual._xterm_parser import XTermParser
    from textual.drivers.linux_driver import LinuxDriver

    if not issubclass(driver, LinuxDriver):
        return driver

    class Listening(driver):  # type: ignore[misc, valid-type]
        def run_input_thread(self) -> Any:
            """Read keys as Textual's own does, but for the answers."""
            parser = XTermParser(self._debug)
            decode = getincrementaldecoder("utf-8")("replace").decode
            with selectors.SelectSelector() as selector:
                selector.register(self.fileno, selectors.EVENT_READ)
                while not self.exit_event.is_set():
                    patience = late.patience
                    if selector.select(0.1 if patience is None else min(0.1, patience)):
                        text = late.feed(decode(os.read(self.fileno, 4096)))
                    else:
                        text = late.release() if late.patience == 0 else ""
                    # To the parser, empty text is the end of all input.
                    for message in (*(parser.feed(text) if text else ()), *parser.tick()):
                        self.process_message(message)

    return Listening
