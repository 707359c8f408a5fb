"""Texts about the state of the app."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tui.app.model.status_text import (
    EmptyState,
    detail_line,
    empty_state_text,
    shown_folder,
    shown_path,
    summary,
)
from tui.core.domain import FileDetails, Hit, PictureInfo, Progress

NOTHING = EmptyState(
    text="zebra", scope=None, opened=True, semantic=True, loading=False, indexing=None, in_scope=0
)
HERE = Path("/pictures/holiday")


def test_the_home_folder_is_a_tilde(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    assert shown_path(Path("/home/ada")) == "~"
    assert shown_path(Path("/home/ada/a/b.jpg")) == "~/a/b.jpg"
    assert shown_path(Path("/home/adam/b.jpg")) == "/home/adam/b.jpg"


def test_folders_are_shown_by_their_names() -> None:
    assert shown_folder(None) == "all pictures"
    assert shown_folder(HERE) == "holiday"
    assert shown_folder(Path("/")) == "/"
    assert shown_folder(Path("/a\nb")) == r"a\nb"


def test_a_year_outside_the_calendar_is_skipped() -> None:
    info = PictureInfo(4, 3, "PNG", taken_ns=10**30)
    line = detail_line(Hit(1, None, FileDetails(1, Path("/a/b.png"), 1, 0, info)))
    assert line.split("  ·  ") == ["/a/b.png", "4 × 3", "PNG"]  # noqa: RUF001 - a size


def test_the_summary_of_an_indexing_run() -> None:
    done = Progress("done", indexed=3, reused=1, unchanged=2, removed=1, failed=1, seconds=4.2)
    assert summary(done) == "4 pictures indexed, 2 unchanged, 1 removed, 1 unreadable in 4 s"
    assert summary(Progress("done", unchanged=2)) == "up to date, 2 pictures"


@pytest.mark.parametrize(
    ("situation", "parts"),
    [
        (replace(NOTHING, opened=False), ["Opening the library"]),
        (NOTHING, ["No pictures yet", "Press F8 to add a folder"]),
        (replace(NOTHING, scope=HERE), ["holiday isn't indexed", "Press i"]),
        (replace(NOTHING, scope=HERE, was_read=True), ["No pictures found in /pictures/holiday."]),
        (replace(NOTHING, scope=HERE, indexing=HERE), ["Scanning holiday"]),
        (replace(NOTHING, in_scope=9), ["model hasn't indexed", "Press i"]),
        (
            replace(NOTHING, in_scope=9, semantic=False, loading=True, scope=HERE),
            ["No file name in holiday contains “zebra”", "Model loading…"],
        ),
        (
            replace(NOTHING, in_scope=9, semantic=False, unknown="The model doesn't know “x”."),
            ["The model doesn't know “x”.\nNo file name contains it either."],
        ),
        (replace(NOTHING, in_scope=9, semantic=False), ["contains “zebra”", "another word"]),
        (
            replace(NOTHING, in_scope=9, filters="on:1990 -wide"),
            ["match on:1990 -wide", "Remove a filter"],
        ),
    ],
)
def test_an_empty_state_names_the_reason_and_the_remedy(
    situation: EmptyState, parts: list[str]
) -> None:
    text = empty_state_text(situation)
    assert all(part in text for part in parts)
