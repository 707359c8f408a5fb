from __future__ import annotations

import gc
import weakref
from typing import TYPE_CHECKING

import pytest

from tui.app.terminal.idle_gc import IdleCollector

if TYPE_CHECKING:
    from collections.abc import Iterator


class Loop:
    """Can only be found by the collector."""

    def __init__(self) -> None:
        self.own = self


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)
    gc.unfreeze()
    gc.enable()


def test_garbage_is_looked_for_once_it_is_quiet() -> None:
    seconds = [0.0]
    collector = IdleCollector(lambda: seconds[0])
    gc.disable()
    collector.begin()
    assert gc.isenabled()
    lost = weakref.ref(Loop())
    gc.freeze()  # as an old object
    seconds[0] = 4.0
    assert not collector.look()
    collector.note_use()
    seconds[0] = 8.9
    assert not collector.look()
    assert lost() is not None
    seconds[0] = 9.1
    assert collector.look()
    assert lost() is None
    seconds[0] = 99.0
    assert not collector.look()  # nothing happened since
    collector.note_use()
    seconds[0] = 105.0
    assert collector.look()
