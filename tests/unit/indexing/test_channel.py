"""The queue between two stages."""

from __future__ import annotations

import threading
import time

import pytest

from tui.indexing.channel import Channel, ChannelAbortedError

PATIENCE_SECONDS = 10


def test_every_item_is_received_once_and_the_channel_ends() -> None:
    channel: Channel[int] = Channel(3)
    items: list[int] = []
    getters = [threading.Thread(target=lambda: items.extend(channel)) for _ in range(4)]

    def put(first: int) -> None:
        for number in range(first, first + 500):
            channel.put(number)

    putters = [threading.Thread(target=put, args=(n * 1000,)) for n in range(1, 4)]
    for thread in (*getters, *putters):
        thread.start()
    for thread in putters:
        thread.join(PATIENCE_SECONDS)
    channel.close()
    for thread in getters:
        thread.join(PATIENCE_SECONDS)
    assert sorted(items) == [n * 1000 + i for n in range(1, 4) for i in range(500)]
    assert channel.finished


@pytest.mark.parametrize("capacity", [1, 2, 5])
def test_the_channel_is_bounded(capacity: int) -> None:
    channel: Channel[int] = Channel(capacity)
    done = 0

    def put() -> None:
        nonlocal done
        for number in range(20):
            channel.put(number + 1)
            done += 1

    putter = threading.Thread(target=put)
    putter.start()
    for item in range(20):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while done <= item and time.monotonic() < deadline:
            time.sleep(0.001)
        assert done <= item + capacity
        assert channel.get(PATIENCE_SECONDS) == item + 1
    putter.join(PATIENCE_SECONDS)
    assert done == 20


def test_a_get_times_out() -> None:
    channel: Channel[int] = Channel(1)
    assert channel.get(0) is None
    assert not channel.finished


@pytest.mark.parametrize("full", [False, True])
def test_abort_wakes_all_waiters(full: bool) -> None:
    channel: Channel[int] = Channel(1)
    if full:
        channel.put(1)
    failed = threading.Event()

    def wait() -> None:
        try:
            if full:
                channel.put(2)
            else:
                channel.get()
        except ChannelAbortedError:
            failed.set()

    waiting = threading.Thread(target=wait)
    waiting.start()
    channel.abort()
    waiting.join(PATIENCE_SECONDS)
    assert failed.is_set()
