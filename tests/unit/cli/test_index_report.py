"""The output of an indexing run."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO
from itertools import count
from pathlib import Path

import pytest

from tui.cli.terminal.index_report import (
    FAILURES_SHOWN,
    JsonLines,
    TerminalReport,
    failed_files,
    remarks,
    summary,
)
from tui.core.domain import Failure, Progress
from tui.indexing.report import IndexReport


def report(*, cancelled: bool = False, failures: int = 0) -> IndexReport:
    return IndexReport(
        indexed=1200,
        unchanged=3,
        reused=2,
        removed=1,
        failed=failures,
        seconds=61.2345,
        cancelled=cancelled,
        failures=tuple(Failure(Path(f"/p/{n}\n.jpg"), "It is broken.") for n in range(failures)),
        waiting=2,
        missing=(Path("/away"),),
    )


def test_json_lines_end_with_the_figures(capsys: pytest.CaptureFixture[str]) -> None:
    lines = JsonLines(stop=lambda: None)
    lines.progress(Progress("embedding", done=3, total=7, seconds_left=1.5))
    lines.finished(report(failures=2))
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["event"] for event in events] == ["progress", "failure", "failure", "done"]
    assert (events[0]["phase"], events[0]["done"], events[0]["seconds_left"]) == (
        "embedding", 3, 1.5,
    )  # fmt: skip
    assert events[1]["path"] == "/p/0\n.jpg"
    assert events[-1] == {
        "event": "done", "indexed": 1200, "unchanged": 3, "reused": 2, "removed": 1, "failed": 2,
        "seconds": 61.234, "waiting": 2, "missing": ["/away"],
    }  # fmt: skip


def test_a_cancelled_run_ends_with_the_event_cancelled(capsys: pytest.CaptureFixture[str]) -> None:
    JsonLines(stop=lambda: None).finished(report(cancelled=True))
    assert json.loads(capsys.readouterr().out)["event"] == "cancelled"


def test_the_reason_for_a_missing_folder_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    why = "s3://away can't be read: its credentials are refused."
    away = replace(report(), missing=(Path("/a"), Path("/b")), reasons={Path("/a"): why})
    assert remarks(away)[:2] == [
        f"{why} Its pictures stay in the library but are hidden.",
        "/b can't be read. Its pictures stay in the library but are hidden.",
    ]
    JsonLines(stop=lambda: None).finished(away)
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event.get("sentence") for event in events] == [why, None]


class _ClosedPipe(StringIO):
    """A pipe whose reader has closed it."""

    def write(self, _text: str) -> int:
        raise BrokenPipeError


def test_without_a_reader_the_run_is_stopped_once_and_raises_at_the_end() -> None:
    stopped: list[bool] = []
    lines = JsonLines(lambda: stopped.append(True), _ClosedPipe())
    lines.progress(Progress("embedding"))
    lines.progress(Progress("embedding"))
    assert stopped == [True]
    with pytest.raises(BrokenPipeError):
        lines.finished(report(cancelled=True))


def test_without_a_terminal_only_the_summary_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    line = TerminalReport()
    line.progress(Progress("embedding", done=3, total=7))
    line.finished(report(failures=1))
    streams = capsys.readouterr()
    assert streams.out == ""
    told = streams.err.splitlines()
    assert told[0] == r"/p/0\n.jpg: It is broken."
    assert "/away" in told[1]
    assert told[-1] == "1,200 indexed, 3 unchanged, 2 reused, 1 removed, 1 failed in 61 s."


class _Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_the_progress_line_is_overwritten_and_wiped_on_a_terminal() -> None:
    terminal = _Terminal()
    line = TerminalReport(terminal, clock=count().__next__)
    line.progress(Progress("embedding", done=3, total=7, failed=2))
    line.progress(Progress("embedding", done=7, total=7))
    line.clear()
    first, second, wiped, last = terminal.getvalue().split("\r")[1:]
    assert first.startswith("3/7")
    assert second.rstrip() == "7/7"
    assert len(second) == len(first)
    assert wiped == " " * len("7/7")
    assert last == ""


def test_a_long_list_of_failures_is_truncated() -> None:
    lines = failed_files(report(failures=FAILURES_SHOWN + 5).failures)
    assert len(lines) == FAILURES_SHOWN + 1
    assert lines[-1] == "... and 5 more"


def test_a_stopped_run_says_that_progress_is_saved() -> None:
    assert summary(report(cancelled=True)).startswith("Stopped: 1,200 indexed")
    assert "Progress is saved" in summary(report(cancelled=True))


def test_watching_and_notices_are_printed_in_both_forms() -> None:
    stream = StringIO()
    lines = JsonLines(stop=lambda: None, stream=stream)
    lines.watching()
    lines.notice("Too many folders.")
    events = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert events == [{"event": "watching"}, {"event": "notice", "sentence": "Too many folders."}]

    screen, file = _Terminal(), StringIO()
    for stream in (screen, file):
        line = TerminalReport(stream)
        line.progress(Progress("embedding", done=3, total=7))
        line.watching()
        line.notice("Too many\x1b folders.")
    assert "press Ctrl-C to stop" in screen.getvalue()
    assert r"photoseek: Too many\x1b folders." in screen.getvalue()
    assert file.getvalue() == "photoseek: Too many\\x1b folders.\n"
