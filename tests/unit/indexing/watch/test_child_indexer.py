"""Rounds in a child process, however that process ends."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.embedders import COLOURS, save_picture
from tui.core.domain import Progress
from tui.core.errors import FolderError, PhotoseekError
from tui.indexing.watch.child_indexer import ChildIndexer
from tui.indexing.watch.round_messages import answer_requests, index_request, read_report
from tui.library.local.catalog.reader import Catalog
from tui.library.local.check import check
from tui.storage.scanning.target import ScanTarget

PICTURES = 60
COMMAND = [sys.executable, "-m", "tests.support.programs.serve_rounds"]


@dataclass
class Rounds:
    """The watcher's side: an indexer, and the work of its children."""

    home: Path
    environ: dict[str, str] = field(default_factory=dict)
    progress: list[Progress] = field(default_factory=list)
    is_cancelled: bool = False
    now: float = 0.0

    def __post_init__(self) -> None:
        self.photos, self.data, self.log = (self.home / name for name in ("photos", "data", "log"))
        self.indexer = self.new_indexer()

    def new_indexer(self) -> ChildIndexer:
        return ChildIndexer(
            [*COMMAND, str(self.data), str(self.log)],
            {**os.environ, **self.environ},
            idle_seconds=300,
            on_progress=self.progress.append,
            cancelled=lambda: self.is_cancelled,
            clock=lambda: self.now,
        )

    def save(self, first: int, count: int) -> None:
        for number in range(first, first + count):
            save_picture(self.photos / f"{number}.png", list(COLOURS)[number % 6], note=number)

    def embedded(self) -> int:
        """Return how many pictures all children together have embedded."""
        return self.log.stat().st_size

    def child(self) -> int:
        """Return the process id of the running child."""
        process = self.indexer._process
        assert process is not None
        assert process._process is not None
        return process._process.pid

    def assert_complete(self, pictures: int) -> None:
        assert all(finding.ok for finding in check(self.data))
        with Catalog.open(self.data, read_only=True) as catalog:
            status = catalog.status()
        assert (status.pictures, status.contents) == (pictures, pictures)


@pytest.fixture
def rounds(tmp_path: Path) -> Iterator[Rounds]:
    rounds = Rounds(tmp_path)
    rounds.save(0, PICTURES)
    yield rounds
    rounds.indexer.close()


def has_ended(process: int) -> bool:
    """Whether a process has ended, even if no parent has waited for it."""
    try:
        return ") Z " in Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return True


def test_a_round_reports_like_a_run_and_reuses_the_child(rounds: Rounds) -> None:
    first = rounds.indexer.index([rounds.photos], finished=True)
    child = rounds.child()
    rounds.save(PICTURES, 1)
    (rounds.photos / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    target = ScanTarget(rounds.photos, rounds.photos, deep=False)
    second = rounds.indexer.index([target], finished=False)
    assert (first.indexed, first.cancelled) == (PICTURES, False)
    assert (second.indexed, second.unchanged, second.failed) == (1, PICTURES, 1)
    assert [failure.path.name for failure in second.failures] == ["broken.png"]
    assert rounds.child() == child
    assert {progress.phase for progress in rounds.progress} >= {"embedding", "done"}


def test_an_idle_child_ends_and_the_next_round_starts_another(rounds: Rounds) -> None:
    rounds.indexer.index([rounds.photos], finished=False)
    child = rounds.child()
    rounds.now = 299
    rounds.indexer.release_if_idle()
    assert rounds.child() == child
    rounds.now = 300
    rounds.indexer.release_if_idle()
    assert has_ended(child)
    rounds.indexer.release_if_idle()  # nothing is running
    rounds.assert_complete(PICTURES)
    rounds.save(PICTURES, 2)  # as it would while the child ends
    assert rounds.indexer.index([rounds.photos], finished=True).indexed == 2
    assert rounds.child() != child
    assert rounds.embedded() == PICTURES + 2


def test_a_child_that_can_not_end_properly_is_reported_by_the_next_round(
    rounds: Rounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds.indexer.index([rounds.photos], finished=False)
    os.kill(rounds.child(), 9)
    monkeypatch.setitem(rounds.environ, "REFUSAL", "The disk is full.")
    rounds.indexer._environment = {**os.environ, **rounds.environ}
    rounds.now = 300
    rounds.indexer.release_if_idle()
    with pytest.raises(PhotoseekError, match=r"^The disk is full\.$"):
        rounds.indexer.index([rounds.photos], finished=False)


def test_a_round_of_a_killed_child_is_resumed(tmp_path: Path) -> None:
    rounds = Rounds(tmp_path, {"CRASHES": "1"})
    rounds.save(0, PICTURES)
    report = rounds.indexer.index([rounds.photos], finished=True)
    rounds.indexer.close()
    assert (tmp_path / "crashes").read_text() == "x"
    assert report.indexed + report.unchanged == PICTURES
    rounds.assert_complete(PICTURES)
    assert rounds.embedded() <= PICTURES + 64, "at most one batch is embedded again"


def test_a_child_that_is_killed_between_rounds_is_replaced(rounds: Rounds) -> None:
    rounds.indexer.index([rounds.photos], finished=False)
    os.kill(rounds.child(), 9)
    rounds.save(PICTURES, 1)
    assert rounds.indexer.index([rounds.photos], finished=True).indexed == 1
    rounds.assert_complete(PICTURES + 1)


def test_a_round_is_resumed_if_only_the_child_was_stopped(rounds: Rounds) -> None:
    class Stopping(list[Progress]):
        def append(self, progress: Progress) -> None:
            if progress.indexed and not rounds.indexer.restarts:
                os.kill(rounds.child(), signal.SIGTERM)

    rounds.progress = Stopping()
    rounds.indexer = rounds.new_indexer()
    report = rounds.indexer.index([rounds.photos], finished=True)
    assert not report.cancelled
    assert 0 < report.indexed < PICTURES
    assert rounds.indexer.restarts == 1
    rounds.assert_complete(PICTURES)
    assert rounds.embedded() == PICTURES


def test_a_crash_between_rounds_leaves_the_next_one_its_second_attempt(tmp_path: Path) -> None:
    rounds = Rounds(tmp_path, {"CRASHES": "1"})
    rounds.save(0, 5)
    rounds.indexer.index([rounds.photos], finished=False)
    os.kill(rounds.child(), signal.SIGKILL)
    os.waitid(os.P_PID, rounds.child(), os.WEXITED | os.WNOWAIT)
    rounds.save(5, PICTURES)
    assert not rounds.indexer.index([rounds.photos], finished=True).cancelled
    assert (tmp_path / "crashes").read_text() == "x"
    rounds.indexer.close()
    rounds.assert_complete(PICTURES + 5)


def test_a_round_that_kills_each_child_ends_with_a_sentence(tmp_path: Path) -> None:
    rounds = Rounds(tmp_path, {"CRASHES": "9"})
    rounds.save(0, PICTURES)
    with pytest.raises(PhotoseekError, match=r"ended unexpectedly \(exit status -9\)"):
        rounds.indexer.index([rounds.photos], finished=True)
    assert len((tmp_path / "crashes").read_text()) == 2


def test_the_sentence_of_a_child_that_fails_is_passed_on(tmp_path: Path) -> None:
    rounds = Rounds(tmp_path, {"REFUSAL": "The disk is full: free some space."})
    with pytest.raises(PhotoseekError, match=r"^The disk is full: free some space\.$"):
        rounds.indexer.mount_points([tmp_path])


def test_a_child_that_can_not_start_is_one_sentence(tmp_path: Path) -> None:
    indexer = ChildIndexer(
        [str(tmp_path / "missing")],
        {},
        idle_seconds=1,
        on_progress=lambda _: None,
        cancelled=lambda: False,
    )
    with indexer, pytest.raises(PhotoseekError, match="could not start: No such file"):
        indexer.index([tmp_path], finished=True)


def test_a_missing_folder_is_the_same_error_and_the_child_continues(rounds: Rounds) -> None:
    with pytest.raises(FolderError, match="was not found"):
        rounds.indexer.index([rounds.home / "nowhere"], finished=True)
    assert rounds.indexer.index([rounds.photos], finished=True).indexed == PICTURES


def test_a_cancelled_round_keeps_its_batches(rounds: Rounds) -> None:
    class Cancelling(list[Progress]):
        def append(self, progress: Progress) -> None:
            rounds.is_cancelled = progress.indexed > 0

    rounds.progress = Cancelling()
    rounds.indexer = rounds.new_indexer()
    report = rounds.indexer.index([rounds.photos], finished=True)
    child = rounds.child()
    rounds.indexer.close()
    assert report.cancelled
    assert 0 < report.indexed < PICTURES
    assert has_ended(child)


def test_an_interrupt_kills_the_child_at_once(rounds: Rounds) -> None:
    rounds.indexer.mount_points([rounds.photos])
    child = rounds.child()
    rounds.indexer.__exit__(KeyboardInterrupt)
    assert has_ended(child)


def test_an_interrupt_while_the_child_ends_kills_it(
    rounds: Rounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds.indexer.mount_points([rounds.photos])
    child = rounds.child()

    def interrupted() -> Iterator[dict[str, object]]:
        raise KeyboardInterrupt
        yield {}

    monkeypatch.setattr(rounds.indexer, "_answers", interrupted())
    os.kill(child, signal.SIGSTOP)  # or it might end without it
    with pytest.raises(KeyboardInterrupt):
        rounds.indexer.close()
    assert has_ended(child)


def test_a_name_that_is_not_utf8_is_passed_in_both_directions() -> None:
    name = Path("/a/\udcff")
    sent: list[dict[str, object]] = []

    class Reporting:
        def index(self, targets: list[object], *, finished: bool) -> object:
            from tui.core.domain import Failure
            from tui.indexing.report import IndexReport

            assert targets == [ScanTarget(Path("/a"), name, deep=False), Path("/b")]
            failure = Failure(name, "cut off")
            return IndexReport(
                1, 2, 3, 4, 5, 0.5, finished, (failure,), 6, (name,), {name: "unplugged"}
            )

    request = index_request([ScanTarget(Path("/a"), name, deep=False), Path("/b")], finished=True)
    answer_requests(Reporting(), [json.loads(json.dumps(request))], sent.append)  # type: ignore[arg-type]
    report = read_report(json.loads(json.dumps(sent[0]))["report"])
    assert (report.failures[0].path, report.missing) == (name, (name,))
    assert report.reasons == {name: "unplugged"}
    assert (report.indexed, report.waiting, report.cancelled) == (1, 6, True)
