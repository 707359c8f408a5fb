"""A block closes the object that it opened, however it ends."""

from __future__ import annotations

import pytest

from tui.core.closing import Closing


class Door(Closing):
    def __init__(self) -> None:
        self.is_open = True

    def close(self) -> None:
        self.is_open = False


def test_a_block_yields_the_object_and_closes_it_at_its_end() -> None:
    door = Door()
    with door as entered:
        assert entered is door
        assert door.is_open
    assert not door.is_open


def test_an_exception_closes_it_and_is_not_swallowed() -> None:
    door = Door()
    with pytest.raises(ZeroDivisionError), door:
        raise ZeroDivisionError
    assert not door.is_open
