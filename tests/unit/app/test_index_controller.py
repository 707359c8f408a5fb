"""The status of an indexing run that watches."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from tests.unit.app.test_model_switcher import RecordingTasks
from tui.app.workers.index_controller import IndexController
from tui.app.workers.index_process import CaughtUp, IndexReported
from tui.app.workers.services import Services
from tui.core.domain import Progress
from tui.core.settings import Settings

if TYPE_CHECKING:
    from tui.app.model.indexing_status import IndexingStatus
    from tui.app.workers.index_process import Report

ROUND = Progress("embedding", done=0, total=1)


class Watching:
    """A controller whose run watches, and the lines that it showed."""

    def __init__(self, folder: Path) -> None:
        self.lines: list[str | None] = []
        services = Services(
            open_engine=lambda _: cast("Any", None),
            open_reader=lambda _: cast("Any", None),
            open_text=lambda _: cast("Any", None),
            model_name=lambda _: "",
            index_command=lambda *_: [sys.executable, "-c", ""],
            read_words=lambda _: cast("Any", None),
            pull_command=lambda *_: [sys.executable, "-c", ""],
        )
        self.controller = IndexController(
            Settings(folder), services, RecordingTasks(), show=self.show, notify=lambda _: None
        )
        self.controller.begin(folder)
        assert self.controller.run is not None
        self.controller.run.watching = True
        self.report(CaughtUp(Progress("done")))

    def show(self, status: IndexingStatus | None) -> None:
        self.lines.append(None if status is None else status.heading)

    def report(self, report: Report) -> None:
        self.controller.on_index_reported(IndexReported(1, report))


@pytest.fixture
def watching(tmp_path: Path) -> Watching:
    return Watching(tmp_path)


def test_a_round_that_changed_nothing_ends_as_watching(watching: Watching) -> None:
    watching.report(ROUND)
    watching.report(Progress("done"))
    assert watching.lines[-3:] == ["Indexed", "Indexing", "Watching"]


def test_a_round_that_was_not_shown_does_not_change_the_status(watching: Watching) -> None:
    lines = list(watching.lines)
    watching.report(Progress("scanning"))
    watching.report(Progress("done"))
    assert watching.lines == lines


def test_a_run_that_is_being_stopped_keeps_its_status(watching: Watching) -> None:
    watching.report(ROUND)
    watching.controller.cancel()
    watching.report(Progress("done"))
    assert watching.lines[-1] == "Indexing"
