from __future__ import annotations

import gc
import weakref
from typing import TYPE_CHECKING

import pytest

from tui.app.terminal.idle_gc import IdleCollector

if TYPE_CHECKING:
    from collections.abc import Iterator


class Cycle:
    """An object that only the collector can free."""

    def __init__(self) -> None:
        self.own = self


@pytest.fixture(autouse=True)
def _restored_collector() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)
    gc.unfreeze()
    gc.enable()


def test_a_full_collection_waits_until_the_user_is_idle() -> None:
    seconds = [0.0]
    collector = IdleCollector(lambda: seconds[0])
    gc.disable()
    collector.start()
    assert gc.isenabled()
    garbage = weakref.ref(Cycle())
    gc.freeze()  # as an old object
    seconds[0] = 4.0
    assert not collector.collect_if_idle()
    collector.note_input()
    seconds[0] = 8.9
    assert not collector.collect_if_idle()
    assert garbage() is not None
    seconds[0] = 9.1
    assert collector.collect_if_idle()
    assert garbage() is None
    seconds[0] = 99.0
    assert not collector.collect_if_idle()  # no input since
    collector.note_input()
    seconds[0] = 105.0
    assert collector.collect_if_idle()
