from __future__ import annotations

import threading
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.events import CursorPosition

from tui.app.terminal.bandwidth import QUERY, BandwidthMeter, metered_driver
from tui.app.terminal.images import ImageSupport

if TYPE_CHECKING:
    from textual.driver import Driver
    from textual.message import Message

CELL = (10, 20)


class Line:
    """A connection to a terminal: bytes a second, and the round-trip time in seconds."""

    def __init__(self, rate: float, trip: float) -> None:
        self.now = 100.0
        self.meter = BandwidthMeter(lambda: self.now)
        self._rate, self._trip = rate, trip
        self.meter.open()
        self.write(100)

    def write(self, *sizes: int) -> None:
        """Write without a break; the answers arrive after all earlier output."""
        for size in sizes:
            asks = self.meter.written(size)
            self.now += size / self._rate
            if asks:
                self.now += self._trip
                self.meter.answered()
        self.now += 5.0


@pytest.mark.parametrize("rate", [20_000.0, 125_000.0, 1e6, 1e7])
@pytest.mark.parametrize("trip", [0.001, 0.2])
def test_the_rate_is_measured_with_any_latency(rate: float, trip: float) -> None:
    line = Line(rate, trip)
    for _ in range(6):
        line.write(300, 20_000)
    assert line.meter.rate == pytest.approx(rate, rel=0.2)


def test_small_writes_are_not_measured() -> None:
    line = Line(1e4, 0.1)
    before = line.meter.rate
    line.write(*[500] * 50)
    assert line.meter.rate == before


def test_slow_lines_get_smaller_pictures() -> None:
    scales = []
    for rate in (1e4, 1e5, 1e6, 1e7):
        line = Line(rate, 0.05)
        for _ in range(4):
            line.write(30_000)
        scales.append(line.meter.scale(*CELL))
    assert scales == sorted(scales)
    assert scales[0] < 0.3
    assert scales[-1] == 1.0


def test_cursor_queries_start_with_the_app_and_never_overlap() -> None:
    meter = BandwidthMeter(lambda: 1.0)
    assert not meter.written(50_000)
    meter.open()
    assert meter.written(50_000)
    assert not meter.written(50_000)


def test_a_busy_line_has_no_room_until_the_terminal_answers() -> None:
    now = [0.0]
    meter = BandwidthMeter(lambda: now[0])
    assert meter.room is None, "before the start nothing is known"
    meter.written(100_000)
    meter.open()
    assert meter.room == 16_000
    assert meter.written(10_000)
    assert meter.room == 6_000
    assert not meter.written(10_000)
    assert meter.room == -4_000
    assert ImageSupport("halfcell", meter=meter).is_busy
    now[0] += 0.1
    meter.answered()
    assert meter.room is not None
    assert meter.room > 0, "only what followed the query is still under way"
    assert meter.written(0), "for that, the terminal is asked again"


def test_a_slow_line_has_little_room_and_a_fast_one_much() -> None:
    rooms: list[int] = []
    for rate in (1e4, 1e5, 1e6, 1e7):
        line = Line(rate, 0.05)
        for _ in range(4):
            line.write(30_000)
        assert line.meter.room is not None
        rooms.append(line.meter.room)
    assert rooms[0] == 16_000
    assert rooms[0] <= rooms[1] < rooms[2] < rooms[3], rooms


def test_a_terminal_that_does_not_answer_gets_everything_until_it_does() -> None:
    now = [0.0]
    meter = BandwidthMeter(lambda: now[0])
    meter.open()
    assert meter.written(50_000)
    now[0] += 4
    assert ImageSupport("kitty", meter=meter).is_busy
    now[0] += 2
    assert meter.room is None
    assert not ImageSupport("kitty", meter=meter).is_busy
    meter.answered()
    assert meter.room is not None


class RecordingDriver:
    """Records the output, and that it was stopped."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def write(self, data: str) -> None:
        self.calls.append(data)

    def process_message(self, message: Message) -> None:
        self.calls.append("message")

    def start_application_mode(self) -> None:
        self.write("start")

    def stop_application_mode(self) -> None:
        self.write("stop")


def test_the_terminal_is_restored_after_the_last_answer() -> None:
    meter = BandwidthMeter()
    driver = metered_driver(cast("type[Driver]", RecordingDriver), meter)()  # type: ignore[call-arg]
    calls = cast("RecordingDriver", driver).calls
    meter.open()
    driver.write("x" * 10_000)
    assert calls[-1].endswith(QUERY)
    stopping = threading.Thread(target=driver.stop_application_mode)
    stopping.start()
    stopping.join(0.1)
    assert calls[-1] != "stop", "the answer is still under way"
    driver.process_message(CursorPosition(0, 1))
    stopping.join(10)
    assert calls[-2:] == ["message", "stop"]
    meter.answered()
    driver.write("y" * 10_000)
    assert QUERY not in calls[-1], "nothing is asked any more"
    driver.start_application_mode()
    driver.write("z" * 10_000)
    assert calls[-1].endswith(QUERY)


@given(st.lists(st.tuples(st.integers(0, 10**7), st.booleans(), st.floats(0, 5)), max_size=30))
def test_the_scale_stays_in_range_for_any_input(events: list[tuple[int, bool, float]]) -> None:
    now = [0.0]
    meter = BandwidthMeter(lambda: now[0])
    meter.open()
    for size, answers, seconds in events:
        meter.written(size)
        now[0] += seconds
        if answers:
            meter.answered()
    assert 0 < meter.scale(*CELL) <= 1


def test_a_local_terminal_gets_full_images() -> None:
    assert ImageSupport("kitty").scale == 1.0
