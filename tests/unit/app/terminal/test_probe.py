from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.app.terminal.probe import QUERY, TerminalReplies, ask, parse_replies

if sys.platform == "win32":
    pytest.skip("pseudo-terminals are a Unix thing", allow_module_level=True)

import pty
import termios

KITTY = b"\x1bP>|kitty(0.36.4)\x1b\\\x1b_Gi=31;OK\x1b\\\x1b[6;18;9t\x1b[?62;c"
END = KITTY.index(b"\x1b_G")
XTERM = b"\x1bP>|XTerm(379)\x1b\\\x1b[6;20;10t\x1b[?62;4;22c"
REFUSED = b"\x1b_Gi=31;EINVAL:no\x1b\\\x1b[?1;2c"


def test_the_replies_of_kitty_are_parsed() -> None:
    assert parse_replies(KITTY) == TerminalReplies(True, "kitty(0.36.4)", True, False, (9, 18))


def test_the_replies_of_xterm_with_sixel_are_parsed() -> None:
    assert parse_replies(XTERM) == TerminalReplies(True, "XTerm(379)", False, True, (10, 20))


def test_a_rejection_means_no_support() -> None:
    assert parse_replies(REFUSED) == TerminalReplies(complete=True)


@pytest.mark.parametrize("size", [b"0;0", b"0;9", b"99999;9"])
def test_a_cell_without_a_size_is_ignored(size: bytes) -> None:
    assert parse_replies(b"\x1b[6;" + size + b"t\x1b[?1c").cell is None


PIECES = [b"\x1bP>|XTerm(379)\x1b\\", b"\x1b_Gi=31;OK\x1b\\", b"\x1b[6;20;10t", b"\x1b[?62;4c"]


@given(st.lists(st.text(st.characters(exclude_categories=["C"])), min_size=5, max_size=5))
def test_keys_typed_between_the_answers_are_kept(typed: list[str]) -> None:
    data = b"".join(t.encode() + p for t, p in zip(typed, [*PIECES, b""], strict=True))
    assert parse_replies(data) == TerminalReplies(
        True, "XTerm(379)", True, True, (10, 20), "".join(typed)
    )


@given(st.binary(max_size=200))
def test_any_bytes_can_arrive(data: bytes) -> None:
    assert "\x1b" not in parse_replies(data).typed


@contextmanager
def terminal(*answers: bytes, delay: float = 0.0) -> Iterator[tuple[int, bytearray]]:
    """Yield a pseudo-terminal that answers a query with ``answers``, each after ``delay``."""
    outer, inner = pty.openpty()
    received = bytearray()

    def answer() -> None:
        while len(received) < len(QUERY):
            received.extend(os.read(outer, 1024))
        for part in answers:
            time.sleep(delay)
            os.write(outer, part)

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        yield inner, received
    finally:
        thread.join(5)
        os.close(inner)
        os.close(outer)


def test_the_terminal_is_queried_and_restored() -> None:
    with terminal(KITTY) as (tty, received):
        before = termios.tcgetattr(tty)
        answers = ask(tty, tty, patience=5)
        assert (answers.kitty, answers.version) == (True, "kitty(0.36.4)")
        assert termios.tcgetattr(tty) == before
        assert bytes(received) == QUERY


def test_the_probe_waits_for_answers_in_pieces() -> None:
    pieces = [KITTY[:9], KITTY[9:END], b"tr", KITTY[END:-2], KITTY[-2:]]
    with terminal(*pieces, delay=0.06) as (tty, _):
        answers = ask(tty, tty, patience=5)
    assert answers == TerminalReplies(True, "kitty(0.36.4)", True, False, (9, 18), "tr")


def test_a_silent_terminal_costs_only_the_patience_and_no_key() -> None:
    with terminal(b"dog") as (tty, _):
        begin = time.monotonic()
        answers = ask(tty, tty, patience=0.3)
        assert time.monotonic() - begin < 3
    assert answers == TerminalReplies(typed="dog")


def test_keys_typed_before_the_query_are_kept() -> None:
    outer, inner = pty.openpty()
    os.write(outer, b"cat\n")
    threading.Timer(0.1, os.write, (outer, KITTY)).start()
    assert ask(inner, inner, patience=5).typed == "cat\n"
    os.close(inner)
    os.close(outer)


def test_a_pipe_is_not_probed() -> None:
    read, write = os.pipe()
    assert ask(read, write) == TerminalReplies()
    os.close(write)
    assert os.read(read, 1) == b""
    os.close(read)
