"""The hits around the previewed one."""

from __future__ import annotations

import threading
from pathlib import Path
from queue import Queue
from typing import TYPE_CHECKING

from tui.app.model.nearby_hits import HitFetched, NearbyHits
from tui.core.domain import FileDetails, Hit

if TYPE_CHECKING:
    from textual.message import Message


def hit(index: int) -> Hit:
    return Hit(index + 1, 0.5, FileDetails(index, Path(f"/p/{index}.jpg"), 1, 0, None))


def fetched(posted: Queue[Message]) -> HitFetched:
    message = posted.get(timeout=10)
    assert isinstance(message, HitFetched)
    return message


def test_a_hit_is_loaded_or_looked_up_once() -> None:
    posted: Queue[Message] = Queue()
    hits = NearbyHits(lambda index: hit(index) if index < 5 else None, hit, posted.put)
    assert hits.get(4) == hit(4)
    assert hits.get(5) is None
    hits.look_up([5])
    assert hits.add(fetched(posted))
    assert hits.get(5) == hit(5)
    hits.close()


def test_a_hit_of_an_earlier_ranking_is_dropped() -> None:
    posted: Queue[Message] = Queue()
    hits = NearbyHits(lambda _: None, hit, posted.put)
    hits.look_up([5, 6])
    first, second = fetched(posted), fetched(posted)
    assert hits.add(first)
    hits.forget()
    assert hits.get(5) is None
    assert not hits.add(second)
    assert hits.get(6) is None
    hits.close()


def test_a_later_call_cancels_waiting_look_ups() -> None:
    gate, begun = threading.Event(), threading.Event()
    looked_up: list[int] = []

    def look_up(index: int) -> Hit:
        looked_up.append(index)
        begun.set()
        assert gate.wait(10)
        return hit(index)

    posted: Queue[Message] = Queue()
    hits = NearbyHits(lambda _: None, look_up, posted.put)
    hits.look_up([1, 2, 3])
    assert begun.wait(10)
    hits.look_up([4, 5])
    hits.look_up([6])
    gate.set()
    assert [fetched(posted).index for _ in range(2)] == [1, 6]
    assert looked_up == [1, 6]
    hits.close()
