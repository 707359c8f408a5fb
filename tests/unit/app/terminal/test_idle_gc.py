from __future__ import annotations

import gc
import weakref
from typing import TYPE_CHECKING

import pytest

from tui.app.terminal.idle_gc import IdleCollector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


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
    due: list[tuple[float, Callable[[], object]]] = []
    collector = IdleCollector(
        lambda delay, collect: due.append((seconds[0] + delay, collect)), lambda: seconds[0]
    )

    def elapse(until: float) -> None:
        while due and due[0][0] <= until:
            seconds[0], collect = due.pop(0)
            collect()
        seconds[0] = until

    gc.disable()
    collector.start()
    assert gc.isenabled()
    garbage = weakref.ref(Cycle())
    gc.freeze()  # like an old object
    elapse(4.0)
    collector.note_input()
    elapse(8.9)
    assert garbage() is not None
    elapse(9.1)
    assert garbage() is None
    assert due == []  # no timer without input
    garbage = weakref.ref(Cycle())
    gc.freeze()
    elapse(99.0)
    collector.note_input()
    collector.note_input()
    assert len(due) == 1
    elapse(103.9)
    assert garbage() is not None
    elapse(104.1)
    assert garbage() is None
