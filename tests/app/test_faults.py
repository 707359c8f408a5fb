"""Unexpected exceptions: one sentence, and the application continues or exits in order."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.message import Message
from textual.scrollbar import ScrollTo
from textual.widget import Widget

from tests.support.app_harness import MODEL_NAME, AppHarness, AppView
from tests.support.terminals.real_terminal import Terminal
from tui.app.screens.files.trash import FilesHandled
from tui.app.screens.help import HelpScreen
from tui.app.screens.main.library_session import LibrarySession
from tui.app.screens.main.results_pane import ResultsPane
from tui.app.screens.main.screen import MainScreen
from tui.app.screens.main.search_pane import SearchPane
from tui.app.screens.models.downloads import ModelDownloads
from tui.app.screens.models.switcher import ModelSwitcher
from tui.app.widgets.folder_tree import FolderTree
from tui.app.widgets.query_input import QueryInput
from tui.app.widgets.results import PictureActivated, PictureHighlighted, Results, WindowMoved
from tui.app.widgets.row_scroll_bar import RowScrollBar
from tui.app.workers import error_log
from tui.app.workers.error_log import NAME, record, reported, use_log
from tui.app.workers.folder_listing import FoldersListed
from tui.app.workers.guard import FAILED, Patience
from tui.app.workers.index_controller import IndexController
from tui.app.workers.index_process import IndexReported
from tui.app.workers.library_monitor import LibraryBack, LibraryChanged
from tui.app.workers.model_download import PullAsked, PullEnded
from tui.app.workers.model_loading import FirstRun, ModelCaughtUp, ModelReady, WordsRead
from tui.app.workers.search_worker import HitsLoaded, PicturesCounted, RootsListed, SearchAnswered
from tui.core.domain import Progress
from tui.core.errors import CatalogError

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path("/pictures")

HANDLERS: list[tuple[type, str, Message]] = [
    (LibrarySession, "on_search_answered", SearchAnswered(*[None] * 5)),  # type: ignore[arg-type]
    (ResultsPane, "on_window_moved", WindowMoved(None)),  # type: ignore[arg-type]
    (LibrarySession, "on_hits_loaded", HitsLoaded(0, ())),
    (ResultsPane, "on_picture_highlighted", PictureHighlighted(None)),
    (MainScreen, "on_folder_tree_chosen", FolderTree.Chosen(None)),
    (MainScreen, "on_folder_tree_opened", FolderTree.Opened(FOLDER)),
    (LibrarySession, "on_pictures_counted", PicturesCounted(None, {}, 0)),
    (LibrarySession, "on_roots_listed", RootsListed(())),
    (LibrarySession, "on_library_changed", LibraryChanged()),
    (LibrarySession, "on_model_ready", ModelReady()),
    (ResultsPane, "on_files_handled", FilesHandled("")),
    (ResultsPane, "on_picture_activated", PictureActivated()),
    (ModelDownloads, "on_pull_asked", PullAsked("clip")),
    (ModelDownloads, "on_pull_ended", PullEnded("clip", "done")),
    (ModelSwitcher, "on_model_caught_up", ModelCaughtUp(0)),
    (SearchPane, "on_words_read", WordsRead(None)),  # type: ignore[arg-type]
    (LibrarySession, "on_first_run", FirstRun(0)),
    (LibrarySession, "on_library_back", LibraryBack()),
    (Results, "on_resize", events.Resize.from_dimensions((80, 20), None)),
    (RowScrollBar, "on_scroll_to", ScrollTo(y=1.0)),
    (FolderTree, "on_folders_listed", FoldersListed(FOLDER, ())),
    (IndexController, "on_index_reported", IndexReported(0, Progress("scanning"))),
    (QueryInput, "on_paste", events.Paste("text")),
]


class FaultError(Exception):
    """The exception that the tests inject."""


def fail(*_: Any, **__: Any) -> None:
    raise FaultError("broken\nsecond line")


def sentences(view: AppView) -> str:
    return " ".join(notice.message for notice in view.app._notifications)


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    HANDLERS,
    ids=[f"{kind.__name__}.{name}" for kind, name, _ in HANDLERS],
)
async def test_a_handler_that_fails_is_a_sentence_and_the_next_key_works(
    indexed_harness: AppHarness,
    monkeypatch: pytest.MonkeyPatch,
    kind: type,
    name: str,
    message: Message,
) -> None:
    async with indexed_harness.running(size=(120, 30), notifications=True) as view:
        with monkeypatch.context() as patch:
            patch.setattr(kind, name, fail)
            is_pane = issubclass(kind, Widget) and kind is not MainScreen
            target = view.main.query_one(kind) if is_pane else view.main
            target.post_message(message)
            await view.until(lambda: "FaultError: broken" in sentences(view))
        assert "second line" not in sentences(view)
        log = indexed_harness.settings.data_dir / NAME
        assert f"Details are in {log}".replace(str(indexed_harness.home), "~") in sentences(view)
        assert "second line" in log.read_text()
        assert log.stat().st_mode & 0o777 == 0o600
        view.query.value = ""
        view.query.focus()
        await view.type("red")
        assert view.top_name.startswith("red")
        await view.pilot.press("f1")
        await view.until(lambda: isinstance(view.app.screen, HelpScreen))
        await view.pilot.press("escape")
        await view.until(lambda: view.app.screen is view.main)
        view.main.leave()
    assert {type(error) for error in indexed_harness.expect_errors()} == {FaultError}


async def test_timers_callbacks_and_threads_that_fail_are_sentences(
    indexed_harness: AppHarness,
) -> None:
    async with indexed_harness.running(size=(120, 30), notifications=True) as view:
        for start in (
            lambda: view.main.set_timer(0.01, fail),
            lambda: view.main.call_later(fail),
            lambda: view.main.call_after_refresh(fail),
            lambda: view.app._task_failed(
                asyncio.get_running_loop(), {"exception": FaultError("x")}
            ),
            lambda: view.app._thread_failed(
                threading.ExceptHookArgs((FaultError, FaultError("x"), None, None))
            ),
        ):
            view.app.clear_notifications()
            view.main.status_bar._last_failure = ""
            start()
            await view.until(lambda: "FaultError" in sentences(view))
        assert view.model == MODEL_NAME
        view.main.leave()
    assert indexed_harness.expect_errors()


async def test_too_many_failures_end_the_application_in_order(indexed_harness: AppHarness) -> None:
    app = indexed_harness.app()

    async def fail_often() -> None:
        async with app.run_test(size=(120, 30)) as pilot:
            view = AppView(pilot)
            await view.ready()
            for _ in range(20):
                view.main.call_later(fail)
            await view.until(lambda: app.last_words)

    with pytest.raises(FaultError):
        await fail_often()
    assert app.return_code == FAILED
    assert app.last_words.startswith("Unexpected error (FaultError: broken).")
    indexed_harness.expect_errors()


def test_failures_within_a_short_time_are_counted() -> None:
    now = [0.0]
    patience = Patience(lambda: now[0])
    assert all(patience.lasts() for _ in range(8))
    assert not patience.lasts()
    now[0] = 60.0
    assert patience.lasts()
    for _ in range(100):
        now[0] += 5.0
        assert patience.lasts()


def test_the_log_never_overwrites_another_file(tmp_path: Path) -> None:
    log = tmp_path / NAME
    try:
        use_log(tmp_path)
        assert reported(CatalogError("The disk is full.")) == "The disk is full."
        assert not log.exists()
        assert record(FaultError("first"))
        assert record(FaultError("again"))
        assert log.read_text().count("FaultError") == 2
        log.write_text("my own notes")
        assert not record(FaultError("third"))
        assert log.read_text() == "my own notes"
        log.unlink()
        (tmp_path / "mine").write_bytes(b"")
        log.symlink_to(tmp_path / "mine")
        assert not record(FaultError("fourth"))
        assert (tmp_path / "mine").read_bytes() == b""
        log.unlink()
        log.hardlink_to(tmp_path / "mine")
        assert not record(FaultError("fifth"))
        log.unlink()
        os.mkfifo(log)
        assert not record(FaultError("sixth"))
        assert reported(FaultError("x")) == "Unexpected error (FaultError: x)."
        use_log(tmp_path / "absent")
        assert reported(FaultError("x")) == "Unexpected error (FaultError: x)."
    finally:
        error_log._log.clear()


def test_the_log_does_not_grow_endlessly(tmp_path: Path) -> None:
    try:
        use_log(tmp_path)
        for number in range(40):
            record(FaultError(f"{number} " + "x" * 100_000))
        assert (tmp_path / NAME).stat().st_size < 2 << 20
        assert "39 x" in (tmp_path / NAME).read_text()
    finally:
        error_log._log.clear()


BROKEN = """
import sys
from pathlib import Path
from tui.app.screens.main.screen import MainScreen
def fail(self, *_, **__):
    raise ValueError("nothing works")
setattr(MainScreen, sys.argv[1], fail)
from tui.app.run import run
from tui.core.settings_file import load_settings
run(load_settings(), None)
"""


@pytest.mark.skipif(os.name == "nt", reason="a pseudo-terminal")
def test_an_application_that_can_not_start_ends_with_one_sentence(tmp_path: Path) -> None:
    script = tmp_path / "broken.py"
    script.write_text(BROKEN)
    environ = {"PHOTOSEEK_DATA_DIR": str(tmp_path / "data"), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(script), "begin"]
    with Terminal(command, environ=environ, folder=tmp_path) as terminal:
        terminal.wait_for("photoseek: Unexpected error (ValueError: nothing works).")
        assert terminal.wait_for_end() == FAILED
        assert "Traceback" not in terminal.screen()
        terminal.assert_restored()
