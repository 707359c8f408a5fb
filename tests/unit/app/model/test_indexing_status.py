"""Texts in the status row about an indexing run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui.app.model.indexing_status import ended_status, indexed_status, running_status
from tui.app.workers.index_process import IndexEnded
from tui.core.domain import Progress

FOLDER = Path("/photos/2023 Lisbon")
HALF = Progress("embedding", done=340, total=1_000, indexed=340, rate=34.0, seconds_left=120.0)


def test_a_run_has_a_bar_and_the_time_left() -> None:
    status = running_status(FOLDER, HALF, is_stopping=False)
    assert status.text == "Indexing 2023 Lisbon ━━━╌╌╌╌╌ 340/1,000 · 34/s · 2 min left"
    assert status.short == "Indexing 34% · 2 min left"


def test_a_starting_run_loads_the_model() -> None:
    status = running_status(FOLDER, Progress("embedding", total=9), is_stopping=False)
    assert status.text.endswith("0/9 · loading model…")
    assert status.short == "loading model…"


def test_a_stopping_run_finishes_its_batch() -> None:
    status = running_status(FOLDER, HALF, is_stopping=True)
    assert status.text == "Indexing 2023 Lisbon: finishing current batch…"
    assert status.short == "Stopping…"


@pytest.mark.parametrize(
    ("progress", "short"),
    [
        (Progress("done", indexed=8, seconds=4), "8 indexed"),
        (Progress("done", removed=2), "2 removed"),
        (Progress("done", unchanged=9), "up to date"),
    ],
)
def test_a_finished_run_has_a_short_summary(progress: Progress, short: str) -> None:
    assert ended_status(IndexEnded(FOLDER, "done", progress)).short == short


def test_unreadable_files_stay_in_the_row() -> None:
    status = indexed_status(FOLDER, Progress("done", unchanged=9, failed=2), lambda: None)
    assert status.text == "Indexed 2023 Lisbon: up to date, 9 pictures, 2 unreadable · watching" + (
        " · F6: list"
    )
    assert status.successor is not None
    remaining = status.successor()
    assert remaining is not None
    assert remaining.short == "2 unreadable (F6)"
    assert remaining.successor is None


@pytest.mark.parametrize(
    ("ended", "text", "short"),
    [
        (IndexEnded(FOLDER, "refused", HALF, "It is not yours."), "read-only", "read-only"),
        (
            IndexEnded(FOLDER, "failed", HALF, "The disk is full."),
            "Failed to index 2023 Lisbon: The disk is full.",
            "Indexing failed",
        ),
        (
            IndexEnded(FOLDER, "cancelled", HALF, watching=True),
            "2023 Lisbon: no longer watching for changes",
            "not watching",
        ),
        (
            IndexEnded(FOLDER, "cancelled", HALF),
            "Stopped indexing 2023 Lisbon at 340/1,000",
            "Stopped 34%",
        ),
    ],
)
def test_a_run_that_ended_early_stays_in_the_row(ended: IndexEnded, text: str, short: str) -> None:
    status = ended_status(ended)
    assert (status.text, status.short, status.successor) == (text, short, None)
