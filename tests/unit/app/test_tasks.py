"""Threads that post messages."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

from textual.message import Message

from tui.app.workers.error_log import sentence_of
from tui.app.workers.model_loading import ModelReady
from tui.app.workers.tasks import BackgroundTasks, LatestOnlyWorker, WorkerFailed
from tui.core.errors import ModelError

PATIENCE = 10.0


class Box:
    """Receives posted messages."""

    def __init__(self) -> None:
        self.messages: list[Any] = []
        self.came = threading.Event()

    def post(self, message: Message) -> None:
        self.messages.append(message)
        self.came.set()


def test_yielded_messages_are_posted() -> None:
    box = Box()
    BackgroundTasks(box.post).start("model", lambda: [ModelReady(), ModelReady()]).join(PATIENCE)
    assert [type(message) for message in box.messages] == [ModelReady, ModelReady]


def test_a_failure_is_posted_as_a_sentence() -> None:
    def job() -> Iterator[Message]:
        yield ModelReady()
        raise ModelError("There is no such model; choose another.")

    box = Box()
    BackgroundTasks(box.post).start("model", job).join(PATIENCE)
    [_, failed] = box.messages
    assert failed == WorkerFailed("model", "There is no such model; choose another.")


def test_a_closed_app_receives_no_messages() -> None:
    def closed(message: Message) -> None:
        raise RuntimeError("the loop is closed")

    thread = BackgroundTasks(closed).start("model", lambda: [ModelReady()])
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_threads_do_not_delay_the_exit() -> None:
    gate = threading.Event()

    def wait() -> list[Message]:
        gate.wait(PATIENCE)
        return []

    thread = BackgroundTasks(Box().post).start("folders", wait)
    assert thread.daemon
    gate.set()


def test_only_the_newest_waiting_job_runs() -> None:
    gate, last = threading.Event(), threading.Event()
    handled: list[int] = []

    def handle(item: int) -> list[Message]:
        handled.append(item)
        if item == 0:
            gate.wait(PATIENCE)
        if item == 9:
            last.set()
        return []

    newest: LatestOnlyWorker[int] = LatestOnlyWorker(BackgroundTasks(Box().post), "search", handle)
    newest.put(0)
    while not handled:
        last.wait(0.001)
    assert not newest.overtaken()
    for item in range(1, 10):
        newest.put(item)
    assert newest.overtaken()
    gate.set()
    assert last.wait(PATIENCE)
    assert handled == [0, 9]


def test_a_closed_worker_ends_and_handles_no_waiting_item() -> None:
    handled: list[int] = []
    gate, begun = threading.Event(), threading.Event()

    def handle(item: int) -> list[Message]:
        handled.append(item)
        begun.set()
        assert gate.wait(PATIENCE)
        return []

    threads = set(threading.enumerate())
    newest: LatestOnlyWorker[int] = LatestOnlyWorker(BackgroundTasks(Box().post), "search", handle)
    [thread] = set(threading.enumerate()) - threads
    newest.put(1)
    assert begun.wait(PATIENCE)
    newest.put(2)
    newest.close()
    assert newest.overtaken()
    gate.set()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert handled == [1]


def test_a_failure_does_not_end_the_thread() -> None:
    def handle(item: int) -> list[Message]:
        if item == 1:
            raise ZeroDivisionError
        return [ModelReady()]

    box = Box()
    newest: LatestOnlyWorker[int] = LatestOnlyWorker(BackgroundTasks(box.post), "search", handle)
    newest.put(1)
    assert box.came.wait(PATIENCE)
    box.came.clear()
    newest.put(2)
    assert box.came.wait(PATIENCE)
    assert [type(message) for message in box.messages] == [WorkerFailed, ModelReady]


def test_an_unexpected_error_is_one_line_with_its_type() -> None:
    sentence = sentence_of(ValueError("first\nsecond"))
    assert sentence == "Unexpected error (ValueError: first)."
    assert "KeyError" in sentence_of(KeyError())
