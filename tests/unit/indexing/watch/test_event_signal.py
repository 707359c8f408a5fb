"""Events of inotify wake the main thread."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from watchfiles import watch

from tests.support.embedders import save_picture
from tests.support.libraries.indexed_library import IndexedLibrary
from tests.unit.indexing.watch.test_watcher import indexer_of
from tui.core.stop_request import StopRequest
from tui.indexing.watch import event_signal, watcher
from tui.indexing.watch.event_signal import EventSignal
from tui.indexing.watch.watcher import watch_folders

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="inotify")
PATIENCE = 20.0


@pytest.fixture(autouse=True)
def _no_late_signal() -> Iterator[None]:
    """Ignore the signals of inotify descriptors that a test has not closed yet."""
    yield
    signal.signal(signal.SIGIO, signal.SIG_IGN)


@pytest.fixture
def stop() -> Iterator[StopRequest]:
    """Return a request that is set after a long time, so that a lost event can't block tests."""
    stop = StopRequest()
    timer = threading.Timer(PATIENCE, stop.set)
    timer.daemon = True
    timer.start()
    yield stop
    timer.cancel()


def test_an_event_ends_the_wait_of_the_main_thread(tmp_path: Path, stop: StopRequest) -> None:
    event_signal = EventSignal(stop.wake)
    rounds = watch(tmp_path, rust_timeout=1, yield_on_timeout=True)
    assert next(rounds) == set()
    event_signal.arm()
    assert event_signal.is_armed
    threading.Timer(0.05, (tmp_path / "new").touch).start()
    stop.wait()
    assert not stop.is_set()
    event_signal.disarm()
    (tmp_path / "another").touch()  # the signal is ignored, and does not end this process
    rounds.close()


def test_other_threads_are_not_woken() -> None:
    signals: list[EventSignal] = []
    thread = threading.Thread(target=lambda: signals.append(EventSignal(lambda: None)))
    thread.start()
    thread.join()
    assert not signals[0].is_possible
    signals[0].arm()
    assert not signals[0].is_armed


def test_without_inotify_nothing_is_armed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_signal, "inotify_descriptors", list)
    unarmed = EventSignal(lambda: None)
    unarmed.arm()
    assert not unarmed.is_armed


def test_a_watch_in_the_main_thread_sleeps_until_a_file_is_added(
    library: IndexedLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: StopRequest
) -> None:
    """Without the signal the watch would sleep for an hour."""
    monkeypatch.setattr(watcher, "_SLEEP_SECONDS", 3600.0)
    save_picture(tmp_path / "photos" / "red.png", "red")
    looks: list[None] = []

    def on_quiet() -> None:
        looks.append(None)
        if len(looks) == 1:
            blue = tmp_path / "photos" / "blue.png"
            threading.Timer(0.3, save_picture, (blue, "blue")).start()

    rounds = watch_folders(indexer_of(library), [tmp_path / "photos"], stop=stop, on_quiet=on_quiet)
    assert next(rounds).indexed == 1
    assert next(rounds).indexed == 1
    assert not stop.is_set()
    assert len(looks) < 5
    stop.set()
    assert list(rounds) == []
